//! What the tests of this crate share.

use crate::region::{DeclareRegion, DeclareRegionInput, Region};
use crate::{SERVICE, node};
use controlplane_services_kernel::{Caller, Context, KindEntry, Operation, Record, View};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};

/// Something another service places on a node.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) struct Tenant {
    #[n(0)]
    pub(crate) node: String,
}

impl Record for Tenant {
    const KIND: &'static str = "tenant";

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(node::HELD_BY, &self.node);
    }
}

static TENANT: KindEntry = KindEntry::internal::<Tenant>();

pub(crate) fn system() -> Caller {
    Caller::system("us-east-1".into())
}

pub(crate) fn context() -> Context {
    let view = View::new(SERVICE.kinds.iter().chain([&TENANT]));
    Context::new(view, system(), Timestamp::from_millis(1_000), [7; 32])
}

pub(crate) fn context_with_region() -> Context {
    let mut cx = context();
    let input = DeclareRegionInput {
        name: "us-east-1".into(),
        zones: vec!["us-east-1a".into(), "us-east-1b".into()],
        public_addresses: Region::DEFAULT_PUBLIC_ADDRESSES,
        accounts: vec!["123456789012".into()],
        is_further: false,
    };
    DeclareRegion::run(&input, &mut cx).unwrap();
    cx
}
