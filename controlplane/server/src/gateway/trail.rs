//! What CloudTrail is told of a request: while it is on its way, when it was done, and when it was refused.
//!
//! A call that was done is recorded by the work itself, on the writer: its event is in the batch of its changes, so there is
//! no answer without its record, and no sync that would not have been. A call that was refused has no batch; its record goes
//! to [`super::Refusals`], which gathers. The leader records: another member that refuses somebody passes the request on to
//! it, like a write, and keeps its own answer for the case that the leader cannot be asked.

use super::Gateway;
use super::credentials::Peer;
use controlplane_raft::Leadership;
use controlplane_services_cloudtrail::event::{Elements, TrailEvent};
use controlplane_services_kernel::operation::{Answer, BoundOperation};
use controlplane_services_kernel::service::Action;
use controlplane_services_kernel::{Caller, Context, OperationEntry, View};
use controlplane_services_native::AccessKey;
use controlplane_types::AccountId;
use controlplane_wire::model::Service as WireService;
use controlplane_wire::{self as wire, ErrorReply, sigv4};
use http::header::USER_AGENT;
use http::request::Parts;

/// Bytes of a call's parameters that are kept.
const REQUEST_BYTES: usize = 2048;
/// Bytes of its answer.
const RESPONSE_BYTES: usize = 1024;

/// What is known of a request so far.
#[derive(Default)]
pub(super) struct Told {
    /// Who asks, once that is proved.
    pub(super) caller: Option<Caller>,
    /// Which action of which service.
    pub(super) entry: Option<(&'static str, &'static OperationEntry)>,
    /// Its parameters, once they are decoded.
    pub(super) request: Elements,
}

impl Told {
    /// What is to be written when the call is done.
    pub(super) fn recording(&self, caller: &Caller, view: &View) -> Option<Recording> {
        let (service, entry) = self.entry?;
        let event = TrailEvent::of(caller, view, service, entry.name);
        let event = TrailEvent { request: self.request.clone(), ..event };
        Some(Recording { event, action: entry.name })
    }

    fn writes(&self) -> bool {
        self.entry.is_some_and(|(_, entry)| matches!(entry.action, Action::Write(_)))
    }

    /// Whether the trail tells of this refusal: of who proved nothing or may not always, else of what would have been a
    /// change. Not of what failed through no fault of the caller's, since what became of that is not known.
    fn is_recorded(&self, reply: &ErrorReply) -> bool {
        match &self.caller {
            None => reply.status < 500,
            Some(_) if self.writes() => reply.status < 500 || reply.retry_after.is_some(),
            Some(_) => reply.is_denial(),
        }
    }
}

/// A call that is about to be run.
pub(super) struct Recording {
    event: TrailEvent,
    action: &'static str,
}

impl Recording {
    /// It was done: its record joins its changes.
    pub(super) fn done(self, answer: &Answer, cx: &mut Context) {
        let response = Elements::of(self.action, answer, RESPONSE_BYTES);
        let event = TrailEvent { at: cx.now, response, ..self.event };
        let (account, region, now) = (cx.caller.account.clone(), cx.caller.region.clone(), cx.now);
        let key = TrailEvent::new_key(&account, &region, now, cx.random());
        cx.put_at(key, event);
    }
}

/// The parameters of an operation, before anything is prepared that was not in the request.
pub(super) fn parameters(operation: &dyn BoundOperation) -> Elements {
    Elements::of(operation.name(), operation.input(), REQUEST_BYTES)
}

impl Gateway {
    /// Sees to it that a refusal is recorded, if it is of that kind; the leader's id when only the leader can.
    pub(super) fn record_refusal(
        &self,
        request: (&'static WireService, &Parts, &[u8]),
        told: Told,
        reply: &ErrorReply,
        request_id: &str,
    ) -> Option<u64> {
        if !told.is_recorded(reply) {
            return None;
        }
        let who = told.caller.as_ref().map(|caller| caller.account.as_str().to_owned());
        if !self.refusals.admit(who.as_deref().unwrap_or_default()) {
            return None;
        }
        match *self.house.node.leadership().borrow() {
            Leadership::Leader { .. } => {}
            Leadership::Follower { leader, .. } => return leader,
            Leadership::Settling { .. } | Leadership::Stopped => return None,
        }
        let (account, event) = match &told.caller {
            Some(caller) => (caller.account.clone(), self.refused_event(caller, &told, request.0)),
            None => self.nobodys_event(request, request_id),
        };
        let region = match told.caller {
            Some(caller) => caller.region,
            None => self.region_of(request.0, request.1, &self.house.replica.applied().view),
        };
        let event = event.refused((&account, &region), (&reply.code, reply.status, &reply.message));
        self.refusals.note((account, region), event);
        None
    }

    fn refused_event(&self, caller: &Caller, told: &Told, service: &'static WireService) -> TrailEvent {
        let view = self.house.replica.applied().view;
        let action = told.entry.map_or("", |(_, entry)| entry.name);
        let event = TrailEvent::of(caller, &view, service.name(), action);
        TrailEvent { request: told.request.clone(), is_read_only: !told.writes(), ..event }
    }

    /// Of a request that proves nothing: the account whose key it names, else the region's first one, is to know.
    fn nobodys_event(
        &self,
        (service, parts, body): (&'static WireService, &Parts, &[u8]),
        request_id: &str,
    ) -> (AccountId, TrailEvent) {
        let call = wire::identify(parts, body).ok();
        let entry = call.as_ref().and_then(|call| self.entry(call).ok()).map(|(_, entry)| entry);
        let claimed = sigv4::credential_scope(parts).map(|scope| scope.access_key_id).unwrap_or_default();
        let view = self.house.replica.applied().view;
        let key = AccessKey::find(&view, &claimed);
        let account = key.map_or_else(|| self.settings.account.clone(), |key| key.account.clone());
        let peer = parts.extensions.get::<Peer>();
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let action = entry.map_or("", |entry| entry.name);
        let event = TrailEvent {
            access_key_id: TrailEvent::cut(&claimed),
            address: peer.map(|peer| peer.address.to_string()),
            user_agent: agent.map(TrailEvent::cut),
            is_tls: peer.is_some_and(|peer| peer.is_tls),
            is_read_only: entry.is_some_and(|entry| matches!(entry.action, Action::Read(_))),
            ..TrailEvent::nobodys(service.name(), action, request_id)
        };
        (account, event)
    }
}
