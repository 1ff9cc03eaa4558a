//! How many of something an account may have: one table of every number that Service Quotas shows and raises.
//!
//! A quota is here if some action refuses to go beyond it, and an action that refuses asks [`Quota::limit`], so what is shown is what
//! holds. Raising one writes a record that the next action finds. The defaults are AWS's, but where those are meant for
//! somebody else's machines (five VPCs): there they are higher. Numbers that are not a matter of taste but of what a
//! program here can bear (the longest list, the largest body) are no quotas and stay with their code.

use crate::{Reader, Record};
use controlplane_types::{Key, Scope};
use minicbor::{Decode, Encode};

/// One number.
#[derive(Debug, PartialEq, Eq)]
pub struct Quota {
    /// AWS's code of the service: `vpc`.
    pub service: &'static str,
    /// AWS's code of the quota: `L-F678F1CE`.
    pub code: &'static str,
    /// AWS's name.
    pub name: &'static str,
    /// What holds until somebody asks for more.
    pub default: usize,
    /// What may be asked for; the default itself for what cannot be raised.
    pub most: usize,
    /// Of the account rather than of one of its regions.
    pub is_global: bool,
}

/// A service that has quotas, by AWS's code, with its name.
pub const SERVICES: [(&str, &str); 4] = [
    ("autoscaling", "Amazon EC2 Auto Scaling"),
    ("iam", "AWS Identity and Access Management (IAM)"),
    ("route53", "Amazon Route 53"),
    ("vpc", "Amazon Virtual Private Cloud (Amazon VPC)"),
];

macro_rules! quotas {
    ($($constant:ident $service:literal $code:literal $name:literal $default:literal ..= $most:literal $global:literal;)*) => {
        $(
            #[doc = $name]
            pub static $constant: Quota = Quota {
                service: $service, code: $code, name: $name, default: $default, most: $most, is_global: $global,
            };
        )*

        /// Every quota, by service and code.
        pub static QUOTAS: &[&Quota] = &[$(&$constant,)*];
    };
}

quotas! {
    AUTO_SCALING_GROUPS "autoscaling" "L-CDE20ADC" "Auto Scaling groups per region" 500 ..= 5_000 false;
    IAM_ROLE_POLICIES "iam" "L-0DA4ABF3" "Managed policies attached to an IAM role" 10 ..= 25 true;
    IAM_GROUP_POLICIES "iam" "L-384571C4" "Managed policies attached to an IAM group" 10 ..= 25 true;
    IAM_USER_POLICIES "iam" "L-4019AD8B" "Managed policies attached to an IAM user" 10 ..= 25 true;
    IAM_INSTANCE_PROFILES "iam" "L-6E65F664" "Instance profiles per account" 1_000 ..= 10_000 true;
    IAM_OIDC_PROVIDERS "iam" "L-858F3967" "OpenId connect providers per account" 100 ..= 700 true;
    IAM_POLICIES "iam" "L-E95E4862" "Customer managed policies per account" 1_500 ..= 10_000 true;
    IAM_GROUPS "iam" "L-F4A5425F" "Groups per account" 300 ..= 500 true;
    IAM_USERS "iam" "L-F55AF5E4" "Users per account" 5_000 ..= 5_000 true;
    IAM_ROLES "iam" "L-FE177D64" "Roles per account" 1_000 ..= 10_000 true;
    HOSTED_ZONES "route53" "L-4EA4796A" "Hosted zones" 500 ..= 10_000 true;
    TRAFFIC_POLICY_INSTANCES "route53" "L-628D5A56" "Traffic flow policy records" 5 ..= 1_000 true;
    DELEGATION_SETS "route53" "L-A72C7724" "Reusable delegation sets" 100 ..= 1_000 true;
    HEALTH_CHECKS "route53" "L-ACB674F3" "Health checks" 200 ..= 5_000 true;
    RECORDS_PER_ZONE "route53" "L-E209CC9F" "Records per hosted zone" 10_000 ..= 1_000_000 true;
    TRAFFIC_POLICIES "route53" "L-FC688E7C" "Traffic flow policies" 50 ..= 1_000 true;
    SECURITY_GROUP_RULES "vpc" "L-0EA8095F" "Inbound or outbound rules per security group" 60 ..= 1_000 false;
    INTERFACE_SECURITY_GROUPS "vpc" "L-2AFB9258" "Security groups per network interface" 5 ..= 16 false;
    VPC_SUBNETS "vpc" "L-407747CB" "Subnets per VPC" 200 ..= 1_000 false;
    ROUTES "vpc" "L-93826ACB" "Routes per route table" 500 ..= 1_000 false;
    VPCS "vpc" "L-F678F1CE" "VPCs per Region" 100 ..= 10_000 false;
}

/// What an account was granted beyond a default. Id: service and code.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct GrantedQuota {
    /// What holds now.
    #[n(0)]
    pub value: usize,
}

impl Record for GrantedQuota {
    const KIND: &'static str = "granted_quota";
}

impl Quota {
    /// The quota with these codes.
    pub fn find(service: &str, code: &str) -> Option<&'static Self> {
        QUOTAS.iter().copied().find(|quota| quota.service == service && quota.code == code)
    }

    /// Whether more can be asked for.
    pub fn is_adjustable(&self) -> bool {
        self.most > self.default
    }

    /// Where the caller's own value is kept.
    pub fn key(&self, cx: &Reader) -> Key {
        let scope = if self.is_global { Scope::Global } else { Scope::from(&cx.caller.region) };
        Key::new(&cx.caller.account, &scope, GrantedQuota::KIND, &format!("{}/{}", self.service, self.code))
    }

    /// How many the caller may have.
    pub fn limit(&self, cx: &Reader) -> usize {
        cx.view.get::<GrantedQuota>(&self.key(cx)).map_or(self.default, |granted| granted.value)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_every_service_has_a_name() {
        assert!(QUOTAS.is_sorted_by(|a, b| (a.service, a.code) < (b.service, b.code)));
        for quota in QUOTAS {
            assert!(SERVICES.iter().any(|(code, _)| *code == quota.service), "{}", quota.service);
            assert!(quota.default <= quota.most, "{}", quota.name);
        }
        assert!(SERVICES.iter().all(|(code, _)| QUOTAS.iter().any(|quota| quota.service == *code)));
    }
}
