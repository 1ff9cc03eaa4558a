use super::SubnetShape;
use super::create_subnet::CreateSubnetOutput;
use crate::dry_run::may_dry_run;
use crate::resource::require;
use crate::subnet::{Subnet, default, validate};
use crate::{errors, vpc};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDefaultSubnet.html>
pub(crate) struct CreateDefaultSubnet;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct CreateDefaultSubnetInput {
    pub(crate) availability_zone: Option<String>,
    pub(crate) availability_zone_id: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(CreateDefaultSubnetInput);

impl Operation for CreateDefaultSubnet {
    const NAME: &'static str = "CreateDefaultSubnet";
    type Input = CreateDefaultSubnetInput;
    type Output = CreateSubnetOutput;

    fn run(input: &CreateDefaultSubnetInput, cx: &mut Context) -> Result<CreateSubnetOutput, ServiceError> {
        let (name, id) = (input.availability_zone.as_deref(), input.availability_zone_id.as_deref());
        if name.is_none() && id.is_none() {
            return Err(errors::missing_parameter("AvailabilityZone"));
        }
        let vpc_id = vpc::default_of(cx).ok_or_else(errors::default_vpc_does_not_exist)?;
        let zone = validate::zone(name, id, &vpc_id, cx)?;
        let id = default::create(&vpc_id, &zone, cx)?;
        let subnet = SubnetShape::of(&id, require::<Subnet>(&id, cx)?, cx);
        Ok(CreateSubnetOutput { subnet })
    }
}
