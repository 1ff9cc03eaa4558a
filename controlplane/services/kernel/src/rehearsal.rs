//! A service entered through the wire as clients do, without a server: for the tests of service crates, and for manifests whose
//! fields are bounded by nothing but the models of actions (IAM's).
//!
//! A request is encoded, checked against AWS's model, decoded and run, and its answer is encoded, so a member AWS does
//! not have fails every test that meets it. This is here and not in each crate's tests, so that no crate is held to
//! less than another.

use crate::operation::Answer;
use crate::service::Action;
use crate::{Caller, Context, KindEntry, OperationEntry, Service, ServiceError, View, WireRequest};
use controlplane_types::Timestamp;
use controlplane_wire::{Call, WireError, client, model};
use serde_json::Value;

/// A service with records, and an account's root that calls it again and again.
pub struct Stage {
    service: &'static Service,
    /// What there is.
    pub view: View,
    /// Who calls.
    pub account: &'static str,
    calls: u64,
}

impl Stage {
    /// With the service's own kinds of records.
    pub fn new(service: &'static Service) -> Self {
        Self::with(service.kinds, service)
    }

    /// With other kinds too.
    pub fn with<'k>(kinds: impl IntoIterator<Item = &'k KindEntry>, service: &'static Service) -> Self {
        Self { service, view: View::new(kinds), account: "123456789012", calls: 0 }
    }

    /// What the next call sees.
    pub fn context(&self) -> Context {
        let account = self.account;
        let caller = Caller {
            client: None,
            account: account.into(),
            region: "us-east-1".into(),
            principal: format!("arn:aws:iam::{account}:root"),
            access_key_id: String::new(),
            request_id: String::new(),
        };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.calls.to_le_bytes());
        Context::new(self.view.clone(), caller, Timestamp::from_millis(1_000 + self.calls), seed)
    }

    /// Calls an action, and keeps what it changes.
    pub fn call(&mut self, action: &str, input: Value) -> Result<Value, ServiceError> {
        self.calls += 1;
        let mut cx = self.context();
        let answer = call(self.service, action, &input, &mut cx)?;
        self.view.apply(self.calls, &cx.into_changes());
        Ok(answer)
    }

    /// The same, where nothing else will do.
    #[track_caller]
    pub fn ok(&mut self, action: &str, input: Value) -> Value {
        self.call(action, input).unwrap_or_else(|error| panic!("{action}: {error}"))
    }
}

/// Sends a request and gives the answer back as JSON. What it changes is in `cx`, also when it fails half-way: the caller
/// drops the context then, as the writer does.
pub fn call(service: &Service, action: &str, input: &Value, cx: &mut Context) -> Result<Value, ServiceError> {
    let (entry, call) = find(service, action)?;
    let (parts, body) = client::request(call.service, call.operation, input).map_err(defect)?.into_parts();
    let request = WireRequest { call: &call, parts: &parts, body: &body };
    let refused = |error: WireError| {
        let reply = error.reply(Some(call.service));
        ServiceError::new(reply.code, reply.status, reply.message)
    };
    let answer = match entry.action {
        Action::Write(decode) => decode(&request).map_err(refused)?.run(cx)?,
        Action::Read(decode) => decode(&request).map_err(refused)?.run(cx)?,
    };
    shown(&call, &answer)
}

/// Members of inputs, at any depth, that AWS's model does not have, and actions it does not have: one sentence each.
pub fn foreign_members(service: &Service) -> Vec<String> {
    let foreign = |entry: &OperationEntry| match held_against_model(service, entry) {
        Ok(()) => None,
        Err(error) => Some(format!("{}: {error}", entry.name)),
    };
    service.operations.iter().filter_map(foreign).collect()
}

fn held_against_model(service: &Service, entry: &OperationEntry) -> Result<(), ServiceError> {
    let (_, call) = find(service, entry.name)?;
    let (parts, body) = client::complete_request(call.service, call.operation).map_err(defect)?.into_parts();
    let request = WireRequest { call: &call, parts: &parts, body: &body };
    let error = match entry.action {
        Action::Write(decode) => decode(&request).err(),
        Action::Read(decode) => decode(&request).err(),
    };
    match error {
        Some(error @ WireError::Internal(_)) => Err(defect(error)),
        _ => Ok(()),
    }
}

fn find<'s>(service: &'s Service, action: &str) -> Result<(&'s OperationEntry, Call), ServiceError> {
    let entry = service.operations.iter().find(|entry| entry.name == action);
    let entry = entry.ok_or_else(|| defect(format!("{} does not serve {action}", service.name)))?;
    let model = model::by_name(service.name).ok_or_else(|| defect("there is no model of this service"))?;
    let operation = model.operation(action).ok_or_else(|| defect(format!("the model has no {action}")))?;
    Ok((entry, Call { service: model, operation }))
}

fn shown(call: &Call, answer: &Answer) -> Result<Value, ServiceError> {
    controlplane_wire::encode(call.service, call.operation, answer, "r-1").map_err(defect)?;
    serde_json::to_value(answer).map_err(defect)
}

fn defect(error: impl std::fmt::Display) -> ServiceError {
    ServiceError::internal(error.to_string())
}
