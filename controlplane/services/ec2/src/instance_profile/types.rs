use crate::errors;
use controlplane_services_kernel::ServiceError;
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The profile an instance has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ProfileAssociation {
    /// `iip-assoc-...`
    #[n(0)]
    pub association_id: String,
    /// Of the profile.
    #[n(1)]
    pub arn: String,
    /// Of the profile: `AIPA...`
    #[n(2)]
    pub id: String,
    /// When it was associated.
    #[n(3)]
    pub since: Timestamp,
}

/// An IAM instance profile, by its ARN or its name.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "PascalCase", default, deny_unknown_fields)]
pub struct InstanceProfileSpecification {
    /// Its ARN. Not together with its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arn: Option<String>,
    /// Its name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl InstanceProfileSpecification {
    /// As a manifest names a profile.
    pub(crate) fn of(association: &ProfileAssociation) -> Self {
        let name = association.arn.rsplit('/').next().unwrap_or_default();
        Self { arn: None, name: Some(name.to_owned()) }
    }

    /// A manifest names it in one way, so that it can be compared with what there is.
    pub(crate) fn by_name_only(&self) -> Result<(), ServiceError> {
        match &self.arn {
            Some(arn) => {
                Err(errors::invalid_value(arn, "iamInstanceProfile.arn", "A manifest names it by its name."))
            }
            None => Ok(()),
        }
    }
}
