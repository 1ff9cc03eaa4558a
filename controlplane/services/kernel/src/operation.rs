//! One AWS action: its input, what it does, its output. One file each, in the resource's `ops/` folder.
//!
//! Actions that change something are [`Operation`]s and run on the writer; actions that only read are [`Query`]s and run
//! on a linearizable snapshot, beside the writer. Two traits instead of a flag, so a query cannot write.
//!
//! The erased forms ([`BoundOperation`], [`BoundQuery`]) are what the server handles: an operation together with its input.

use crate::access::{Access, Rule};
use crate::{Context, Random, Reader, ServiceError};
use controlplane_types::AccountId;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Debug;

/// What leaves through the wire: serialised by the model of the action's output.
pub type Answer = Box<dyn erased_serde::Serialize + Send + Sync>;

/// An action that changes records.
pub trait Operation: 'static {
    /// The AWS action name.
    const NAME: &'static str;
    /// Members of the request we serve; anything else in a request is refused by the wire. Names are the model's.
    type Input: DeserializeOwned + Serialize + Debug + Send + Sync + 'static;
    /// Members of the answer.
    type Output: Serialize + Send + Sync + 'static;
    /// Whether the answer may be kept for retries. `false` for answers that hold a secret: those are given once and
    /// stored nowhere, so a retry runs again (and meets the record of the first).
    const REMEMBER: bool = true;
    /// Whether [`Self::prepare`] may take so long (a good part of a second) that other requests must not wait for its
    /// thread.
    const LONG_PREPARATION: bool = false;

    /// Whether it is served to requests without any signature, because what proves who asks is among its parameters. A request that
    /// carries a signature is held to it nevertheless.
    const UNSIGNED: bool = false;

    /// The account an [unsigned](Self::UNSIGNED) request is about. Nothing proves it: it says where the call is recorded and
    /// whose turn it takes.
    fn account(input: &Self::Input) -> Option<AccountId> {
        let _ = input;
        None
    }

    /// Whether it may need to know more: see [`Self::needs`].
    const ASKS: bool = false;

    /// What it needs to know beyond the request and the records: see [`Query::needs`]. Asked beside the writer, after policies
    /// were; what was found goes to [`Self::learn`].
    fn needs(input: &Self::Input, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        let _ = (input, cx);
        Ok(Vec::new())
    }

    /// Takes in what was found, into fields of the input that are not on the wire. Costly checks of it belong here, beside the
    /// writer; whether the records still say the same is for [`Self::run`] to ask.
    fn learn(input: &mut Self::Input, found: &BTreeMap<Need, Value>) -> Result<(), ServiceError> {
        let _ = (input, found);
        Ok(())
    }

    /// Costly pure work (key generation, parsing) outside the writer. May fill fields of the input that are not on
    /// the wire.
    fn prepare(input: &mut Self::Input, random: &mut Random) -> Result<(), ServiceError> {
        let _ = (input, random);
        Ok(())
    }

    /// What policies are asked before it runs, on the view it runs on; `None`: what its service says of every action
    /// ([`crate::Service::accesses`]).
    fn accesses(input: &Self::Input, cx: &Reader) -> Option<Vec<Access>> {
        let _ = (input, cx);
        None
    }

    /// Checks and changes. An error leaves nothing behind.
    fn run(input: &Self::Input, cx: &mut Context) -> Result<Self::Output, ServiceError>;

    /// The request's `ClientToken`, for actions that have one: a retry with the same token gets the first answer.
    fn client_token(input: &Self::Input) -> Option<&str> {
        let _ = input;
        None
    }
}

/// An action that only reads.
pub trait Query: 'static {
    /// The AWS action name.
    const NAME: &'static str;
    /// Members of the request we serve.
    type Input: DeserializeOwned + Serialize + Debug + Send + Sync + 'static;
    /// Members of the answer.
    type Output: Serialize + Send + Sync + 'static;

    /// See [`Operation::accesses`].
    fn accesses(input: &Self::Input, cx: &Reader) -> Option<Vec<Access>> {
        let _ = (input, cx);
        None
    }

    /// What the answer needs beyond the records (console output, health observations): the server asks the machines
    /// for it and runs the query with [`Reader::found`] filled.
    fn needs(input: &Self::Input, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        let _ = (input, cx);
        Ok(Vec::new())
    }

    /// Answers from one consistent view.
    fn run(input: &Self::Input, cx: &Reader) -> Result<Self::Output, ServiceError>;
}

/// Something only the machines know.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Need {
    /// Console output of an instance: base64 text, or null when its node cannot be asked.
    ConsoleOutput {
        /// Instance id.
        instance_id: String,
        /// Node it runs on.
        node: String,
    },
    /// Observations of a health check: `[{"server", "address", "region", "status", "checkedAtMs", "lastFailure",
    /// "failedAtMs"}]`. Address may be null; a region of no letters stands for every one, a failure of none for none yet.
    HealthObservations {
        /// Health check id.
        health_check_id: String,
    },
    /// What a query gets from a zone, as the DNS servers answer it now: `{"rcode", "data": [text, ...], "transport"}`, or
    /// `{"error": text}` when none can be asked.
    DnsAnswer {
        /// Id of the zone, which answers as if it were all there is.
        zone_id: String,
        /// The name asked for.
        name: String,
        /// The type: `AAAA`.
        kind: String,
        /// Address of whoever sends the query.
        peer: String,
        /// The client subnet it carries: address, slash, length.
        subnet: Option<String>,
    },
    /// The keys an OpenID Connect provider signs with: `{"keys": [JWK, ...]}`, or `{"error": "unreachable" | "untrusted" |
    /// "unusable"}`.
    ProviderKeys {
        /// Its URL, without the scheme.
        url: String,
        /// SHA-1 of certificates its chain may end in besides those that everybody trusts.
        thumbprints: Vec<String>,
        /// The key that is wanted, so that keys which were fetched before it was made are not enough.
        key_id: Option<String>,
    },
    /// SHA-1 of the last certificate an OpenID Connect provider shows, in hexadecimal digits; null when it cannot be reached.
    ProviderThumbprint {
        /// Its URL, without the scheme.
        url: String,
    },
}

/// An operation with its input, type erased.
pub trait BoundOperation: Debug + Send + Sync {
    /// The AWS action name.
    fn name(&self) -> &'static str;
    /// The input, for who keeps a record of the call.
    fn input(&self) -> &dyn erased_serde::Serialize;
    /// See [`Operation::LONG_PREPARATION`].
    fn prepares_long(&self) -> bool;
    /// What policies are asked before it runs, `rule` being its service's.
    fn accesses(&self, rule: Rule, cx: &Reader) -> Vec<Access>;
    /// See [`Operation::account`].
    fn account(&self) -> Option<AccountId>;
    /// See [`Operation::ASKS`].
    fn asks(&self) -> bool;
    /// See [`Operation::needs`].
    fn needs(&self, cx: &Reader) -> Result<Vec<Need>, ServiceError>;
    /// See [`Operation::learn`].
    fn learn(&mut self, found: &BTreeMap<Need, Value>) -> Result<(), ServiceError>;
    /// See [`Operation::prepare`].
    fn prepare(&mut self, random: &mut Random) -> Result<(), ServiceError>;
    /// See [`Operation::run`].
    fn run(&self, cx: &mut Context) -> Result<Answer, ServiceError>;
    /// See [`Operation::client_token`].
    fn client_token(&self) -> Option<&str>;
    /// See [`Operation::REMEMBER`].
    fn remember(&self) -> bool;
    /// SHA-256 of the input as received, to tell a retry from another request under the same token.
    fn request_hash(&self) -> [u8; 32];
}

/// A query with its input, type erased.
pub trait BoundQuery: Debug + Send + Sync {
    /// The AWS action name.
    fn name(&self) -> &'static str;
    /// What policies are asked before it runs, `rule` being its service's.
    fn accesses(&self, rule: Rule, cx: &Reader) -> Vec<Access>;
    /// See [`Query::needs`].
    fn needs(&self, cx: &Reader) -> Result<Vec<Need>, ServiceError>;
    /// See [`Query::run`].
    fn run(&self, cx: &Reader) -> Result<Answer, ServiceError>;
}

/// Binds an operation to its input.
pub fn bind<O: Operation>(input: O::Input) -> Box<dyn BoundOperation> {
    let hash = request_hash(&input);
    Box::new(Bound::<O> { input, hash })
}

/// Binds a query to its input.
pub fn bind_query<Q: Query>(input: Q::Input) -> Box<dyn BoundQuery> {
    Box::new(BoundRead::<Q> { input })
}

/// The members of an input under AWS's names. Inputs are plain data: they serialise.
fn members(input: &impl Serialize) -> Value {
    serde_json::to_value(input).unwrap_or_default()
}

fn request_hash(input: &impl Serialize) -> [u8; 32] {
    // Inputs are plain data: they serialise. One that does not would hash like an empty one and only weaken replays.
    let bytes = serde_json::to_vec(input).unwrap_or_default();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    let mut hash = [0; 32];
    hash.copy_from_slice(digest.as_ref());
    hash
}

struct Bound<O: Operation> {
    input: O::Input,
    hash: [u8; 32],
}

impl<O: Operation> Debug for Bound<O> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({:?})", O::NAME, self.input)
    }
}

impl<O: Operation> BoundOperation for Bound<O> {
    fn name(&self) -> &'static str {
        O::NAME
    }

    fn input(&self) -> &dyn erased_serde::Serialize {
        &self.input
    }

    fn prepares_long(&self) -> bool {
        O::LONG_PREPARATION
    }

    fn accesses(&self, rule: Rule, cx: &Reader) -> Vec<Access> {
        O::accesses(&self.input, cx).unwrap_or_else(|| rule(O::NAME, &members(&self.input), cx))
    }

    fn account(&self) -> Option<AccountId> {
        O::account(&self.input)
    }

    fn asks(&self) -> bool {
        O::ASKS
    }

    fn needs(&self, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        O::needs(&self.input, cx)
    }

    fn learn(&mut self, found: &BTreeMap<Need, Value>) -> Result<(), ServiceError> {
        O::learn(&mut self.input, found)
    }

    fn prepare(&mut self, random: &mut Random) -> Result<(), ServiceError> {
        O::prepare(&mut self.input, random)
    }

    fn run(&self, cx: &mut Context) -> Result<Answer, ServiceError> {
        O::run(&self.input, cx).map(|output| Box::new(output) as Answer)
    }

    fn client_token(&self) -> Option<&str> {
        O::client_token(&self.input).filter(|token| !token.is_empty())
    }

    fn remember(&self) -> bool {
        O::REMEMBER
    }

    fn request_hash(&self) -> [u8; 32] {
        self.hash
    }
}

struct BoundRead<Q: Query> {
    input: Q::Input,
}

impl<Q: Query> Debug for BoundRead<Q> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}({:?})", Q::NAME, self.input)
    }
}

impl<Q: Query> BoundQuery for BoundRead<Q> {
    fn name(&self) -> &'static str {
        Q::NAME
    }

    fn accesses(&self, rule: Rule, cx: &Reader) -> Vec<Access> {
        Q::accesses(&self.input, cx).unwrap_or_else(|| rule(Q::NAME, &members(&self.input), cx))
    }

    fn needs(&self, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        Q::needs(&self.input, cx)
    }

    fn run(&self, cx: &Reader) -> Result<Answer, ServiceError> {
        Q::run(&self.input, cx).map(|output| Box::new(output) as Answer)
    }
}
