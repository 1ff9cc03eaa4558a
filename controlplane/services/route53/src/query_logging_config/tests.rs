use crate::tests::{World, text};
use serde_json::json;

const ARN: &str = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/route53/example.com";

#[test]
fn a_zone_has_one_configuration_which_goes_with_it() {
    let mut world = World::new();
    world.dns_server("ns1", true);
    let zone = world.zone("example.com");
    let request = json!({"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": ARN});
    let answer = world.ok("CreateQueryLoggingConfig", request.clone());
    let config = answer["QueryLoggingConfig"].clone();
    let id = text(&config["Id"]);
    assert_eq!(config, json!({"Id": id, "HostedZoneId": zone, "CloudWatchLogsLogGroupArn": ARN}));
    assert_eq!(answer["Location"], json!(format!("/2013-04-01/queryloggingconfig/{id}")));
    assert_eq!(world.fails("CreateQueryLoggingConfig", request.clone()), "QueryLoggingConfigAlreadyExists");
    let got = world.ok("GetQueryLoggingConfig", json!({"Id": id}));
    assert_eq!(got["QueryLoggingConfig"], config);

    world.ok("DeleteQueryLoggingConfig", json!({"Id": id}));
    for action in ["GetQueryLoggingConfig", "DeleteQueryLoggingConfig"] {
        assert_eq!(world.fails(action, json!({"Id": id})), "NoSuchQueryLoggingConfig");
    }
    world.ok("CreateQueryLoggingConfig", request);
    world.ok("DeleteHostedZone", json!({"Id": zone}));
    assert_eq!(world.ok("ListQueryLoggingConfigs", json!({}))["QueryLoggingConfigs"], json!([]));
}

#[test]
fn configurations_are_listed_page_by_page_or_by_zone() {
    let mut world = World::new();
    world.dns_server("ns1", true);
    let mut ids = Vec::new();
    let mut zones = Vec::new();
    for number in 0..5 {
        let zone = world.zone(&format!("z{number}.example.com"));
        let request = json!({"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": ARN});
        let answer = world.ok("CreateQueryLoggingConfig", request);
        ids.push(text(&answer["QueryLoggingConfig"]["Id"]));
        zones.push(zone);
    }
    let mut listed = Vec::new();
    let mut request = json!({"MaxResults": "2"});
    loop {
        let page = world.ok("ListQueryLoggingConfigs", request.clone());
        listed.extend(page["QueryLoggingConfigs"].as_array().unwrap().iter().map(|one| text(&one["Id"])));
        match page.get("NextToken") {
            Some(token) => request["NextToken"] = token.clone(),
            None => break,
        }
    }
    let mut sorted = ids.clone();
    sorted.sort();
    assert_eq!(listed, sorted);
    let of_one = world.ok("ListQueryLoggingConfigs", json!({"HostedZoneId": zones[3]}));
    assert_eq!(of_one["QueryLoggingConfigs"][0]["Id"], json!(ids[3]));
    assert_eq!(of_one["QueryLoggingConfigs"].as_array().unwrap().len(), 1);
    for (request, code) in [
        (json!({"HostedZoneId": "Z0"}), "NoSuchHostedZone"),
        (json!({"NextToken": "?"}), "InvalidPaginationToken"),
        (json!({"MaxResults": "none"}), "InvalidInput"),
    ] {
        assert_eq!(world.fails("ListQueryLoggingConfigs", request.clone()), code, "{request}");
    }
}

#[test]
fn what_cannot_be_logged_to_is_refused() {
    let mut world = World::new();
    let zone = world.zone("example.com");
    let request = |zone: &str, arn: &str| json!({"HostedZoneId": zone, "CloudWatchLogsLogGroupArn": arn});
    let error = world.call("CreateQueryLoggingConfig", request(&zone, ARN)).unwrap_err();
    assert_eq!((&*error.code, error.status), ("NoSuchCloudWatchLogsLogGroup", 404));
    assert!(error.message.contains("--query-log-dir"), "{error}");
    world.dns_server("ns1", false);
    assert_eq!(
        world.fails("CreateQueryLoggingConfig", request(&zone, ARN)),
        "NoSuchCloudWatchLogsLogGroup",
        "one that logs nothing does not help"
    );
    world.dns_server("ns2", true);
    let missing = "NoSuchCloudWatchLogsLogGroup";
    for (arn, code) in [
        ("", "InvalidInput"),
        ("/aws/route53/example.com", "InvalidInput"),
        ("arn:aws:s3:::bucket", "InvalidInput"),
        ("arn:aws:logs:us-east-1:123456789012:destination:x", "InvalidInput"),
        ("arn:aws:logs:eu-west-1:123456789012:log-group:x", missing),
        ("arn:aws:logs:us-east-1:210987654321:log-group:x", missing),
        ("arn:aws:logs:us-east-1:123456789012:log-group:../../etc", missing),
        ("arn:aws:logs:us-east-1:123456789012:log-group:", missing),
    ] {
        assert_eq!(world.fails("CreateQueryLoggingConfig", request(&zone, arn)), code, "{arn}");
    }
    assert_eq!(world.fails("CreateQueryLoggingConfig", request("Z0", ARN)), "NoSuchHostedZone");
    world.ok("CreateQueryLoggingConfig", request(&zone, &format!("{ARN}:*")));
}
