use super::Sender;
use crate::tests::World;
use controlplane_services_kernel::Need;
use serde_json::{Value, json};

fn need(zone: &str, peer: &str, subnet: Option<&str>) -> Need {
    Need::DnsAnswer {
        zone_id: zone.to_owned(),
        name: "www.example.com.".to_owned(),
        kind: "A".to_owned(),
        peer: peer.to_owned(),
        subnet: subnet.map(str::to_owned),
    }
}

fn request(zone: &str, more: Value) -> Value {
    let mut request = json!({"HostedZoneId": zone, "RecordName": "WWW.example.com", "RecordType": "A"});
    request.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    request
}

#[test]
fn what_a_dns_server_says_is_answered() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let said = json!({"rcode": "NOERROR", "data": ["192.0.2.1", "192.0.2.2"], "transport": "UDP"});
    world.finds(need(&zone, "192.0.2.9", Some("203.0.113.0/24")), said);
    let more = json!({"ResolverIP": "192.0.2.9", "EDNS0ClientSubnetIP": "203.0.113.77"});
    let answer = world.ok("TestDNSAnswer", request(&zone, more));
    let server = world.ok("GetHostedZone", json!({"Id": zone}))["DelegationSet"]["NameServers"][0].clone();
    let expected = json!({
        "Nameserver": server, "RecordName": "www.example.com.", "RecordType": "A",
        "RecordData": ["192.0.2.1", "192.0.2.2"], "ResponseCode": "NOERROR", "Protocol": "UDP",
    });
    assert_eq!(answer, expected);

    world.finds(need(&zone, "127.0.0.1", None), json!({"error": "no DNS server is connected"}));
    let error = world.call("TestDNSAnswer", request(&zone, json!({}))).unwrap_err();
    assert_eq!((&*error.code, error.status), ("ServiceUnavailable", 503));
    assert!(error.message.contains("no DNS server is connected"), "{error}");
}

#[test]
fn subnets_have_their_usual_length_and_no_bits_behind_it() {
    for (address, mask, expected) in [
        ("203.0.113.77", None, "203.0.113.0/24"),
        ("203.0.113.77", Some("32"), "203.0.113.77/32"),
        ("203.0.113.77", Some("20"), "203.0.112.0/20"),
        ("203.0.113.77", Some("0"), "0.0.0.0/0"),
        ("2001:db8:1:2:3::4", None, "2001:db8:1:2::/64"),
        ("2001:db8:1:2:3::4", Some("0"), "::/0"),
        ("2001:db8:1:2:3::4", Some("128"), "2001:db8:1:2:3::4/128"),
    ] {
        let sender = Sender::read(None, Some(address), mask).unwrap();
        assert_eq!(sender.subnet.as_deref(), Some(expected), "{address} {mask:?}");
    }
}

#[test]
fn questions_that_cannot_be_asked_are_refused() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    for (request, code) in [
        (request("Z0", json!({})), "NoSuchHostedZone"),
        (request(&zone, json!({"RecordName": "a..b"})), "InvalidInput"),
        (request(&zone, json!({"RecordType": "ANY"})), "InvalidInput"),
        (request(&zone, json!({"ResolverIP": "192.0.2.256"})), "InvalidInput"),
        (request(&zone, json!({"EDNS0ClientSubnetIP": "there"})), "InvalidInput"),
        (request(&zone, json!({"EDNS0ClientSubnetMask": "24"})), "InvalidInput"),
        (
            request(&zone, json!({"EDNS0ClientSubnetIP": "192.0.2.1", "EDNS0ClientSubnetMask": "33"})),
            "InvalidInput",
        ),
        (
            request(&zone, json!({"EDNS0ClientSubnetIP": "2001:db8::", "EDNS0ClientSubnetMask": "129"})),
            "InvalidInput",
        ),
    ] {
        assert_eq!(world.fails("TestDNSAnswer", request.clone()), code, "{request}");
    }
}
