//! The record.

use super::elements::Elements;
use super::{MOST_DONE, MOST_REFUSED};
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::user::User;
use controlplane_services_kernel::client::{Principal, SessionOf};
use controlplane_services_kernel::{Caller, Client, Random, Record, View};
use controlplane_types::{AccountId, Key, RegionName, Scope, Timestamp};
use minicbor::{Decode, Encode};

/// Longer texts of a client's own are cut: they are only shown.
const TEXT_MAX: usize = 256;

/// One call. Its id is its event id, which begins with the time, so events list in order.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TrailEvent {
    /// When it was written down: with what was done, within a second or so of what was refused.
    #[n(0)]
    pub at: Timestamp,
    /// Service, as the registry names it.
    #[n(1)]
    pub service: String,
    /// Action; empty when the request does not say any.
    #[n(2)]
    pub action: String,
    /// Who asked.
    #[n(3)]
    pub who: Who,
    /// The key it was signed with, or was said to be.
    #[n(4)]
    pub access_key_id: String,
    /// Where it came from.
    #[n(5)]
    pub address: Option<String>,
    /// What the client calls itself.
    #[n(6)]
    pub user_agent: Option<String>,
    /// Whether it came over TLS.
    #[n(7)]
    pub is_tls: bool,
    /// As in the answer.
    #[n(8)]
    pub request_id: String,
    /// Whether the action only reads.
    #[n(9)]
    pub is_read_only: bool,
    /// The parameters.
    #[n(10)]
    pub request: Elements,
    /// The answer.
    #[n(11)]
    pub response: Elements,
    /// Why it was not done.
    #[n(12)]
    pub refused: Option<Refused>,
    /// Refused calls before this one that nobody could record one by one.
    #[n(13)]
    pub unrecorded: u32,
    /// What it counts in: see [`TrailEvent::group`].
    #[n(14)]
    pub group: String,
}

/// Why a call was not done.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Refused {
    /// AWS's code.
    #[n(0)]
    pub code: String,
    /// The sentence.
    #[n(1)]
    pub message: String,
    /// HTTP status.
    #[n(2)]
    pub status: u16,
}

/// Who asked, as far as that was proved.
#[derive(Clone, Debug, Default, PartialEq, Encode, Decode)]
pub struct Who {
    /// ARN; empty for who proved nothing.
    #[n(0)]
    pub arn: String,
    /// `AIDA...`, `AROA...:session`, or the account.
    #[n(1)]
    pub id: String,
    /// Of temporary credentials: whose they are.
    #[n(2)]
    pub session: Option<SessionOf>,
    /// Of temporary credentials: when they were given out.
    #[n(3)]
    pub since: Option<Timestamp>,
}

/// Tally of events by their group.
const EVENTS: &str = "events";

impl Record for TrailEvent {
    const KIND: &'static str = "trail_event";

    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        add(EVENTS, &self.group, 1);
    }
}

impl TrailEvent {
    /// How many of a group there are.
    pub(super) fn count(view: &View, region: &RegionName, group: &str) -> usize {
        let count = view.tally::<Self>(&Scope::from(region), EVENTS, group);
        usize::try_from(count).unwrap_or_default()
    }

    /// A call of `caller` that is about to be run.
    pub fn of(caller: &Caller, view: &View, service: &str, action: &str) -> Self {
        let origin = caller.client.as_ref().map(|client| client.origin.clone()).unwrap_or_default();
        Self {
            who: Who::of(caller, view),
            access_key_id: caller.access_key_id.clone(),
            address: origin.address.map(|address| address.to_string()),
            user_agent: origin.user_agent.map(cut),
            is_tls: origin.is_tls,
            group: Self::group(&caller.account, &caller.region, false),
            ..Self::nobodys(service, action, &caller.request_id)
        }
    }

    /// A call of somebody who proved nothing. What counts it is for the gateway to say.
    pub fn nobodys(service: &str, action: &str, request_id: &str) -> Self {
        Self {
            at: Timestamp::from_millis(0),
            service: service.to_owned(),
            action: action.to_owned(),
            who: Who::default(),
            access_key_id: String::new(),
            address: None,
            user_agent: None,
            is_tls: false,
            request_id: request_id.to_owned(),
            is_read_only: false,
            request: Elements::default(),
            response: Elements::default(),
            refused: None,
            unrecorded: 0,
            group: String::new(),
        }
    }

    /// The same call, refused.
    pub fn refused(
        mut self,
        (account, region): (&AccountId, &RegionName),
        (code, status, message): (&str, u16, &str),
    ) -> Self {
        self.group = Self::group(account, region, true);
        self.refused = Some(Refused { code: cut(code.to_owned()), message: cut(message.to_owned()), status });
        self
    }

    /// What an account's events in a region count in: those that were done apart from those that were not.
    pub fn group(account: &AccountId, region: &RegionName, is_refused: bool) -> String {
        let kind = if is_refused { "refused" } else { "done" };
        format!("{account}/{region}/{kind}")
    }

    /// How many of an account's events in a region are kept, by what they count in.
    pub(crate) fn bounds(account: &AccountId, region: &RegionName) -> [(String, usize); 2] {
        [(false, MOST_DONE), (true, MOST_REFUSED)]
            .map(|(is_refused, most)| (Self::group(account, region, is_refused), most))
    }

    /// Where an event of this time lives: a version 7 UUID, whose order is that of the times.
    pub fn new_key(account: &AccountId, region: &RegionName, at: Timestamp, random: &mut Random) -> Key {
        let digits = random.hex(19);
        let variant = ["8", "9", "a", "b"][random.below(4) as usize];
        let id = format!("{}-7{}-{variant}{}-{}", id_at(at), &digits[..3], &digits[3..6], &digits[7..]);
        Key::new(account, &Scope::from(region), Self::KIND, &id)
    }

    /// Cuts what a client calls itself, or says it signed with.
    pub fn cut(text: &str) -> String {
        cut(text.to_owned())
    }
}

/// What ids of this time begin with.
pub(crate) fn id_at(at: Timestamp) -> String {
    let millis = at.as_millis() & 0xffff_ffff_ffff;
    format!("{:08x}-{:04x}", millis >> 16, millis & 0xffff)
}

fn cut(text: String) -> String {
    match text.char_indices().nth(TEXT_MAX) {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    }
}

impl Who {
    /// The caller of a request that was signed.
    fn of(caller: &Caller, view: &View) -> Self {
        let account = &caller.account;
        let principal = caller.client.as_deref().map(|client: &Client| &client.principal);
        let (id, session, since) = match principal {
            Some(Principal::User(name)) => {
                let found = User::find(view, account, name);
                (found.map(|user| user.record.user_id.clone()).unwrap_or_default(), None, None)
            }
            Some(Principal::Session(session)) => {
                (session_id(&session.of, account), Some(session.of.clone()), Some(session.issued_at))
            }
            Some(Principal::Root) | None => (account.to_string(), None, None),
            Some(Principal::Unsigned) => (String::new(), None, None),
        };
        Self { arn: caller.principal.clone(), id, session, since }
    }
}

fn session_id(of: &SessionOf, account: &AccountId) -> String {
    match of {
        SessionOf::Root => account.to_string(),
        SessionOf::User { user_id, .. } => user_id.clone(),
        SessionOf::Role { role_id, session, .. } => format!("{role_id}:{session}"),
        SessionOf::Federated { name, .. } => format!("{account}:{name}"),
    }
}
