use crate::tests::{World, each, text};
use serde_json::{Value, json};

const SHOWN: &str = "0123456789ABCDEF0123456789abcdef01234567";

fn new(url: &str) -> Value {
    json!({"Url": url, "ClientIDList": ["a", "b", "a"], "ThumbprintList": [SHOWN]})
}

fn arn(url: &str) -> String {
    format!("arn:aws:iam::123456789012:oidc-provider/{url}")
}

#[test]
fn a_provider_is_its_url() {
    let mut world = World::new();
    let made = world.ok("CreateOpenIDConnectProvider", new("https://Issuer.example.com:8443/Realm"));
    let own = arn("issuer.example.com:8443/Realm");
    assert_eq!(made["OpenIDConnectProviderArn"], own);
    let named = json!({"OpenIDConnectProviderArn": own});
    let found = world.ok("GetOpenIDConnectProvider", named.clone());
    assert_eq!(found["Url"], "issuer.example.com:8443/Realm");
    assert_eq!(found["ClientIDList"], json!(["a", "b"]));
    assert_eq!(found["ThumbprintList"], json!([SHOWN.to_lowercase()]));
    let again =
        |url: &str| ("CreateOpenIDConnectProvider", new(url), "EntityAlreadyExists", "already exists");
    world.fail([
        again("https://issuer.example.com:8443/Realm"),
        again("https://ISSUER.example.com:8443/realm"),
        (
            "GetOpenIDConnectProvider",
            json!({"OpenIDConnectProviderArn": arn("issuer.example.com:8443/realm")}),
            "NoSuchEntity",
            "OpenIDConnect Provider not found for arn",
        ),
        (
            "DeleteOpenIDConnectProvider",
            json!({"OpenIDConnectProviderArn": arn("x")}),
            "NoSuchEntity",
            "not found",
        ),
    ]);
    let listed = world.ok("ListOpenIDConnectProviders", json!({}));
    assert_eq!(each(listed["OpenIDConnectProviderList"].as_array().unwrap(), "Arn"), [own]);
    world.ok("DeleteOpenIDConnectProvider", named.clone());
    world.fail([("DeleteOpenIDConnectProvider", named, "NoSuchEntity", "not found")]);
}

#[test]
fn what_is_no_issuer_is_refused() {
    let mut world = World::new();
    for url in [
        "http://issuer.example.com",
        "issuer.example.com",
        "https://",
        "https:///x",
        "https://a?b",
        "https://a#b",
        "https://a@b",
        "https://a b",
        "https://a/../b",
        "https://a/./b",
        "https://a/%2e%2e",
        "https://a:0",
        "https://a:65536",
        "https://a:+1",
        "https://a:",
        "https://[::1]",
        "https://-a",
        "https://a..b",
        "https://a\\b",
        "HTTPS://a.b",
        "file:///etc/passwd",
        "https://ä.example.com",
    ] {
        let refused = world.call("CreateOpenIDConnectProvider", new(url));
        let error = refused.expect_err(url);
        assert_eq!(
            (&*error.code, &*error.message),
            ("ValidationError", "Invalid Open ID Connect Provider URL"),
            "{url}"
        );
    }
    let with = |member: &str, value: Value| {
        let mut input = new("https://a.b");
        input[member] = value;
        input
    };
    world.fail([
        ("CreateOpenIDConnectProvider", with("ThumbprintList", json!([])), "InvalidInput", "at least one"),
        (
            "CreateOpenIDConnectProvider",
            with("ThumbprintList", json!(["x".repeat(40)])),
            "InvalidInput",
            "hexadecimal",
        ),
        ("CreateOpenIDConnectProvider", with("ThumbprintList", json!(vec![SHOWN; 6])), "LimitExceeded", "5"),
        ("CreateOpenIDConnectProvider", with("ClientIDList", json!(["a\nb"])), "InvalidInput", "Client ID"),
    ]);
    let many: Vec<String> = (0..101).map(|n| n.to_string()).collect();
    world.fail([("CreateOpenIDConnectProvider", with("ClientIDList", json!(many)), "LimitExceeded", "100")]);
}

#[test]
fn clients_and_thumbprints_change() {
    let mut world = World::new();
    world.ok("CreateOpenIDConnectProvider", new("https://a.b"));
    let named = |more: &Value| {
        let mut input = json!({"OpenIDConnectProviderArn": arn("a.b")});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        input
    };
    for (action, client, left) in [
        ("AddClientIDToOpenIDConnectProvider", "c", json!(["a", "b", "c"])),
        ("AddClientIDToOpenIDConnectProvider", "c", json!(["a", "b", "c"])),
        ("RemoveClientIDFromOpenIDConnectProvider", "a", json!(["b", "c"])),
        ("RemoveClientIDFromOpenIDConnectProvider", "a", json!(["b", "c"])),
    ] {
        world.ok(action, named(&json!({"ClientID": client})));
        assert_eq!(world.ok("GetOpenIDConnectProvider", named(&json!({})))["ClientIDList"], left, "{action}");
    }
    let other = "f".repeat(40);
    world.ok("UpdateOpenIDConnectProviderThumbprint", named(&json!({"ThumbprintList": [other]})));
    let found = world.ok("GetOpenIDConnectProvider", named(&json!({})));
    assert_eq!(text(&found["ThumbprintList"][0]), other);
    world.ok("TagOpenIDConnectProvider", named(&json!({"Tags": [{"Key": "a", "Value": "1"}]})));
    world.ok("TagOpenIDConnectProvider", named(&json!({"Tags": [{"Key": "A", "Value": "2"}]})));
    let tags = world.ok("ListOpenIDConnectProviderTags", named(&json!({})));
    assert_eq!(tags["Tags"], json!([{"Key": "A", "Value": "2"}]));
    world.ok("UntagOpenIDConnectProvider", named(&json!({"TagKeys": ["a"]})));
    assert_eq!(world.ok("ListOpenIDConnectProviderTags", named(&json!({})))["Tags"], json!([]));
}
