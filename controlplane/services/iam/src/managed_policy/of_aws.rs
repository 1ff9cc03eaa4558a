//! Managed policies of AWS's that the region knows, for those who name them out of habit: by name the same, in content what
//! the name promises for the services here.

use super::ManagedPolicy;
use crate::entity::Entity;
use crate::policy::{Policy, Purpose};
use controlplane_types::Timestamp;
use std::sync::OnceLock;

/// What ARNs of AWS's own policies begin with.
pub const AWS: &str = "arn:aws:iam::aws:policy/";

/// One of AWS's.
pub struct OfAws {
    /// Its name.
    pub name: &'static str,
    /// For people.
    pub description: &'static str,
    /// What it allows, on all resources.
    pub actions: &'static [&'static str],
    policy: OnceLock<Policy>,
}

const fn policy(name: &'static str, description: &'static str, actions: &'static [&'static str]) -> OfAws {
    OfAws { name, description, actions, policy: OnceLock::new() }
}

/// All of them, by name.
pub static ALL: [OfAws; 13] = [
    policy("AdministratorAccess", "Everything", &["*"]),
    policy("AmazonEC2FullAccess", "All of EC2 and Auto Scaling", &["ec2:*", "autoscaling:*"]),
    policy(
        "AmazonEC2ReadOnlyAccess",
        "What describes EC2 and Auto Scaling",
        &["ec2:Describe*", "ec2:Get*", "autoscaling:Describe*"],
    ),
    policy("AmazonRoute53FullAccess", "All of Route 53", &["route53:*"]),
    policy(
        "AmazonRoute53ReadOnlyAccess",
        "What reads Route 53",
        &["route53:Get*", "route53:List*", "route53:TestDNSAnswer"],
    ),
    policy("AmazonVPCFullAccess", "All of EC2, which VPCs are part of", &["ec2:*"]),
    policy("AmazonVPCReadOnlyAccess", "What describes VPCs", &["ec2:Describe*", "ec2:Get*"]),
    policy(
        "AutoScalingFullAccess",
        "All of Auto Scaling",
        &["autoscaling:*", "ec2:Describe*", "ec2:RunInstances"],
    ),
    policy("AutoScalingReadOnlyAccess", "What describes Auto Scaling", &["autoscaling:Describe*"]),
    policy("IAMFullAccess", "All of IAM", &["iam:*"]),
    policy(
        "IAMReadOnlyAccess",
        "What reads IAM",
        &["iam:Get*", "iam:List*", "iam:Simulate*", "iam:GenerateCredentialReport"],
    ),
    policy(
        "PowerUserAccess",
        "Everything but users, roles and their policies",
        &["autoscaling:*", "ec2:*", "route53:*", "sts:*", "iam:ListRoles", "iam:GetRole"],
    ),
    policy("ReadOnlyAccess", "What reads", &["*:Describe*", "*:Get*", "*:List*"]),
];

impl OfAws {
    /// When AWS made the first of them; nobody here made any.
    pub const CREATED: Timestamp = Timestamp(1_423_248_000_000);

    /// Its ARN, the same in every account.
    pub fn arn(&self) -> String {
        format!("{AWS}{}", self.name)
    }

    /// A unique id, the same in every account and region because it follows from the name (FNV-1a, in base 36).
    pub fn id(&self) -> String {
        const DIGITS: &[u8; 36] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let hash = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        let mut rest = self.name.bytes().fold(0xcbf2_9ce4_8422_2325, hash);
        let mut id = ManagedPolicy::PREFIX.to_owned();
        for _ in 0..17 {
            id.push(char::from(DIGITS[(rest % 36) as usize]));
            rest /= 36;
        }
        id
    }

    /// The document.
    pub fn document(&self) -> String {
        serde_json::json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": self.actions, "Resource": "*"}],
        })
        .to_string()
    }

    fn policy(&self) -> &Policy {
        self.policy.get_or_init(|| {
            Policy::parse(&self.document(), Purpose::Identity).unwrap_or_else(|_| Policy::nothing().clone())
        })
    }
}

/// What the policy of AWS's with this ARN says.
pub fn of_aws(arn: &str) -> Option<&'static Policy> {
    let name = arn.strip_prefix(AWS)?;
    ALL.iter().find(|known| known.name == name).map(OfAws::policy)
}
