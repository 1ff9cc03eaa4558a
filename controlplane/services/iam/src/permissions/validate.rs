use super::Permissions;
use crate::errors;
use crate::managed_policy;
use controlplane_services_kernel::{Reader, ServiceError};
use serde::Serialize;

/// A boundary as AWS shows it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Boundary {
    permissions_boundary_type: &'static str,
    permissions_boundary_arn: String,
}

impl Boundary {
    pub(crate) fn of(permissions: &Permissions) -> Option<Self> {
        let arn = permissions.boundary.as_ref()?;
        Some(Self {
            permissions_boundary_type: "PermissionsBoundaryPolicy",
            permissions_boundary_arn: arn.clone(),
        })
    }
}

/// A boundary that was given names a managed policy.
pub(crate) fn boundary(given: Option<&str>, reader: &Reader) -> Result<Option<String>, ServiceError> {
    match given {
        Some(arn) if managed_policy::lookup(arn, reader).is_none() => {
            Err(errors::boundary_not_attachable(arn))
        }
        given => Ok(given.map(str::to_owned)),
    }
}
