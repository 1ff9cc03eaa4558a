//! The whole queue: lanes, accounts, principals, with their bounds. Pure: no clock, no waiting.

use super::round::{Queue, Round};
use controlplane_services_kernel::Caller;
use controlplane_types::AccountId;
use std::collections::VecDeque;

/// Requests of one principal that may wait.
const OF_ONE: usize = 1024;
/// Requests of one lane that may wait.
const OF_A_LANE: usize = 4096;
/// Places in a lane that are only for those who have nothing waiting.
const FOR_THE_FIRST: usize = 512;

/// Whose work it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// The region's own: controllers, reports of agents, confirmations of DNS servers, the first start.
    Internal,
    /// Somebody's at a door.
    Client,
}

impl Lane {
    /// Its name in metrics.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Internal => "internal",
            Self::Client => "client",
        }
    }
}

/// Under which name a request queues.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Ticket {
    lane: Lane,
    account: AccountId,
    principal: String,
}

impl Ticket {
    /// The ticket of what `caller` asks.
    pub(crate) fn of(caller: &Caller) -> Self {
        let lane = if caller.is_internal() { Lane::Internal } else { Lane::Client };
        let principal = match caller.access_key_id.is_empty() {
            true => caller.principal.clone(),
            false => caller.access_key_id.clone(),
        };
        Self { lane, account: caller.account.clone(), principal }
    }

    /// Which lane it is for.
    pub(super) fn lane(&self) -> Lane {
        self.lane
    }
}

type Principals<T> = Round<String, VecDeque<T>>;
type Accounts<T> = Round<AccountId, Principals<T>>;

/// Waiting requests.
pub(super) struct Lanes<T> {
    rounds: Round<Lane, Accounts<(Lane, T)>>,
    waiting: [usize; 2],
}

impl<T> Default for Lanes<T> {
    fn default() -> Self {
        Self { rounds: Round::default(), waiting: [0; 2] }
    }
}

impl<T> Lanes<T> {
    /// Takes in `item`, or gives it back when there is no room for its principal.
    pub(super) fn push(&mut self, ticket: &Ticket, item: T) -> Result<(), T> {
        let Ticket { lane, account, principal } = ticket;
        let (own, free) = (self.own(ticket), OF_A_LANE - self.waiting(*lane));
        let room = if own == 0 { free } else { free.saturating_sub(FOR_THE_FIRST).min(OF_ONE) };
        if own >= room {
            return Err(item);
        }
        self.rounds.filling(lane).filling(account).filling(principal).push_back((*lane, item));
        self.waiting[*lane as usize] += 1;
        Ok(())
    }

    /// The request whose turn it is.
    pub(super) fn pop(&mut self) -> Option<(Lane, T)> {
        let (lane, item) = self.rounds.pop()?;
        self.waiting[lane as usize] -= 1;
        Some((lane, item))
    }

    /// How many requests wait in a lane.
    pub(super) fn waiting(&self, lane: Lane) -> usize {
        self.waiting[lane as usize]
    }

    fn own(&self, ticket: &Ticket) -> usize {
        let accounts = self.rounds.get(&ticket.lane);
        let principals = accounts.and_then(|accounts| accounts.get(&ticket.account));
        principals.and_then(|principals| principals.get(&ticket.principal)).map_or(0, VecDeque::len)
    }
}
