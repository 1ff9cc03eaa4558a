use super::{DOMAIN, POOL};
use crate::address::Address;
use crate::dry_run::may_dry_run;
use crate::tag::{self, TagSpecification};
use crate::{errors, network_interface};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html>
pub(crate) struct AllocateAddress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AllocateAddressInput {
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AllocateAddressInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AllocateAddressOutput {
    pub(crate) allocation_id: String,
    domain: &'static str,
    network_border_group: String,
    pub(crate) public_ip: String,
    public_ipv4_pool: &'static str,
}

impl Operation for AllocateAddress {
    const NAME: &'static str = "AllocateAddress";
    type Input = AllocateAddressInput;
    type Output = AllocateAddressOutput;

    fn run(input: &AllocateAddressInput, cx: &mut Context) -> Result<AllocateAddressOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::ADDRESS)?;
        let public_ip = network_interface::free_public_address(cx)?;
        let id = cx.new_id(errors::ADDRESS.prefix);
        let allocated_at = cx.now;
        cx.put(&id, Address { public_ip, allocated_at, network_interface_id: None });
        tag::add(&errors::ADDRESS, &id, &tags, cx)?;
        Ok(AllocateAddressOutput {
            allocation_id: id,
            domain: DOMAIN,
            network_border_group: cx.caller.region.to_string(),
            public_ip: public_ip.to_string(),
            public_ipv4_pool: POOL,
        })
    }
}
