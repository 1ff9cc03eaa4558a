//! What a machine offers for placing: flags that `agent` and `dev` share.

use agent::offer::{AllocationRatio, Offer, SystemReserved};
use clap::Args;

/// What is kept, and how often the rest is promised.
#[derive(Args, Clone, Debug)]
pub(crate) struct OfferFlags {
    /// What instances are not given: vcpus=0.5,memory=512MiB [default: no processor; 1/32 of memory, from 128MiB to 1GiB]
    #[arg(long, value_name = "AMOUNTS")]
    system_reserved: Option<SystemReserved>,
    /// How many times over the rest is promised to instances: vcpus=16,memory=1.5 [default: once]
    #[arg(long, value_name = "RATIOS")]
    allocation_ratio: Option<AllocationRatio>,
}

impl OfferFlags {
    /// As it was said.
    pub(crate) fn offer(&self) -> Offer {
        Offer {
            reserved: self.system_reserved.unwrap_or_default(),
            ratio: self.allocation_ratio.unwrap_or_default(),
        }
    }
}
