use super::*;
use crate::tests::{context, system};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Timestamp;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(3600);

fn term(life: Duration) -> Term {
    Term { life, last: Timestamp::from_millis(u64::MAX / 2) }
}

fn issue_for(role: Role, name: &str, cx: &mut Context) -> Result<Issued, ServiceError> {
    let admission =
        Admission { role, name: name.into(), grpc_address: String::new(), aws_address: String::new() };
    IssueCertificate::run(&IssueCertificateInput { admission, term: term(HOUR) }, cx)
}

fn revoke(target: &str, own_serial: &str, cx: &mut Context) -> Result<Vec<String>, ServiceError> {
    let input = RevokeCertificateInput { target: target.into(), own_serial: own_serial.into() };
    RevokeCertificate::run(&input, cx).map(|output| output.serials)
}

fn renew(issued: &Issued, cx: &mut Context) -> Result<Issued, ServiceError> {
    let input = RenewCertificateInput {
        serial: issued.serial.clone(),
        role: issued.role,
        name: issued.name.clone(),
        term: term(HOUR),
    };
    RenewCertificate::run(&input, cx)
}

#[test]
fn what_is_issued_is_on_record() {
    let mut cx = context();
    let issued = issue_for(Role::Agent, "rack1", &mut cx).unwrap();
    let record = cx.get::<Certificate>(&issued.serial).unwrap();
    assert_eq!((record.holder().as_str(), record.not_after), ("agent/rack1", issued.not_after));
    assert_eq!(record.state(cx.now), "Valid");
    assert_eq!(issued.serial.len(), 32);
    let other = issue_for(Role::Agent, "rack1", &mut cx).unwrap();
    assert_ne!(issued.serial, other.serial);
}

#[test]
fn lives_are_whole_seconds_and_end_with_the_authority() {
    let now = Timestamp::from_millis(1_000_000_500);
    let day = Duration::from_secs(24 * 3600);
    for (life, last, begins_before, lasts) in [
        (day, now + 2 * day, Duration::from_secs(300), day),
        (Duration::from_secs(100), now + day, Duration::from_secs(10), Duration::from_secs(100)),
        (day, now + HOUR, Duration::from_secs(300), HOUR),
    ] {
        let (begin, end) = Term { life, last }.from(now);
        assert_eq!(now.since(begin).as_secs(), begins_before.as_secs());
        assert_eq!(end.as_millis(), (now + lasts).as_millis() / 1000 * 1000);
    }
    let mut cx = context();
    let input = IssueCertificateInput {
        admission: Admission {
            role: Role::Dns,
            name: "a".into(),
            grpc_address: String::new(),
            aws_address: String::new(),
        },
        term: Term { life: HOUR, last: cx.now },
    };
    assert_eq!(IssueCertificate::run(&input, &mut cx).unwrap_err().code, "AuthorityExpired");
}

#[test]
fn names_that_are_no_dns_names_are_refused() {
    let long = "x".repeat(64);
    for name in ["", ".", "a.", ".a", "a..b", "-a", "a-", "a.-b", "a/b", "a b", "ä", "*", &long] {
        let error = issue_for(Role::Agent, name, &mut context()).unwrap_err();
        assert!(error.message.contains("name"), "{name:?}: {}", error.message);
    }
    for name in ["a", "rack1", "Rack_1", "a.b-c.d", &"x".repeat(63)] {
        assert!(issue_for(Role::Agent, name, &mut context()).is_ok(), "{name:?}");
    }
    assert!(issue_for(Role::Server, "a", &mut context()).is_err(), "servers come in with tokens");
}

#[test]
fn revoking_takes_back_one_or_all_of_a_holder() {
    let mut cx = context();
    let first = issue_for(Role::Agent, "a", &mut cx).unwrap();
    let second = issue_for(Role::Agent, "a", &mut cx).unwrap();
    let other = issue_for(Role::Agent, "b", &mut cx).unwrap();
    let own = issue_for(Role::Client, "admin", &mut cx).unwrap();
    assert_eq!(revoke(&first.serial, &own.serial, &mut cx).unwrap(), std::slice::from_ref(&first.serial));
    assert_eq!(revoke("agent/a", &own.serial, &mut cx).unwrap(), std::slice::from_ref(&second.serial));
    assert_eq!(revoke("agent/a", &own.serial, &mut cx).unwrap(), [] as [String; 0]);
    let revoked = |serial: &str| Certificate::is_revoked(&cx.view, &system().region, serial);
    assert_eq!([&first, &second, &other].map(|one| revoked(&one.serial)), [true, true, false]);
    for (target, code) in [
        ("agent/nobody", "CertificateNotFound"),
        ("40", "CertificateNotFound"),
        (own.serial.as_str(), "OwnCertificate"),
        ("client/admin", "OwnCertificate"),
    ] {
        assert_eq!(revoke(target, &own.serial, &mut cx).unwrap_err().code, code, "{target}");
    }
}

#[test]
fn the_revoked_are_not_renewed() {
    let mut cx = context();
    let issued = issue_for(Role::Dns, "a", &mut cx).unwrap();
    let renewed = renew(&issued, &mut cx).unwrap();
    assert_eq!((renewed.role, renewed.name.as_str()), (Role::Dns, "a"));
    revoke(&issued.serial, "", &mut cx).unwrap();
    assert_eq!(renew(&issued, &mut cx).unwrap_err().code, "CertificateRevoked");
    assert!(renew(&renewed, &mut cx).is_ok(), "the newer one is not");
}

#[test]
fn what_was_signed_before_is_recorded_once_and_stays_revoked() {
    let mut cx = context();
    let input = RecordCertificateInput {
        serial: "40".into(),
        role: Role::Client,
        name: "admin".into(),
        not_before: cx.now,
        not_after: cx.now + HOUR,
    };
    RecordCertificate::run(&input, &mut cx).unwrap();
    revoke("40", "", &mut cx).unwrap();
    let mut again = Context::new(cx.view.clone(), system(), cx.now, [1; 32]);
    RecordCertificate::run(&input, &mut again).unwrap();
    assert!(again.into_changes().is_empty());
    assert!(Certificate::is_revoked(&cx.view, &system().region, "40"));
}
