//! Requests as clients send them, and who sends them: what tests of the AWS door share.

use super::Cluster;
use crate::core::Core;
use crate::gateway::{Gateway, GatewaySettings, Limits};
use crate::providers::{Documents, Nowhere};
use crate::writer::Work;
use bytes::Bytes;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::permissions::Permissions;
use controlplane_services_iam::policy::{Document, Purpose};
use controlplane_services_iam::role::Role;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::{Caller, Record};
use controlplane_services_native::AccessKey;
use controlplane_types::{Key, Timestamp};
use controlplane_wire::client;
use controlplane_wire::model::{self, Service};
use controlplane_wire::sigv4::{self, Credentials};
use http::request::Parts;
use http::{HeaderValue, Response};
use serde_json::{Value, json};
use std::sync::Arc;

pub(super) const ACCOUNT: &str = "123456789012";
pub(super) const ALICE: &str = "arn:aws:iam::123456789012:user/alice";

pub(super) fn gateway(core: &Core) -> Arc<Gateway> {
    gateway_with(core, None)
}

/// A door that lets an account ask only so much.
pub(super) fn gateway_with(core: &Core, limits: Option<Limits>) -> Arc<Gateway> {
    Gateway::new(GatewaySettings { limits, ..settings() }, core.clone())
}

/// A door behind which these identity providers are.
pub(super) fn gateway_asking(core: &Core, documents: Arc<dyn Documents>) -> Arc<Gateway> {
    Gateway::new(GatewaySettings { documents, ..settings() }, core.clone())
}

fn settings() -> GatewaySettings {
    GatewaySettings {
        region: "us-east-1".into(),
        account: ACCOUNT.into(),
        any_credentials: false,
        allow_reset: false,
        enable_bench: false,
        limits: None,
        documents: Arc::new(Nowhere),
    }
}

pub(super) fn key(id: &str, secret: &str) -> Credentials {
    Credentials { access_key_id: id.to_owned(), secret_access_key: secret.to_owned(), session_token: None }
}

/// Alice's own key.
pub(super) fn alice() -> Credentials {
    key("AKIAALICE", "alice's secret")
}

/// A request to sign.
pub(super) fn request(service: &'static Service, action: &str, input: &Value) -> (Parts, Bytes) {
    let operation = service.operation(action).expect("an action of the model");
    let request = client::request(service, operation, input).expect("a request");
    let (mut parts, body) = request.into_parts();
    parts.headers.insert("host", HeaderValue::from_static("localhost:4566"));
    (parts, body)
}

/// What the door answers: status, and the error's code or `OK`.
pub(super) async fn answer(gateway: &Gateway, parts: Parts, body: Bytes) -> (u16, String, String) {
    let response: Response<Bytes> = gateway.answer(parts, body).await;
    let text = String::from_utf8(response.body().to_vec()).expect("text");
    let named = response.headers().get("x-amzn-errortype").and_then(|name| name.to_str().ok());
    let code = named.map(str::to_owned).or_else(|| between(&text, "Code"));
    let code = code.unwrap_or_else(|| "OK".to_owned());
    (response.status().as_u16(), code, text)
}

/// The text of an element.
pub(super) fn between(text: &str, element: &str) -> Option<String> {
    let (_, rest) = text.split_once(&format!("<{element}>"))?;
    Some(rest.split_once(&format!("</{element}>"))?.0.to_owned())
}

/// Sends a request signed with `credentials` at `now`.
pub(super) async fn send(
    gateway: &Gateway,
    credentials: &Credentials,
    now: Timestamp,
    (service, action, input): (&str, &str, &Value),
) -> (u16, String, String) {
    let service = model::by_name(service).expect("a service");
    let (mut parts, body) = request(service, action, input);
    sigv4::sign(&mut parts, &body, credentials, "us-east-1", service.signing_name(), now).expect("signed");
    answer(gateway, parts, body).await
}

/// The credentials in an answer of STS's.
pub(super) fn temporary(text: &str) -> Credentials {
    let element = |name| between(text, name).unwrap_or_else(|| panic!("no {name} in {text}"));
    Credentials {
        access_key_id: element("AccessKeyId"),
        secret_access_key: element("SecretAccessKey"),
        session_token: Some(element("SessionToken")),
    }
}

impl Cluster {
    pub(super) async fn put<R: Record>(&self, core: &Core, key: Key, record: R) {
        let work = Work::new(Caller::system("us-east-1".into()), move |cx| {
            cx.put_at(key, record);
            Ok(Box::new(()) as _)
        });
        let done = core.writer.write(work).await.expect("it is written");
        core.replica.wait_revision(done.revision).await.expect("it is applied here");
    }

    /// The key of the account itself.
    pub(super) fn root_key(&self, core: &Core) -> Credentials {
        let view = core.replica.applied().view;
        let (id, found) = AccessKey::of_account(&view, &ACCOUNT.into()).expect("a key");
        key(id, &found.secret)
    }

    /// Alice may do what these statements say.
    pub(super) async fn user(&self, core: &Core, statements: &Value) {
        let user = User {
            name: "alice".into(),
            path: "/".into(),
            user_id: "AIDA1".into(),
            created_at: Timestamp(0),
            permissions: permissions(statements),
            groups: Default::default(),
            tags: Default::default(),
        };
        self.put(core, User::key(&ACCOUNT.into(), "alice"), user).await;
        self.access_key(core, &alice(), false).await;
    }

    pub(super) async fn access_key(&self, core: &Core, credentials: &Credentials, inactive: bool) {
        let own = AccessKey::of_root(ACCOUNT.into(), credentials.secret_access_key.clone());
        let own = AccessKey { user: Some("alice".to_owned()), inactive, ..own };
        self.put(core, AccessKey::key(&credentials.access_key_id), own).await;
    }

    /// A role that Alice may assume.
    pub(super) async fn role(&self, core: &Core, statements: &Value) {
        let trust = json!({"Statement": {
            "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole",
        }});
        let role = Role {
            name: "App".into(),
            path: "/".into(),
            role_id: "AROA1".into(),
            created_at: Timestamp(0),
            trust: Document::new(trust.to_string(), Purpose::Trust).expect("a policy"),
            description: None,
            max_session_secs: 3_600,
            permissions: permissions(statements),
            tags: Default::default(),
        };
        self.put(core, Role::key(&ACCOUNT.into(), "App"), role).await;
    }
}

fn permissions(statements: &Value) -> Permissions {
    if statements.as_array().is_some_and(Vec::is_empty) {
        return Permissions::default();
    }
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let document = Document::new(text, Purpose::Identity).expect("a policy");
    Permissions { inline: [("own".to_owned(), document)].into(), ..Permissions::default() }
}
