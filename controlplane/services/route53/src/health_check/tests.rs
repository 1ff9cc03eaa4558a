use super::ops::create_health_check::CreateHealthCheck;
use super::ops::update_health_check::UpdateHealthCheck;
use super::*;
use crate::record_set::tests::context;
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde_json::{Value, json};

fn make(reference: &str, config: Value, cx: &mut Context) -> Result<Value, ServiceError> {
    let input =
        serde_json::from_value(json!({"CallerReference": reference, "HealthCheckConfig": config})).unwrap();
    Ok(serde_json::to_value(CreateHealthCheck::run(&input, cx)?).unwrap())
}

fn id_of(answer: &Value) -> String {
    answer["HealthCheck"]["Id"].as_str().unwrap().to_owned()
}

fn update(id: &str, more: Value, cx: &mut Context) -> Result<(), ServiceError> {
    let mut input = json!({"HealthCheckId": id});
    input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    UpdateHealthCheck::run(&serde_json::from_value(input).unwrap(), cx).map(|_| ())
}

fn http() -> Value {
    json!({"Type": "HTTP", "IPAddress": "192.0.2.1", "ResourcePath": "health"})
}

#[test]
fn defaults_are_filled_in() {
    let answer = make("r", http(), &mut context()).unwrap();
    let config = &answer["HealthCheck"]["HealthCheckConfig"];
    assert_eq!(
        (&config["Port"], &config["RequestInterval"], &config["FailureThreshold"]),
        (&json!(80), &json!(30), &json!(3))
    );
    assert_eq!(config["ResourcePath"], "/health");
}

#[test]
fn rule_12_28_one_reference_one_check() {
    let mut cx = context();
    let first = make("r", http(), &mut cx).unwrap();
    assert_eq!(make("r", http(), &mut cx).unwrap(), first);
    let other = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 22});
    assert_eq!(make("r", other, &mut cx).unwrap_err().code, "HealthCheckAlreadyExists");
}

#[test]
fn rule_12_28_an_update_in_between_makes_no_other_check_of_it() {
    let mut cx = context();
    let first = make("r", http(), &mut cx).unwrap();
    let id = id_of(&first);
    update(&id, json!({"FailureThreshold": 3}), &mut cx).unwrap();
    assert_eq!(id_of(&make("r", http(), &mut cx).unwrap()), id, "nothing is another");
    update(&id, json!({"FailureThreshold": 4}), &mut cx).unwrap();
    assert_eq!(make("r", http(), &mut cx).unwrap_err().code, "HealthCheckAlreadyExists");
    assert_ne!(id_of(&make("s", http(), &mut cx).unwrap()), id);
}

#[test]
fn what_cannot_be_checked_is_refused_by_field() {
    let with = |kind: &str, more: Value| {
        let mut config = json!({"Type": kind, "IPAddress": "192.0.2.1"});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    };
    let sum = |more: Value| {
        let mut config = json!({"Type": "CALCULATED", "HealthThreshold": 1});
        config.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        config
    };
    for (config, field) in [
        (json!({"Type": "HTTP"}), "IPAddress or FullyQualifiedDomainName"),
        (with("TCP", json!({})), "Port"),
        (
            with("CLOUDWATCH_METRIC", json!({})),
            "CLOUDWATCH_METRIC are not served: there are no CloudWatch alarms",
        ),
        (
            with("RECOVERY_CONTROL", json!({})),
            "RECOVERY_CONTROL are not served: there are no routing controls",
        ),
        (json!({"Type": "HTTP", "IPAddress": "::"}), "IPAddress"),
        (json!({"Type": "HTTP", "IPAddress": "nonsense"}), "IPAddress"),
        (with("HTTP", json!({"RequestInterval": 20})), "RequestInterval"),
        (with("HTTP", json!({"FailureThreshold": 11})), "FailureThreshold"),
        (with("HTTP", json!({"FailureThreshold": 0})), "FailureThreshold"),
        (with("HTTP", json!({"ResourcePath": "/a b\r\nX: y"})), "ResourcePath"),
        (with("TCP", json!({"Port": 1, "ResourcePath": "/"})), "ResourcePath: a health check of type TCP"),
        (with("HTTP", json!({"Port": 70000})), "Port"),
        (with("HTTP", json!({"Port": 0})), "Port"),
        (with("HTTP", json!({"SearchString": "x"})), "SearchString: a health check of type HTTP has none"),
        (with("HTTP_STR_MATCH", json!({})), "SearchString"),
        (with("HTTPS_STR_MATCH", json!({"SearchString": ""})), "SearchString"),
        (with("HTTPS_STR_MATCH", json!({"SearchString": "x".repeat(256)})), "SearchString"),
        (with("HTTP", json!({"EnableSNI": true})), "EnableSNI"),
        (with("HTTP", json!({"HealthThreshold": 1})), "HealthThreshold"),
        (with("HTTP", json!({"ChildHealthChecks": []})), "ChildHealthChecks"),
        (with("HTTP", json!({"Regions": ["us-east-1", "us-west-1", "us-west-1"]})), "Regions"),
        (with("HTTP", json!({"Regions": ["us-east-1", "us-west-1", "eu-central-1"]})), "eu-central-1"),
        (sum(json!({"IPAddress": "192.0.2.1"})), "IPAddress"),
        (sum(json!({"Port": 80})), "Port"),
        (sum(json!({"FullyQualifiedDomainName": "a.test"})), "FullyQualifiedDomainName"),
        (sum(json!({"RequestInterval": 30})), "RequestInterval"),
        (sum(json!({"FailureThreshold": 3})), "FailureThreshold"),
        (sum(json!({"MeasureLatency": true})), "MeasureLatency"),
        (sum(json!({"HealthThreshold": 257})), "HealthThreshold"),
        (sum(json!({"HealthThreshold": -1})), "HealthThreshold"),
        (json!({"Type": "CALCULATED"}), "HealthThreshold"),
        (sum(json!({"ChildHealthChecks": ["nobody"]})), "ChildHealthChecks: a health check with id nobody"),
    ] {
        let error = make("r", config.clone(), &mut context()).unwrap_err();
        assert!(error.code == "InvalidInput" && error.message.contains(field), "{config}: {error}");
    }
}

#[test]
fn rule_12_2_each_kind_has_its_port_and_says_its_settings_again() {
    for (config, port, sni) in [
        (json!({"Type": "HTTP", "FullyQualifiedDomainName": "a.test"}), 80, false),
        (json!({"Type": "HTTPS", "FullyQualifiedDomainName": "a.test"}), 443, true),
        (json!({"Type": "HTTPS", "IPAddress": "192.0.2.1", "EnableSNI": false}), 443, false),
        (json!({"Type": "HTTP_STR_MATCH", "IPAddress": "192.0.2.1", "SearchString": "up"}), 80, false),
        (
            json!({"Type": "HTTPS_STR_MATCH", "IPAddress": "192.0.2.1", "SearchString": "up", "Port": 8443}),
            8443,
            true,
        ),
        (
            json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 22, "MeasureLatency": true, "RequestInterval": 10,
            "Regions": ["eu-west-1", "sa-east-1", "us-east-1"], "Inverted": true, "Disabled": true}),
            22,
            false,
        ),
    ] {
        let shown =
            make("r", config.clone(), &mut context()).unwrap()["HealthCheck"]["HealthCheckConfig"].clone();
        assert_eq!((&shown["Port"], &shown["EnableSNI"]), (&json!(port), &json!(sni)), "{config}");
        for (member, value) in config.as_object().unwrap() {
            assert_eq!(shown[member], *value, "{member} of {config}");
        }
    }
}

#[test]
fn rule_12_23_calculated_checks_add_up_checks_that_are_there_and_not_calculated() {
    let mut cx = context();
    let child = id_of(&make("c", http(), &mut cx).unwrap());
    let config =
        json!({"Type": "CALCULATED", "ChildHealthChecks": [child], "HealthThreshold": 1, "Inverted": true});
    let sum = make("sum", config.clone(), &mut cx).unwrap();
    let shown = &sum["HealthCheck"]["HealthCheckConfig"];
    assert_eq!(*shown, {
        let mut shown = config.clone();
        shown["Disabled"] = json!(false);
        shown
    });
    let of_sums =
        json!({"Type": "CALCULATED", "ChildHealthChecks": [child, id_of(&sum)], "HealthThreshold": 1});
    let error = make("t", of_sums, &mut cx).unwrap_err();
    assert!(error.message.contains("is itself a calculated health check"), "{error}");
    let id = id_of(&sum);
    update(&id, json!({"ChildHealthChecks": [id]}), &mut cx).unwrap_err();
    update(&id, json!({"HealthThreshold": 0}), &mut cx).unwrap();
    assert_eq!(existing(&id, &cx).unwrap().children.len(), 1, "what is not given stays");
    update(&id, json!({"ResetElements": ["ChildHealthChecks"], "HealthThreshold": 256}), &mut cx).unwrap();
    let check = existing(&id, &cx).unwrap();
    assert_eq!((check.children.len(), check.health_threshold), (0, 256));
}

#[test]
fn rules_12_4_12_7_and_12_9_what_an_update_may_and_may_not() {
    let everything = json!({
        "Type": "HTTPS_STR_MATCH", "IPAddress": "192.0.2.1", "FullyQualifiedDomainName": "a.test", "ResourcePath": "/x",
        "SearchString": "up", "Regions": ["eu-west-1", "sa-east-1", "us-east-1"], "RequestInterval": 10,
        "MeasureLatency": true,
    });
    let by_name = json!({"Type": "HTTP", "FullyQualifiedDomainName": "a.test"});
    let mut cx = context();
    let full = id_of(&make("full", everything.clone(), &mut cx).unwrap());
    let named = id_of(&make("named", by_name, &mut cx).unwrap());
    for (id, change, field) in [
        (&named, json!({"IPAddress": "192.0.2.1"}), "IPAddress"),
        (&full, json!({"IPAddress": ""}), "IPAddress"),
        (&full, json!({"FullyQualifiedDomainName": ""}), "FullyQualifiedDomainName"),
        (&named, json!({"ResetElements": ["FullyQualifiedDomainName"]}), "FullyQualifiedDomainName"),
        (&full, json!({"ResetElements": ["Port"]}), "ResetElements"),
        (&full, json!({"ResetElements": ["ResourcePath"], "ResourcePath": "/"}), "ResetElements"),
        (&full, json!({"HealthThreshold": 1}), "HealthThreshold"),
        (&named, json!({"SearchString": "x"}), "SearchString"),
        (&full, json!({"SearchString": ""}), "SearchString"),
        (&named, json!({"EnableSNI": true}), "EnableSNI"),
        (&full, json!({"Regions": ["us-east-1"]}), "Regions"),
    ] {
        let before = existing(id, &cx).unwrap().clone();
        let error = update(id, change.clone(), &mut cx).unwrap_err();
        assert!(error.code == "InvalidInput" && error.message.contains(field), "{change}: {error}");
        assert_eq!(*existing(id, &cx).unwrap(), before);
    }
    let before = existing(&full, &cx).unwrap().clone();
    update(&full, json!({"IPAddress": "192.0.2.2", "SearchString": "on", "EnableSNI": false}), &mut cx)
        .unwrap();
    let changed = existing(&full, &cx).unwrap().clone();
    let expected = HealthCheck {
        version: 2,
        address: Some("192.0.2.2".to_owned()),
        search_string: Some("on".to_owned()),
        enable_sni: false,
        ..before
    };
    assert_eq!(changed, expected);
    let all = json!({"ResetElements": ["FullyQualifiedDomainName", "Regions", "ResourcePath", "ChildHealthChecks"]});
    update(&full, all, &mut cx).unwrap();
    let reset = existing(&full, &cx).unwrap().clone();
    let expected =
        HealthCheck { version: 3, host: None, path: None, regions: Default::default(), ..expected };
    assert_eq!(reset, expected);
}

#[test]
fn rule_12_5_private_addresses_are_what_one_has_at_home() {
    for (address, taken) in [
        ("10.0.0.1", true),
        ("127.0.0.1", true),
        ("169.254.1.1", true),
        ("100.64.0.1", true),
        ("fd00::1", true),
        ("224.0.0.1", false),
        ("ff02::1", false),
        ("0.0.0.0", false),
    ] {
        let config = json!({"Type": "HTTP", "IPAddress": address});
        assert_eq!(make("r", config, &mut context()).is_ok(), taken, "{address}");
    }
}

#[test]
fn rule_12_29_a_check_in_use_can_go() {
    let mut world = crate::tests::World::new();
    let zone = world.zone("example.com");
    let check = world.check("c");
    let set = json!({
        "Name": "w.example.com", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "192.0.2.7"}],
        "SetIdentifier": "a", "Weight": 7, "HealthCheckId": check,
    });
    world.batch(&zone, &[("CREATE", set.clone())]).unwrap();
    let sum = json!({"Type": "CALCULATED", "ChildHealthChecks": [check], "HealthThreshold": 1});
    let sum = world.ok("CreateHealthCheck", json!({"CallerReference": "s", "HealthCheckConfig": sum}));
    world.ok("DeleteHealthCheck", json!({"HealthCheckId": check}));
    assert!(world.sets(&zone).iter().any(|listed| listed["HealthCheckId"] == json!(check)));
    let id = sum["HealthCheck"]["Id"].clone();
    let shown = world.ok("GetHealthCheck", json!({"HealthCheckId": id}));
    assert_eq!(shown["HealthCheck"]["HealthCheckConfig"]["ChildHealthChecks"], json!([check]));
    world.ok("UpdateHealthCheck", json!({"HealthCheckId": id, "Inverted": true}));
    // The reference is used for some days.
    let again = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 80});
    let again = json!({"CallerReference": "c", "HealthCheckConfig": again});
    assert_eq!(world.fails("CreateHealthCheck", again), "HealthCheckAlreadyExists");
}

#[test]
fn rule_12_32_there_are_two_hundred() {
    let mut cx = context();
    for number in 0..200 {
        make(&number.to_string(), http(), &mut cx).unwrap();
    }
    assert_eq!(make("one more", http(), &mut cx).unwrap_err().code, "TooManyHealthChecks");
}

#[test]
fn rule_12_31_observations_are_shown_by_checker() {
    use super::ops::get_health_check_last_failure_reason::GetHealthCheckLastFailureReason;
    use super::ops::get_health_check_status::GetHealthCheckStatus;
    use controlplane_services_kernel::{Need, Query, Reader};
    let mut cx = context();
    let id = id_of(&make("r", http(), &mut cx).unwrap());
    let need = Need::HealthObservations { health_check_id: id.clone() };
    let found = json!([
        {"server": "a", "address": "192.0.2.53", "region": "eu-west-1", "status": "Success: ok", "checkedAtMs": 2000,
            "lastFailure": "Failure: no", "failedAtMs": 1000},
        {"server": "b", "address": null, "region": "", "status": "Success: ok", "checkedAtMs": 3000,
            "lastFailure": "", "failedAtMs": 0},
    ]);
    let reader = Reader { found: [(need, found)].into(), ..Reader::clone(&cx) };
    let input = serde_json::from_value(json!({"HealthCheckId": id})).unwrap();
    let status = serde_json::to_value(GetHealthCheckStatus::run(&input, &reader).unwrap()).unwrap();
    let seen = &status["HealthCheckObservations"];
    assert_eq!((&seen[0]["Region"], &seen[0]["IPAddress"]), (&json!("eu-west-1"), &json!("192.0.2.53")));
    assert_eq!((&seen[1]["Region"], &seen[1]["IPAddress"]), (&Value::Null, &Value::Null));
    assert_eq!(seen[1]["StatusReport"]["Status"], "Success: ok");
    let input = serde_json::from_value(json!({"HealthCheckId": id})).unwrap();
    let reason =
        serde_json::to_value(GetHealthCheckLastFailureReason::run(&input, &reader).unwrap()).unwrap();
    let seen = reason["HealthCheckObservations"].as_array().unwrap();
    assert_eq!((seen.len(), &seen[0]["StatusReport"]["Status"]), (1, &json!("Failure: no")));
    let sum = json!({"Type": "CALCULATED", "HealthThreshold": 0});
    let sum = id_of(&make("sum", sum, &mut cx).unwrap());
    let input = serde_json::from_value(json!({"HealthCheckId": sum})).unwrap();
    assert_eq!(GetHealthCheckStatus::needs(&input, &cx).unwrap_err().code, "InvalidInput");
}

#[test]
fn rule_12_8_an_update_names_the_version_it_saw() {
    let mut cx = context();
    let id = id_of(&make("r", http(), &mut cx).unwrap());
    update(&id, json!({"HealthCheckVersion": 1, "Port": 8080}), &mut cx).unwrap();
    let check = existing(&id, &cx).unwrap();
    assert_eq!((check.version, check.port), (2, 8080));
    let error = update(&id, json!({"HealthCheckVersion": 1}), &mut cx).unwrap_err();
    assert_eq!(error.code, "HealthCheckVersionMismatch");
}
