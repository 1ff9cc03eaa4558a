use super::authorize_security_group_ingress::SinglePermission;
use crate::dry_run::may_dry_run;
use crate::errors;
use crate::security_group::change::{self, Known, Revoked};
use crate::security_group::permission::{self, IpPermission, IpPermissionShape};
use controlplane_services_kernel::{Context, Operation, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html>
pub(crate) struct RevokeSecurityGroupIngress;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct RevokeSecurityGroupIngressInput {
    pub(crate) group_id: Option<String>,
    pub(crate) group_name: Option<String>,
    pub(crate) ip_permissions: Option<Vec<IpPermission>>,
    pub(crate) ip_protocol: Option<String>,
    pub(crate) from_port: Option<i32>,
    pub(crate) to_port: Option<i32>,
    pub(crate) cidr_ip: Option<String>,
    pub(crate) security_group_rule_ids: Option<Vec<String>>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(RevokeSecurityGroupIngressInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevokeOutput {
    pub(crate) r#return: bool,
    pub(crate) revoked_security_group_rules: Vec<RevokedRule>,
    pub(crate) unknown_ip_permissions: Vec<IpPermissionShape>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct RevokedRule {
    pub(crate) security_group_rule_id: String,
    pub(crate) group_id: String,
    pub(crate) is_egress: bool,
    pub(crate) ip_protocol: String,
    pub(crate) from_port: i32,
    pub(crate) to_port: i32,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv4: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cidr_ipv6: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) prefix_list_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) referenced_group_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) description: Option<String>,
}

impl RevokeOutput {
    pub(super) fn of(revoked: Revoked, cx: &Reader) -> Self {
        Self {
            r#return: true,
            revoked_security_group_rules: revoked.rules.into_iter().map(RevokedRule::of).collect(),
            unknown_ip_permissions: revoked
                .unknown
                .iter()
                .map(|rule| permission::show_one(rule, cx))
                .collect(),
        }
    }
}

impl RevokedRule {
    fn of((id, rule): Known) -> Self {
        Self {
            security_group_rule_id: id,
            cidr_ipv4: rule.peer.ipv4(),
            cidr_ipv6: rule.peer.ipv6(),
            prefix_list_id: rule.peer.prefix_list().map(str::to_owned),
            referenced_group_id: rule.peer.group().map(str::to_owned),
            group_id: rule.group_id,
            is_egress: rule.egress,
            ip_protocol: rule.protocol,
            from_port: rule.from_port,
            to_port: rule.to_port,
            description: rule.description,
        }
    }
}

impl Operation for RevokeSecurityGroupIngress {
    const NAME: &'static str = "RevokeSecurityGroupIngress";
    type Input = RevokeSecurityGroupIngressInput;
    type Output = RevokeOutput;

    fn run(input: &RevokeSecurityGroupIngressInput, cx: &mut Context) -> Result<RevokeOutput, ServiceError> {
        let group_id = change::group_id(input.group_id.as_deref(), input.group_name.as_deref(), cx)?;
        let ids = input.security_group_rule_ids.as_deref().unwrap_or_default();
        let single = SinglePermission {
            ip_protocol: input.ip_protocol.as_ref(),
            from_port: input.from_port,
            to_port: input.to_port,
            cidr_ip: input.cidr_ip.as_ref(),
        };
        let permissions = single.or(input.ip_permissions.as_deref());
        let revoked = revoke(&group_id, false, ids, permissions, cx)?;
        Ok(RevokeOutput::of(revoked, cx))
    }
}

/// Revokes by ids or by permissions, whichever the request gives.
pub(super) fn revoke(
    group_id: &str,
    egress: bool,
    ids: &[String],
    permissions: Result<Vec<IpPermission>, ServiceError>,
    cx: &mut Context,
) -> Result<Revoked, ServiceError> {
    if ids.is_empty() {
        return change::revoke(group_id, egress, &permissions?, cx);
    }
    if permissions.is_ok() {
        return Err(errors::ids_and_permissions());
    }
    change::revoke_by_id(group_id, egress, ids, cx)
}
