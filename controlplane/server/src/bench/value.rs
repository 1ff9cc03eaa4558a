//! The record behind the hooks.

use controlplane_services_kernel::context::SYSTEM_ACCOUNT;
use controlplane_services_kernel::{KindEntry, Record, Service, access};
use controlplane_types::{Key, Scope};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

/// The kind's table. It is always registered, so that a member without the hooks reads what one with them wrote.
pub(crate) static SERVICE: Service = Service {
    name: "bench",
    operations: &[],
    accesses: access::anything,
    kinds: &[KindEntry::internal::<BenchValue>()],
    controllers: &[],
};

/// One value.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(super) struct BenchValue {
    #[n(0)]
    pub(super) bytes: ByteVec,
}

impl Record for BenchValue {
    const KIND: &'static str = "bench_value";
    // Of no region: keys are as short as can be.
    const GLOBAL: bool = true;
}

/// Where the value of `id` lives.
pub(super) fn key(id: &str) -> Key {
    Key::new(&SYSTEM_ACCOUNT.into(), &Scope::Global, BenchValue::KIND, id)
}
