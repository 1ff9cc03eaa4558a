//! An administrator makes a token.

use crate::certificate::{Role, validate_name};
use crate::errors;
use crate::join_token::JoinToken;
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use controlplane_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::time::Duration;

const SHORTEST: Duration = Duration::from_secs(1);
/// A token that outlives the occasion it was made for only waits to be found.
const LONGEST: Duration = Duration::from_secs(30 * 24 * 3600);

/// What the token is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CreateJoinTokenInput {
    /// SHA-256 of the secret; the secret itself never comes here.
    pub secret_hash: Vec<u8>,
    /// What its holder becomes.
    pub role: Role,
    /// Who its holder becomes; anybody when absent. A server's name is its number, which nobody knows yet.
    pub name: Option<String>,
    /// How long it is good.
    pub ttl: Duration,
}

/// The token.
#[derive(Clone, Debug, Serialize)]
pub struct CreateJoinTokenOutput {
    /// Its id.
    pub id: String,
    /// When it ends.
    pub expires_at: Timestamp,
}

/// See the module. Runs as the system.
pub struct CreateJoinToken;

impl Operation for CreateJoinToken {
    const NAME: &'static str = "CreateJoinToken";
    type Input = CreateJoinTokenInput;
    type Output = CreateJoinTokenOutput;

    fn run(input: &CreateJoinTokenInput, cx: &mut Context) -> Result<CreateJoinTokenOutput, ServiceError> {
        validate(input)?;
        let id = cx.random().hex(10);
        let expires_at = cx.now + input.ttl;
        let token = JoinToken {
            secret_hash: input.secret_hash.clone().into(),
            role: input.role,
            name: input.name.clone(),
            created_at: cx.now,
            expires_at,
            used: None,
        };
        cx.event(JoinToken::KIND, &id, "Created", format!("for role {}", input.role.as_str()));
        cx.put(&id, token);
        Ok(CreateJoinTokenOutput { id, expires_at })
    }
}

fn validate(input: &CreateJoinTokenInput) -> Result<(), ServiceError> {
    if !(SHORTEST..=LONGEST).contains(&input.ttl) {
        let value = format!("{} s", input.ttl.as_secs());
        return Err(errors::invalid_field("ttl", &value, "between one second and 30 days"));
    }
    match &input.name {
        Some(name) if input.role == Role::Server => {
            Err(errors::invalid_field("name", name, "a server's name is the number it gets when it joins"))
        }
        Some(name) => validate_name(name),
        None => Ok(()),
    }
}
