use super::SecurityGroupRuleShape;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::security_group::change::{self, Known};
use crate::security_group::permission::{self, IpPermission, IpRange};
use crate::tag::{self, TagSpecification};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AuthorizeSecurityGroupIngress.html>
pub(crate) struct AuthorizeSecurityGroupIngress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct AuthorizeSecurityGroupIngressInput {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) ip_permissions: Option<Vec<IpPermission>>,
    pub(crate) ip_protocol: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) cidr_ip: Option<String>,
    pub(crate) tag_specifications: Option<Vec<TagSpecification>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(AuthorizeSecurityGroupIngressInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AuthorizeOutput {
    pub(crate) r#return: bool,
    pub(crate) security_group_rules: Vec<SecurityGroupRuleShape>,
}

impl AuthorizeOutput {
    pub(super) fn of(rules: &[Known], cx: &Reader) -> Self {
        let security_group_rules =
            rules.iter().map(|(id, rule)| SecurityGroupRuleShape::of(id, rule, cx)).collect();
        Self { r#return: true, security_group_rules }
    }
}

impl Operation for AuthorizeSecurityGroupIngress {
    const NAME: &'static str = "AuthorizeSecurityGroupIngress";
    type Input = AuthorizeSecurityGroupIngressInput;
    type Output = AuthorizeOutput;

    fn run(
        input: &AuthorizeSecurityGroupIngressInput,
        cx: &mut Context,
    ) -> Result<AuthorizeOutput, ServiceError> {
        let tags = tag::specified(input.tag_specifications.as_deref(), &errors::SECURITY_GROUP_RULE)?;
        let group_id = change::group_id(input.group_id.as_deref(), input.group_name.as_deref(), cx)?;
        let single = SinglePermission {
            ip_protocol: input.ip_protocol.as_ref(),
            from_port: input.from_port,
            to_port: input.to_port,
            cidr_ip: input.cidr_ip.as_ref(),
        };
        let permissions = single.or(input.ip_permissions.as_deref())?;
        let rules = permission::read(&permissions, &group_id, false, cx)?;
        let added = change::authorize(&group_id, false, rules, &tags, cx)?;
        Ok(AuthorizeOutput::of(&added, cx))
    }
}

/// The older form of a request: one permission in members of the request itself.
#[derive(Debug)]
pub(super) struct SinglePermission<'a> {
    pub(super) ip_protocol: Option<&'a String>,
    pub(super) from_port: Option<i32>,
    pub(super) to_port: Option<i32>,
    pub(super) cidr_ip: Option<&'a String>,
}

impl SinglePermission<'_> {
    fn is_given(&self) -> bool {
        self.ip_protocol.is_some()
            || self.from_port.is_some()
            || self.to_port.is_some()
            || self.cidr_ip.is_some()
    }

    /// The permissions of a request that may use either form.
    pub(super) fn or(&self, permissions: Option<&[IpPermission]>) -> Result<Vec<IpPermission>, ServiceError> {
        let permissions = permissions.unwrap_or_default();
        match (self.is_given(), permissions.is_empty()) {
            (true, false) => Err(errors::flat_and_permissions()),
            (true, true) => Ok(vec![self.permission()]),
            (false, true) => Err(errors::no_permissions()),
            (false, false) => Ok(permissions.to_vec()),
        }
    }

    fn permission(&self) -> IpPermission {
        let range = |cidr: &String| vec![IpRange { cidr_ip: Some(cidr.clone()), description: None }];
        IpPermission {
            ip_protocol: self.ip_protocol.cloned(),
            from_port: self.from_port,
            to_port: self.to_port,
            ip_ranges: self.cidr_ip.map(range),
            ..IpPermission::default()
        }
    }
}
