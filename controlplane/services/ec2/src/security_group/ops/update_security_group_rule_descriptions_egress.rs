use super::update_security_group_rule_descriptions_ingress::{UpdateDescriptionsInput, update};
use crate::attribute::ReturnOutput;
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_UpdateSecurityGroupRuleDescriptionsEgress.html>
pub(crate) struct UpdateSecurityGroupRuleDescriptionsEgress;

impl Operation for UpdateSecurityGroupRuleDescriptionsEgress {
    const NAME: &'static str = "UpdateSecurityGroupRuleDescriptionsEgress";
    type Input = UpdateDescriptionsInput;
    type Output = ReturnOutput;

    fn run(input: &UpdateDescriptionsInput, cx: &mut Context) -> Result<ReturnOutput, ServiceError> {
        update(input, true, cx)
    }
}
