use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{Record, View};
use controlplane_types::{Key, Scope};
use minicbor::{Decode, Encode};

/// The S3-compatible store of the cluster; no record where the servers were told of none. A record, so that an action can be refused
/// without asking a socket, and alike on every member.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct TrailStore {
    /// Its address, for people.
    #[n(0)]
    pub endpoint: String,
}

impl Record for TrailStore {
    const KIND: &'static str = "trail_store";
    const GLOBAL: bool = true;
}

impl TrailStore {
    /// Where the record lives.
    pub fn key() -> Key {
        Key::new(&SYSTEM_ACCOUNT.into(), &Scope::Global, Self::KIND, "store")
    }

    /// Whether there is one.
    pub fn is_there(view: &View) -> bool {
        view.get::<Self>(&Self::key()).is_some()
    }
}
