//! Somebody comes with a token: the check, the use, the number and the certificate are one batch.

use crate::certificate::{Admission, Certificate, Issued, Term};
use crate::errors;
use crate::join_token::{JoinToken, Used};
use controlplane_services_kernel::{Context, Operation, Record, ServiceError};
use serde::{Deserialize, Serialize};

/// The token and who holds it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RedeemJoinTokenInput {
    /// The token's id.
    pub id: String,
    /// SHA-256 of the secret that came.
    pub secret_hash: Vec<u8>,
    /// SHA-256 of the joiner's public key.
    pub key_hash: Vec<u8>,
    /// Who wants to come in.
    pub admission: Admission,
    /// How long the certificate lives.
    pub term: Term,
}

/// See the module. Runs as the system. Its refusals name the reason, for the server's log: a stranger at the door must
/// not be told which part of a token he guessed right.
pub struct RedeemJoinToken;

impl Operation for RedeemJoinToken {
    const NAME: &'static str = "RedeemJoinToken";
    type Input = RedeemJoinTokenInput;
    type Output = Issued;

    fn run(input: &RedeemJoinTokenInput, cx: &mut Context) -> Result<Issued, ServiceError> {
        let token = check(input, cx)?;
        if let Some(used) = &token.used {
            return again(input, used, cx);
        }
        let issued = input.admission.admit(&input.term, cx)?;
        let used =
            Used { key_hash: input.key_hash.clone().into(), serial: issued.serial.clone(), at: cx.now };
        let holder = format!("{}/{}", issued.role.as_str(), issued.name);
        cx.event(JoinToken::KIND, &input.id, "Used", format!("{holder} came in"));
        cx.put(&input.id, JoinToken { used: Some(used), ..token });
        Ok(issued)
    }
}

fn check(input: &RedeemJoinTokenInput, cx: &Context) -> Result<JoinToken, ServiceError> {
    let refused = |reason: &str| Err(errors::join_refused(reason));
    let Some(token) = cx.get::<JoinToken>(&input.id) else {
        return refused("there is no such token");
    };
    if token.secret_hash[..] != input.secret_hash[..] {
        return refused("the secret is wrong");
    }
    if token.expires_at <= cx.now {
        return refused("the token has expired");
    }
    if token.role != input.admission.role {
        return refused("the token is for another role");
    }
    if token.name.as_ref().is_some_and(|name| *name != input.admission.name) {
        return refused("the token is for another name");
    }
    Ok(token.clone())
}

/// The joiner did not hear the first answer.
fn again(input: &RedeemJoinTokenInput, used: &Used, cx: &Context) -> Result<Issued, ServiceError> {
    let refused = || errors::join_refused("the token was used before");
    if used.key_hash[..] != input.key_hash[..] {
        return Err(refused());
    }
    let certificate = cx.get::<Certificate>(&used.serial).filter(|found| found.revoked_at.is_none());
    let certificate = certificate.ok_or_else(refused)?;
    Ok(Issued {
        serial: used.serial.clone(),
        role: certificate.role,
        name: certificate.name.clone(),
        not_before: certificate.not_before,
        not_after: certificate.not_after,
    })
}
