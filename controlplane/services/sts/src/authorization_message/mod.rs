//! What a refusal does not tell: who asked for what, and what was known, in a message that only the account can read.
//!
//! EC2 appends it to its refusals, as the reason of a refusal may itself be a secret from who was refused. Nothing is kept: the
//! message holds everything, sealed with a key that follows from the account's root key, and only `DecodeAuthorizationMessage`
//! opens it.
//!
//! What readers get wrong:
//! * It says what was asked, not what would have to be allowed: the simulator answers that.
//! * The nonce follows from the content, since who refuses has no randomness at hand. The same refusal is the same message
//!   then, which tells nobody more than two equal refusals do.
//! * With another root key earlier messages cannot be read any more.
//!
//! <https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html>

mod ops;
mod seal;

#[cfg(test)]
mod tests;

pub(crate) use ops::decode_authorization_message;

use controlplane_services_iam::authorize::{Refusal, user_id};
use controlplane_services_kernel::Reader;
use serde_json::{Value, json};

/// As long as the model takes, with room for the seal and its encoding.
const LONGEST: usize = 7_000;

/// The message about a refusal; `None` if the account has no root key.
pub fn of(refusal: &Refusal, cx: &Reader) -> Option<String> {
    let conditions = refusal.facts.iter().map(|(key, values)| {
        let values: Vec<Value> = values.iter().map(|value| json!({"value": value})).collect();
        json!({"key": key, "values": {"items": values}})
    });
    let mut message = told(refusal, conditions.collect(), cx).to_string();
    if message.len() > LONGEST {
        // A request brings as much as its headers hold.
        message = told(refusal, Vec::new(), cx).to_string();
    }
    (message.len() <= LONGEST).then(|| seal::seal(&message, &cx.caller.account, &cx.view))?
}

fn told(refusal: &Refusal, conditions: Vec<Value>, cx: &Reader) -> Value {
    let arn = cx.caller.principal.as_str();
    json!({
        "allowed": false,
        "explicitDeny": refusal.is_explicit,
        "matchedStatements": {"items": []},
        "failures": {"items": []},
        "context": {
            "principal": {
                "id": user_id(&cx.caller, &cx.view),
                "name": arn.rsplit('/').next(),
                "arn": arn,
            },
            "action": refusal.action,
            "resource": refusal.resource,
            "conditions": {"items": conditions},
        },
    })
}
