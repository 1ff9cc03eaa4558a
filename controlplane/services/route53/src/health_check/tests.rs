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
fn one_reference_one_check() {
    let mut cx = context();
    let first = make("r", http(), &mut cx).unwrap();
    assert_eq!(make("r", http(), &mut cx).unwrap(), first);
    let other = json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 22});
    assert_eq!(make("r", other, &mut cx).unwrap_err().code, "HealthCheckAlreadyExists");
}

#[test]
fn what_cannot_be_checked_is_refused_by_field() {
    for (config, field) in [
        (json!({"Type": "HTTP"}), "IPAddress or FullyQualifiedDomainName"),
        (json!({"Type": "TCP", "IPAddress": "192.0.2.1"}), "Port"),
        (json!({"Type": "HTTPS", "IPAddress": "192.0.2.1"}), "not served yet"),
        (json!({"Type": "HTTP", "IPAddress": "::"}), "IPAddress"),
        (json!({"Type": "HTTP", "IPAddress": "nonsense"}), "IPAddress"),
        (json!({"Type": "HTTP", "IPAddress": "192.0.2.1", "RequestInterval": 20}), "RequestInterval"),
        (json!({"Type": "HTTP", "IPAddress": "192.0.2.1", "FailureThreshold": 11}), "FailureThreshold"),
        (json!({"Type": "HTTP", "IPAddress": "192.0.2.1", "ResourcePath": "/a b\r\nX: y"}), "ResourcePath"),
        (json!({"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 1, "ResourcePath": "/"}), "ResourcePath"),
        (json!({"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 70000}), "Port"),
    ] {
        let error = make("r", config.clone(), &mut context()).unwrap_err();
        assert!(error.code == "InvalidInput" && error.message.contains(field), "{config}: {error}");
    }
}

#[test]
fn an_update_names_the_version_it_saw() {
    let mut cx = context();
    let id = make("r", http(), &mut cx).unwrap()["HealthCheck"]["Id"].as_str().unwrap().to_owned();
    let update = |more: Value, cx: &mut Context| {
        let mut input = json!({"HealthCheckId": id});
        input.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        UpdateHealthCheck::run(&serde_json::from_value(input).unwrap(), cx).map(|_| ())
    };
    update(json!({"HealthCheckVersion": 1, "Port": 8080}), &mut cx).unwrap();
    let check = existing(&id, &cx).unwrap();
    assert_eq!((check.version, check.port), (2, 8080));
    let error = update(json!({"HealthCheckVersion": 1}), &mut cx).unwrap_err();
    assert_eq!(error.code, "HealthCheckVersionMismatch");
}
