//! XML requests that must not pass, and what is said about each.

use super::call;
use super::forms::reply;
use crate::{WireError, decode};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct CreateHostedZone {
    name: String,
    caller_reference: String,
}

fn create_hosted_zone(document: &str) -> Result<CreateHostedZone, WireError> {
    let request = http::Request::post("/2013-04-01/hostedzone").body(()).unwrap();
    decode(&call("route53", "CreateHostedZone"), &request.into_parts().0, document.as_bytes())
}

#[test]
fn documents_that_are_not_plain_are_refused() {
    let xmlns = "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"";
    let open = format!("<CreateHostedZoneRequest {xmlns}>");
    let wrap = |content: &str| format!("{open}{content}</CreateHostedZoneRequest>");
    let good = "<Name>a.</Name><CallerReference>r</CallerReference>";
    assert_eq!(create_hosted_zone(&wrap(good)).unwrap().name, "a.");
    let spaced = wrap(
        "\n <Name>a<![CDATA[<]]>&amp;&#98;<!-- note --></Name>\n<CallerReference> r </CallerReference>\n",
    );
    let zone =
        create_hosted_zone(&format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{spaced}\n")).unwrap();
    assert_eq!((zone.name.as_str(), zone.caller_reference.as_str()), ("a<&b", " r "));
    let deep = format!("{}{}", "<Name>".repeat(40), "</Name>".repeat(40));
    let cases = [
        (wrap("<Name>a.</Name>"), "'callerReference'"),
        (wrap(&format!("{good}<Name>b.</Name>")), "more than once"),
        (wrap(&format!("{good}<Colour>b</Colour>")), "Colour"),
        (wrap(&format!("{good}<VPC><VPCRegion>us-east-1</VPCRegion></VPC>")), "VPC"),
        (wrap(&format!("{good}<HostedZoneConfig><Nope/></HostedZoneConfig>")), "HostedZoneConfig.Nope"),
        (
            wrap(&format!("{good}<HostedZoneConfig><PrivateZone>yes</PrivateZone></HostedZoneConfig>")),
            "HostedZoneConfig.PrivateZone",
        ),
        (wrap("<Name><b>a.</b></Name><CallerReference>r</CallerReference>"), "an element"),
        (wrap(&format!("{good} text")), "text"),
        (wrap(&deep), "depth"),
        (wrap("<Name x=\"1\">a.</Name><CallerReference>r</CallerReference>"), "attributes"),
        (wrap("<Name>&bomb;</Name><CallerReference>r</CallerReference>"), "entity"),
        (wrap("<Name>&#xFFFFFFFF;</Name><CallerReference>r</CallerReference>"), "XML"),
        (format!("<!DOCTYPE a [<!ENTITY bomb \"x\">]>{}", wrap(good)), "document type"),
        (format!("<?php evil ?>{}", wrap(good)), "processing instruction"),
        (format!("{}<again/>", wrap(good)), "after the root"),
        (format!("<Other>{good}</Other>"), "CreateHostedZoneRequest"),
        (format!("<CreateHostedZoneRequest xmlns=\"urn:x\">{good}</CreateHostedZoneRequest>"), "namespace"),
        (format!("{open}<Name>a."), "XML"),
        (format!("{open}<Name>a.</Nome></CreateHostedZoneRequest>"), "XML"),
        ("not xml".to_owned(), "XML"),
        ("<".to_owned(), "XML"),
        (String::new(), "'name'"),
    ];
    for (document, message) in cases {
        let error = create_hosted_zone(&document).expect_err(&document);
        let reply = reply("route53", &error);
        assert!(["InvalidInput", "RequestEntityTooLarge"].contains(&&*reply.code), "{document}: {error}");
        assert!(reply.message.contains(message), "{document}: {}", reply.message);
    }
}

#[test]
fn rest_members_outside_the_body_are_checked_too() {
    #[derive(Debug, Default, Deserialize)]
    #[serde(rename_all = "PascalCase", default)]
    struct ListResourceRecordSets {
        hosted_zone_id: String,
        max_items: Option<String>,
    }
    let read = |target: &str, body: &str| {
        let request = http::Request::get(format!("/2013-04-01/hostedzone/{target}")).body(()).unwrap();
        let call = call("route53", "ListResourceRecordSets");
        decode::<ListResourceRecordSets>(&call, &request.into_parts().0, body.as_bytes())
    };
    let zone = read("a%2Fb/rrset?maxitems=5", "").unwrap();
    assert_eq!((zone.hosted_zone_id.as_str(), zone.max_items.as_deref()), ("a/b", Some("5")));
    for (target, body, message) in [
        ("Z1/rrset?nope=1", "", "nope"),
        ("Z1/rrset?maxitems=1&maxitems=2", "", "more than once"),
        ("Z1/rrset?name=a", "", "not supported"),
        ("Z1/rrset?type=BOGUS", "", "enum value set"),
        ("Z1/rrset?maxitems=%GG", "", "escape"),
        ("%GG/rrset", "", "escape"),
        ("Z1/rrset", "<a/>", "no body"),
        (&*format!("{}/rrset", "Z".repeat(40)), "", "length less than or equal to 32"),
    ] {
        let error = read(target, body).expect_err(target);
        assert!(error.to_string().contains(message), "{target}: {error}");
    }
}
