//! GetAccountSummary: figures by name. Those of things that Hearth has none of are zero; limits that are not held are left out.

use crate::access_key::ops::create_access_key::KEYS_MAX;
use crate::documents;
use crate::entity::Entity;
use crate::group::Group;
use crate::group::ops::add_user_to_group::GROUPS_MAX;
use crate::instance_profile::InstanceProfile;
use crate::managed_policy::ManagedPolicy;
use crate::managed_policy::ops::create_policy_version::VERSIONS_MAX;
use crate::permissions::Principal;
use crate::role::Role;
use crate::user::User;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::AccessKey;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct GetAccountSummary;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
pub struct GetAccountSummaryInput {}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetAccountSummaryOutput {
    summary_map: Vec<Figure>,
}

#[derive(Debug, Serialize)]
struct Figure {
    key: &'static str,
    value: usize,
}

impl Query for GetAccountSummary {
    const NAME: &'static str = "GetAccountSummary";
    type Input = GetAccountSummaryInput;
    type Output = GetAccountSummaryOutput;

    fn run(_: &GetAccountSummaryInput, reader: &Reader) -> Result<GetAccountSummaryOutput, ServiceError> {
        let all =
            counted(reader).into_iter().chain(granted(reader)).chain(LIMITS).chain(NONE.map(|key| (key, 0)));
        let summary_map = all.map(|(key, value)| Figure { key, value }).collect();
        Ok(GetAccountSummaryOutput { summary_map })
    }
}

/// What there is.
fn counted(reader: &Reader) -> [(&'static str, usize); 7] {
    let account = &reader.caller.account;
    let versions = reader.list::<ManagedPolicy>().map(|policy| policy.record.versions.len()).sum();
    [
        ("Users", reader.list::<User>().count()),
        ("Groups", reader.list::<Group>().count()),
        ("Roles", reader.list::<Role>().count()),
        ("InstanceProfiles", reader.list::<InstanceProfile>().count()),
        ("Policies", reader.list::<ManagedPolicy>().count()),
        ("PolicyVersionsInUse", versions),
        ("AccountAccessKeysPresent", usize::from(AccessKey::of_account(&reader.view, account).is_some())),
    ]
}

/// What there may be, and more if somebody asks for it.
fn granted(reader: &Reader) -> [(&'static str, usize); 8] {
    [
        ("UsersQuota", User::QUOTA.1),
        ("GroupsQuota", Group::QUOTA.1),
        ("RolesQuota", Role::QUOTA.1),
        ("InstanceProfilesQuota", InstanceProfile::QUOTA.1),
        ("PoliciesQuota", ManagedPolicy::QUOTA.1),
        ("AttachedPoliciesPerUserQuota", User::POLICIES_QUOTA.1),
        ("AttachedPoliciesPerGroupQuota", Group::POLICIES_QUOTA.1),
        ("AttachedPoliciesPerRoleQuota", Role::POLICIES_QUOTA.1),
    ]
    .map(|(name, quota)| (name, quota.limit(reader)))
}

/// What there may be, and no more.
const LIMITS: [(&str, usize); 8] = [
    ("UserPolicySizeQuota", User::INLINE_MAX),
    ("GroupPolicySizeQuota", Group::INLINE_MAX),
    ("RolePolicySizeQuota", Role::INLINE_MAX),
    ("PolicySizeQuota", documents::MANAGED),
    ("AssumeRolePolicySizeQuota", documents::TRUST),
    ("GroupsPerUserQuota", GROUPS_MAX),
    ("AccessKeysPerUserQuota", KEYS_MAX),
    ("VersionsPerPolicyQuota", VERSIONS_MAX),
];

/// What nobody can have here.
const NONE: [&str; 7] = [
    "MFADevices",
    "MFADevicesInUse",
    "AccountMFAEnabled",
    "AccountPasswordPresent",
    "AccountSigningCertificatesPresent",
    "ServerCertificates",
    "Providers",
];
