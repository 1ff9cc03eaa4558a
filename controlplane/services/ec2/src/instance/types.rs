use super::state::State;
use crate::errors::{self, Noun};
use crate::instance_profile::{BY_ASSOCIATION, ProfileAssociation};
use crate::launch_template::MetadataOptionsRequest;
use crate::resource::Resource;
use controlplane_services_kernel::Record;
use controlplane_services_kernel::record::time_index;
use controlplane_services_native::node::HELD_BY;
use controlplane_types::Timestamp;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use std::time::Duration;

/// Index: `true` for instances that wait for a node.
pub const UNPLACED: &str = "unplaced";
/// Index: the state's AWS word.
pub const BY_STATE: &str = "state";
/// Index: the VPC, until terminated.
pub const BY_VPC: &str = "vpc";
/// Index: the subnet of the first interface, until terminated.
pub const BY_SUBNET: &str = "subnet";
/// Index: the image, until terminated.
pub const BY_IMAGE: &str = "image";
/// Index: the group it spreads with, until terminated.
pub const BY_GROUP: &str = "group";
/// Index: the reservation.
pub const BY_RESERVATION: &str = "reservation";
/// Index: when the record of a terminated instance may go, in a form that sorts by time.
pub const EXPIRES: &str = "expires";

/// How long the record of a terminated instance is kept.
pub const TERMINATED_KEPT: Duration = Duration::from_secs(3600);

/// An instance. Id: `i-...`.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Instance {
    // Identity: given at launch, never changed.
    /// The `RunInstances` call it came from: `r-...`.
    #[n(0)]
    pub reservation_id: String,
    /// Position in that call.
    #[n(1)]
    pub launch_index: u32,
    /// When it was started last by somebody's word: `LaunchTime`. A reboot leaves it.
    #[n(2)]
    pub launched_at: Timestamp,
    /// The caller's token.
    #[n(3)]
    pub client_token: Option<String>,

    // Desired: what actions say.
    /// `ami-...`
    #[n(4)]
    pub image_id: String,
    /// Such as `t3.micro`; see [`crate::instance_type`].
    #[n(5)]
    pub instance_type: String,
    /// Name of its key pair at launch.
    #[n(6)]
    pub key_name: Option<String>,
    /// That key pair's public key, in OpenSSH's form: the pair may be deleted.
    #[n(7)]
    pub public_key: Option<String>,
    /// VPC of its interfaces.
    #[n(8)]
    pub vpc_id: String,
    /// Subnet of its first interface.
    #[n(9)]
    pub subnet_id: String,
    /// Zone of that subnet.
    #[n(10)]
    pub zone: String,
    /// Id of that zone.
    #[n(11)]
    pub zone_id: String,
    /// Ids of its interfaces, in the order of device indexes.
    #[n(12)]
    pub interfaces: Vec<String>,
    /// Decoded.
    #[n(13)]
    pub user_data: Option<ByteVec>,
    /// How the metadata service answers it.
    #[n(14)]
    pub metadata_options: MetadataOptions,
    /// What becomes of it when its first process ends.
    #[n(15)]
    pub shutdown_behavior: ShutdownBehavior,
    /// `TerminateInstances` is refused.
    #[n(16)]
    pub disable_api_termination: bool,
    /// Members of one group are spread over racks and nodes.
    #[n(17)]
    pub group: Option<String>,
    /// Raised by each start; reports of other runs are ignored.
    #[n(18)]
    pub run: u64,
    /// Where it was placed.
    #[n(19)]
    pub node: Option<String>,

    // Observed.
    /// Where it stands.
    #[n(20)]
    pub state: State,
    /// Since when.
    #[n(21)]
    pub state_since: Timestamp,
    /// `StateTransitionReason`, for people.
    #[n(22)]
    pub transition_reason: String,
    /// `StateReason`, for machines.
    #[n(23)]
    pub state_reason: Option<StateReason>,
    /// When the agent started this run; none until it says so.
    #[n(24)]
    pub started_at: Option<Timestamp>,
    /// How the first process of this run ended.
    #[n(25)]
    pub exit: Option<Exit>,

    // Desired, later.
    /// `StopInstances` is refused.
    #[cbor(n(26), default)]
    pub disable_api_stop: bool,
    /// The stop under way does not wait for the first process to end by itself.
    #[cbor(n(27), default)]
    pub force_stop: bool,

    /// Account of the image, if it is neither the instance's own nor the region's.
    #[cbor(n(28), default)]
    pub image_owner: Option<String>,

    /// The role its programs may take on.
    #[cbor(n(29), default)]
    pub profile: Option<ProfileAssociation>,
}

/// How the metadata service answers an instance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct MetadataOptions {
    /// Only with a token (IMDSv2).
    #[n(0)]
    pub tokens_required: bool,
    /// Time to live of answers to token requests.
    #[n(1)]
    pub hop_limit: u32,
    /// Whether it answers at all.
    #[n(2)]
    pub enabled: bool,
    /// Whether it shows tags.
    #[n(3)]
    pub tags: bool,
}

impl Default for MetadataOptions {
    fn default() -> Self {
        Self { tokens_required: false, hop_limit: 1, enabled: true, tags: false }
    }
}

impl MetadataOptions {
    /// Everything about them, as a request says it.
    pub(super) fn as_request(self) -> MetadataOptionsRequest {
        let word = |yes: bool, is: &str, is_not: &str| Some(if yes { is } else { is_not }.to_owned());
        MetadataOptionsRequest {
            http_tokens: word(self.tokens_required, "required", "optional"),
            http_put_response_hop_limit: i32::try_from(self.hop_limit).ok(),
            http_endpoint: word(self.enabled, "enabled", "disabled"),
            instance_metadata_tags: word(self.tags, "enabled", "disabled"),
        }
    }

    /// These with what is said instead; the texts were checked before.
    pub(super) fn overridden_by(self, said: &MetadataOptionsRequest) -> Self {
        let is =
            |text: &Option<String>, yes: &str, otherwise| text.as_ref().map_or(otherwise, |text| text == yes);
        let hop_limit = said.http_put_response_hop_limit.and_then(|limit| u32::try_from(limit).ok());
        Self {
            tokens_required: is(&said.http_tokens, "required", self.tokens_required),
            hop_limit: hop_limit.unwrap_or(self.hop_limit),
            enabled: is(&said.http_endpoint, "enabled", self.enabled),
            tags: is(&said.instance_metadata_tags, "enabled", self.tags),
        }
    }
}

/// What becomes of an instance whose first process ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub enum ShutdownBehavior {
    /// It stays, stopped.
    #[n(0)]
    #[default]
    Stop,
    /// It goes.
    #[n(1)]
    Terminate,
}

impl ShutdownBehavior {
    /// AWS's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Terminate => "terminate",
        }
    }

    /// From AWS's word; anything but `terminate` is `stop`, which is checked before.
    pub(super) fn read(text: &str) -> Self {
        if text == "terminate" { Self::Terminate } else { Self::Stop }
    }
}

/// Why an instance is in its state.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StateReason {
    /// Such as `Client.UserInitiatedShutdown`.
    #[n(0)]
    pub code: String,
    /// The code and a sentence.
    #[n(1)]
    pub message: String,
}

/// How a first process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Exit {
    /// Exit status; meaningless when a signal ended it.
    #[n(0)]
    pub code: i32,
    /// The signal; 0 for none.
    #[n(1)]
    pub signal: i32,
}

impl Record for Instance {
    const KIND: &'static str = "instance";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_STATE, self.state.as_str());
        add(BY_RESERVATION, &self.reservation_id);
        if self.state == State::Terminated {
            return add(EXPIRES, &time_index(self.state_since + TERMINATED_KEPT));
        }
        add(BY_VPC, &self.vpc_id);
        add(BY_SUBNET, &self.subnet_id);
        add(BY_IMAGE, &self.image_id);
        if let Some(group) = &self.group {
            add(BY_GROUP, group);
        }
        if let Some(profile) = &self.profile {
            add(BY_ASSOCIATION, &profile.association_id);
        }
        match &self.node {
            Some(node) => add(HELD_BY, node),
            None if self.state == State::Pending => add(UNPLACED, "true"),
            None => {}
        }
    }
}

impl Resource for Instance {
    const NOUN: &'static Noun = &errors::INSTANCE;
}

impl Instance {
    /// Moves to `next` if that is a legal move; answers whether it was.
    #[must_use]
    pub(super) fn move_to(
        &mut self,
        next: State,
        now: Timestamp,
        transition: &str,
        reason: Option<StateReason>,
    ) -> bool {
        if !self.state.may_become(next) {
            return false;
        }
        self.state = next;
        self.state_since = now;
        self.transition_reason = transition.to_owned();
        self.state_reason = reason;
        true
    }

    /// Whether it was stopped or rebooted and its node has not said yet that the next run began.
    pub(super) fn is_starting_again(&self) -> bool {
        let told_to_run = matches!(self.state, State::Pending | State::Running);
        told_to_run && self.run > 1 && self.started_at.is_none()
    }

    /// Whether it waits for a node.
    pub fn is_unplaced(&self) -> bool {
        self.state == State::Pending && self.node.is_none()
    }
}

impl StateReason {
    /// What AWS says of an instance that is being started.
    pub(super) fn pending() -> Self {
        Self { code: "pending".to_owned(), message: "pending".to_owned() }
    }

    /// A code and a sentence, joined as AWS does.
    pub(super) fn new(code: &str, sentence: &str) -> Self {
        Self { code: code.to_owned(), message: format!("{code}: {sentence}") }
    }
}
