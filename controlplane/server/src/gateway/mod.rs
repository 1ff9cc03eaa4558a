//! The AWS door: one HTTP port for every service.
//!
//! A request walks through [`Gateway::serve`], a visible list of rooms: which service, who asks, which operation, how
//! often, what exactly, may he, done, said. Each room either passes the request on or ends it with the error a real client expects. No
//! operation is reached without [`authenticate`](Gateway::authenticate) but the one whose proof is among its parameters
//! ([`unsigned`]), and none runs without [`Permission::check`] on the very view it runs on.

mod cors;
mod credentials;
mod forward;
mod framing;
mod internal;
mod listener;
mod measured;
mod needs;
mod permission;
mod refusals;
mod session;
mod throttle;
mod tls;
mod trail;
mod unsigned;
mod uses;

#[cfg(test)]
pub(crate) use credentials::Peer;
pub use listener::listen;
pub use throttle::{Class, Limits, Rate, WrongLimits};
pub use tls::AwsLink;

use crate::admission::Pass;
use crate::bench::Watches;
use crate::core::Core;
use crate::providers::{Documents, Providers};
use crate::reads::{Ask, Seen};
use crate::registry::SERVICES;
use crate::writer::{Work, WriteError};
use bytes::Bytes;
use controlplane_raft::Leadership;
use controlplane_services_kernel::operation::{BoundOperation, BoundQuery};
use controlplane_services_kernel::outcome::run_once;
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{Caller, OperationEntry, Random, Service, ServiceError, WireRequest};
use controlplane_telemetry::trace::{self, Span};
use controlplane_types::{AccountId, RegionName};
use controlplane_wire::model::Service as WireService;
use controlplane_wire::sigv4::SignatureError;
use controlplane_wire::{self as wire, ErrorReply, WireError};
use http::Response;
use http::request::Parts;
use measured::Measured;
use permission::Permission;
use refusals::Refusals;
use session::Answered;
use std::collections::BTreeMap;
use std::sync::Arc;
use throttle::Throttle;
use trail::{Recording, Told};
use unsigned::is_nobody;
use uses::Uses;

/// The SDKs' name for one call over all its retries.
const INVOCATION_ID: &str = "amz-sdk-invocation-id";
/// Names of calls longer than this are not the SDKs'.
const INVOCATION_ID_MAX: usize = 64;

/// How this door is set up.
#[derive(Clone, Debug)]
pub struct GatewaySettings {
    /// The home region: what belongs to no region acts there.
    pub region: RegionName,
    /// Account of unknown access keys, with `any_credentials`.
    pub account: AccountId,
    /// Signatures and dates are not checked, and unknown access keys are the account's root. Loopback only.
    pub any_credentials: bool,
    /// `POST /_hearth/reset` works. Loopback only.
    pub allow_reset: bool,
    /// The hooks of [`crate::bench`] work. Loopback only.
    pub enable_bench: bool,
    /// How much an account may ask; `None`: as much as it likes.
    pub limits: Option<Limits>,
    /// Where identity providers are asked for their keys.
    pub documents: Arc<dyn Documents>,
}

/// Everything the door leads to.
pub struct Gateway {
    settings: GatewaySettings,
    house: Core,
    operations: BTreeMap<(&'static str, &'static str), Served>,
    /// Refused calls that are to be recorded.
    refusals: Arc<Refusals>,
    /// Whose credentials were used.
    uses: Arc<Uses>,
    /// With the hooks for measuring.
    watches: Option<Watches>,
    /// Where there are limits.
    throttle: Option<Throttle>,
    /// Keys of identity providers.
    providers: Providers,
}

/// An answer that another member has to give.
struct Elsewhere {
    leader: Option<u64>,
    /// What is told of the request here.
    _span: Span,
    /// What this member would answer if that one cannot be asked.
    own: Option<Response<Bytes>>,
}

/// An action, and the service it is of.
type Served = (&'static Service, &'static OperationEntry);

/// Why a request ends early.
enum Refusal {
    /// With this answer.
    Reply(ErrorReply),
    /// Too much is waiting: the service's error for that, with the time to come again.
    Throttled,
    /// This member does not lead: the leader shall answer.
    Elsewhere(Option<u64>),
}

impl From<ErrorReply> for Refusal {
    fn from(reply: ErrorReply) -> Self {
        Self::Reply(reply)
    }
}

impl From<ServiceError> for Refusal {
    fn from(error: ServiceError) -> Self {
        let reply = ErrorReply::new(&error.code, error.status, error.message);
        Self::Reply(ErrorReply { details: error.details, ..reply })
    }
}

impl Gateway {
    /// A door to `house`.
    pub fn new(settings: GatewaySettings, house: Core) -> Arc<Self> {
        let entries = SERVICES.iter().flat_map(|service| {
            service.operations.iter().map(move |entry| ((service.name, entry.name), (*service, entry)))
        });
        let watches = settings.enable_bench.then(|| Watches::start(&house.node, &house.runtime));
        let refusals = Refusals::new(&house, &settings.region);
        let uses = Uses::new(&house, &settings.region);
        let throttle = settings.limits.clone().map(Throttle::new);
        let providers = Providers::new(settings.documents.clone(), house.runtime.clone());
        Arc::new(Self {
            settings,
            house,
            operations: entries.collect(),
            refusals,
            uses,
            watches,
            throttle,
            providers,
        })
    }

    /// The server behind this door.
    pub(crate) fn house(&self) -> &Core {
        &self.house
    }

    /// The home region.
    pub(crate) fn region(&self) -> &RegionName {
        &self.settings.region
    }

    /// Watchers of the hooks for measuring, where these are enabled.
    pub(crate) fn watches(&self) -> Option<&Watches> {
        self.watches.as_ref()
    }

    /// Answers one request, on this member or through the leader.
    pub async fn answer(&self, parts: Parts, body: Bytes) -> Response<Bytes> {
        let header = parts.headers.get(trace::Context::HEADER).and_then(|value| value.to_str().ok());
        let span = match internal::own_path(&parts) {
            true => Span::none(),
            false => trace::incoming("aws", header),
        };
        let context = span.context();
        let answer = async {
            match self.answer_here(&parts, &body, span).await {
                Ok(response) => response,
                Err(elsewhere) => self.forward(elsewhere.leader, &parts, &body, elsewhere.own).await,
            }
        };
        trace::scope(context, answer).await
    }

    /// Answers one request on this member; the leader's id when only the leader can.
    async fn answer_here(
        &self,
        parts: &Parts,
        body: &Bytes,
        span: Span,
    ) -> Result<Response<Bytes>, Elsewhere> {
        if let Some(result) = self.internal(parts, body).await {
            return result.map_err(|leader| Elsewhere { leader, _span: span, own: None });
        }
        let request_id = self.request_id();
        let started = self.house.runtime.monotonic();
        let service = wire::service(parts, body);
        let known = service.as_ref().ok().copied();
        let mut told = Told::default();
        let (answer, action) = match self.serve(parts, body, service, &request_id, &mut told).await {
            Ok((response, action)) => (Ok(response), action),
            Err((Refusal::Elsewhere(leader), _)) => {
                return Err(Elsewhere { leader, _span: span, own: None });
            }
            Err((Refusal::Throttled, action)) => (Err(session::throttled(known)), action),
            Err((Refusal::Reply(reply), action)) => {
                tracing::info!(%request_id, action, code = %reply.code, message = %reply.message, "refused");
                (Err(reply), action)
            }
        };
        if let (Err(reply), Some(service)) = (&answer, known)
            && let Some(leader) = self.record_refusal((service, parts, body), told, reply, &request_id)
        {
            let own = Some(wire::encode_error(known, reply, &request_id));
            return Err(Elsewhere { leader: Some(leader), _span: span, own });
        }
        let elapsed = self.house.runtime.monotonic().saturating_sub(started);
        let code = answer.as_ref().map_or_else(|reply| reply.code.clone(), |_| "OK".to_owned());
        let response = answer.unwrap_or_else(|reply| wire::encode_error(known, &reply, &request_id));
        let (service, status) = (known.map_or("unknown", WireService::name), response.status().as_u16());
        tracing::info!(%request_id, service, action, status, micros = elapsed.as_micros() as u64, "request");
        measured::answered(
            span,
            &Measured { request_id: &request_id, service, action, code: &code, elapsed },
        );
        Ok(response)
    }

    /// The way of a request, room after room.
    async fn serve(
        &self,
        parts: &Parts,
        body: &Bytes,
        service: Result<&'static WireService, WireError>,
        request_id: &str,
        told: &mut Told,
    ) -> Result<(Response<Bytes>, &'static str), (Refusal, &'static str)> {
        let unnamed = |refusal| (refusal, "unknown");
        let service = service.map_err(|error| unnamed(Refusal::Reply(error.reply(None))))?;
        let caller = match self.unsigned(parts, body, request_id) {
            Some(nobody) => nobody,
            None => self.authenticate(service, parts, body, request_id).await.map_err(unnamed)?,
        };
        told.caller = Some(caller.clone()).filter(|caller| !is_nobody(caller));
        let refuse = |error: WireError| Refusal::Reply(error.reply(Some(service)));
        let plain = wire::plain_body(service, parts, body).map_err(|error| unnamed(refuse(error)))?;
        let body = &*plain;
        let call = wire::identify(parts, body).map_err(|error| unnamed(refuse(error)))?;
        let (owner, entry) = self.entry(&call).map_err(|error| unnamed(refuse(error)))?;
        told.entry = Some((owner.name, entry));
        let named = |refusal| (refusal, entry.name);
        if is_nobody(&caller) && !entry.unsigned {
            return Err(named(Refusal::Reply(SignatureError::Missing.reply(Some(service)))));
        }
        let price = self.take_tokens(&caller, service, entry, parts, body).map_err(named)?;
        let view = self.house.replica.applied().view;
        let permission = Permission::of(&caller, &view, owner, service, entry.name);
        let request = WireRequest { call: &call, parts, body };
        let answered = match &entry.action {
            Action::Read(bind) => {
                let query = bind(&request).map_err(|error| named(refuse(error)))?;
                let ask = session::ask(parts).map_err(named)?;
                self.read(query, caller, permission, ask).await.map_err(named)?
            }
            Action::Write(bind) => {
                let mut operation = bind(&request).map_err(|error| named(refuse(error)))?;
                told.request = trail::parameters(operation.as_ref());
                let caller = unsigned::on_behalf_of(caller, operation.as_ref());
                let asked = self.learn(operation.as_mut(), &caller, &permission, &view).await;
                asked.map_err(named)?;
                let recording = told.recording(&caller, &view);
                let invocation_id = invocation_id(parts);
                let written = self.write(operation, caller, permission, (invocation_id, recording)).await;
                written.map_err(|refusal| named(self.passed_on(refusal, &price)))?
            }
        };
        let encoded = wire::encode(call.service, call.operation, &answered.answer, request_id);
        let mut response = encoded.map_err(|error| {
            tracing::error!(%request_id, action = entry.name, %error, "an answer cannot be written");
            named(ServiceError::internal("the answer cannot be written").into())
        })?;
        session::stamp(&mut response, answered.session, answered.age);
        Ok((response, entry.name))
    }

    fn entry(&self, call: &wire::Call) -> Result<Served, WireError> {
        let name = &call.operation.name;
        let found = self.operations.get(&(call.service.name(), &**name)).copied();
        found.ok_or_else(|| WireError::Unserved(name.to_string()))
    }

    async fn read(
        &self,
        query: Box<dyn BoundQuery>,
        caller: Caller,
        permission: Permission,
        ask: Ask,
    ) -> Result<Answered, Refusal> {
        let reads = &self.house.reads;
        let mut pass = self.admit(&caller).await?;
        let Seen { mut reader, session, age } = reads.read(caller, ask).await.map_err(session::refused)?;
        permission.check(|rule| query.accesses(rule, &reader), &reader)?;
        let needs = query.needs(&reader)?;
        if !needs.is_empty() {
            // Agents and DNS servers speak with the leader only.
            if let Leadership::Follower { leader, .. } = *self.house.node.leadership().borrow() {
                return Err(Refusal::Elsewhere(leader));
            }
            // Machines take their time; nobody else shall wait for them.
            drop(pass);
            reader.found = self.find(needs).await;
            pass = self.admit(&reader.caller).await?;
        }
        Ok(Answered { answer: query.run(&reader)?, session, age, _pass: Some(pass) })
    }

    async fn admit(&self, caller: &Caller) -> Result<Pass, Refusal> {
        self.house.reads.admit(caller).await.map_err(|error| session::refused(error.into()))
    }

    async fn write(
        &self,
        mut operation: Box<dyn BoundOperation>,
        caller: Caller,
        permission: Permission,
        (invocation_id, recording): (Option<String>, Option<Recording>),
    ) -> Result<Answered, Refusal> {
        let long = operation.prepares_long();
        let mut seed = [0; 32];
        self.house.runtime.fill_random(&mut seed);
        let mut random = Random::from_seed(seed);
        let mut prepared = Ok(());
        let mut prepare = || prepared = operation.prepare(&mut random);
        match long {
            true => self.house.runtime.compute(&mut prepare),
            false => prepare(),
        }
        prepared?;
        let work = Work::new(caller, move |cx| {
            permission.check(|rule| operation.accesses(rule, cx), cx)?;
            let answer = run_once(operation.as_ref(), invocation_id.as_deref(), cx)?;
            if let Some(recording) = recording {
                recording.done(&answer, cx);
            }
            Ok(answer)
        });
        let done = self.house.writer.write(work).await.map_err(refusal)?;
        let session = self.house.reads.session(done.revision);
        Ok(Answered { answer: done.answer, session, age: None, _pass: None })
    }

    fn request_id(&self) -> String {
        let mut seed = [0; 32];
        self.house.runtime.fill_random(&mut seed);
        Random::from_seed(seed).uuid()
    }
}

fn invocation_id(parts: &Parts) -> Option<String> {
    let id = parts.headers.get(INVOCATION_ID)?.to_str().ok()?;
    (1..=INVOCATION_ID_MAX).contains(&id.len()).then(|| id.to_owned())
}

fn refusal(error: WriteError) -> Refusal {
    match error {
        WriteError::Service(error) => error.into(),
        WriteError::NotLeader { leader } => Refusal::Elsewhere(leader),
        WriteError::Overloaded(_) => Refusal::Throttled,
        WriteError::Storage(_) => ErrorReply::new("InternalError", 500, error.to_string()).into(),
        WriteError::Unknown | WriteError::Moved | WriteError::Stopped => unavailable(&error.to_string()),
    }
}

fn unavailable(message: &str) -> Refusal {
    ErrorReply::new("ServiceUnavailable", 503, message).into()
}
