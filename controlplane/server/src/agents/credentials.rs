//! Credentials for instances, given to the agent on whose node they are.
//!
//! Nothing is written for them (but, once a month, a new sealing key), so asking costs no log entry. They are made on the writer,
//! since that is where randomness and the newest records are.

use super::Agents;
use crate::writer::WriteError;
use controlplane_proto::agent::RoleCredentials;
use controlplane_services_ec2::instance::Instance;
use controlplane_services_iam::entity::Entity;
use controlplane_services_iam::instance_profile::InstanceProfile;
use controlplane_services_kernel::{Caller, Context, ServiceError};
use controlplane_services_native::node::HELD_BY;
use controlplane_services_sts::instance_credentials::{NoCredentials, issue};

/// What the instance may sign with. `None`: it is not on this node, or has no profile (any more).
pub(super) async fn of_instance(
    agents: &Agents,
    node: &str,
    instance_id: &str,
) -> Result<Option<RoleCredentials>, WriteError> {
    let (node, instance_id) = (node.to_owned(), instance_id.to_owned());
    let caller = Caller::system(agents.0.settings.region.clone());
    agents.0.writer.run(caller, move |cx| make(&node, &instance_id, cx)).await
}

fn make(node: &str, instance_id: &str, cx: &mut Context) -> Result<Option<RoleCredentials>, ServiceError> {
    let mut held = cx.view.find::<Instance>(HELD_BY, node);
    let Some(found) = held.find(|found| found.key.id() == instance_id) else { return Ok(None) };
    let account = found.key.account();
    let Some(association) = found.record.profile.clone() else { return Ok(None) };
    drop(held);
    let told = RoleCredentials {
        instance_id: instance_id.to_owned(),
        instance_profile_arn: association.arn.clone(),
        instance_profile_id: association.id,
        updated_ms: cx.now.as_millis(),
        ..RoleCredentials::default()
    };
    let refused = |code: &str, message: String| RoleCredentials {
        error_code: code.to_owned(),
        error_message: message,
        ..told.clone()
    };
    let profile = InstanceProfile::of_arn(&cx.view, &account, &association.arn);
    let Some(profile) = profile.map(|profile| profile.record.clone()) else {
        let message = format!("the instance profile {} does not exist", association.arn);
        return Ok(Some(refused("InstanceProfileNotFound", message)));
    };
    let Some(role) = profile.role else { return Ok(Some(told)) };
    match issue(&account, &role, instance_id, cx) {
        Ok(given) => Ok(Some(RoleCredentials {
            role: given.role,
            access_key_id: given.access_key_id,
            secret_access_key: given.secret_access_key,
            session_token: given.session_token,
            expires_ms: given.expires_at.as_millis(),
            ..told
        })),
        Err(NoCredentials::Failed(error)) => Err(error),
        Err(error) => {
            let told = refused("AssumeRoleUnauthorizedAccess", error.to_string());
            Ok(Some(RoleCredentials { role, ..told }))
        }
    }
}
