//! Associations as AWS shows them.

use super::ProfileAssociation;
use crate::filter::{Described, Field, one};
use crate::tag::Tag;
use controlplane_types::Timestamp;
use serde::Serialize;

/// The profile of an instance.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct ProfileShape {
    pub(crate) arn: String,
    pub(crate) id: String,
}

impl ProfileShape {
    pub(crate) fn of(association: &ProfileAssociation) -> Self {
        Self { arn: association.arn.clone(), id: association.id.clone() }
    }
}

/// An association with its instance.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct AssociationShape {
    pub(crate) association_id: String,
    instance_id: String,
    iam_instance_profile: ProfileShape,
    state: &'static str,
    timestamp: Timestamp,
}

impl AssociationShape {
    pub(super) fn of(instance_id: &str, association: &ProfileAssociation, state: &'static str) -> Self {
        Self {
            association_id: association.association_id.clone(),
            instance_id: instance_id.to_owned(),
            iam_instance_profile: ProfileShape::of(association),
            state,
            timestamp: association.since,
        }
    }
}

impl Described for AssociationShape {
    const FILTERS: &'static [Field<Self>] =
        &[("instance-id", |shown| one(&shown.instance_id)), ("state", |shown| one(shown.state))];

    fn id(&self) -> &str {
        &self.association_id
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}
