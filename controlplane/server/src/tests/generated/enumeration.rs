//! Who asks about what another account has is told what he would be told of what nobody has: of every action, through every
//! member that takes an id, with ids of every kind. So there is no question by which one account finds out what is in another,
//! and no action that forgot whose records it reads.
//!
//! Each question is asked three times: of an id that never was, of the other account's, and of the first again. Where the two of
//! the id that never was already differ (the second `CreateUser` meets the first one's user), nothing follows from the third.

use super::conformance::Asker;
use super::foreign::{ids, shown, stranger};
use super::least::{least, operations, written};
use super::table::Case;
use super::walk::Walk;
use crate::tests::run;
use controlplane_wire::model::{Kind, Operation, Service};
use regex::Regex;
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Requests of the owner, to have something.
const MADE: u64 = 1_500;
/// Digits of ids that never were.
const NEVER: &str = "0badc0de0badc0de0";
/// Answers that differ for a good reason. `GetAccessKeyInfo` tells the account that an access key belongs to, whoever asks, as AWS
/// does: the key's id says it. `CreateCidrCollection` makes one under each new name, until the quota is reached.
const TELLS: [&str; 2] = ["GetAccessKeyInfo", "CreateCidrCollection"];

/// An id of each kind that the owner has, and one of the kind that never was.
fn pairs(shown: &[String]) -> Vec<(String, String)> {
    let mut kinds = BTreeMap::new();
    for id in ids(shown) {
        let (prefix, digits) = match id.rsplit_once('-') {
            Some((prefix, digits)) => {
                (format!("{prefix}-"), NEVER[..digits.len().min(NEVER.len())].to_owned())
            }
            None => (id[..4].to_owned(), "X".repeat(id.len() - 4)),
        };
        kinds.entry(prefix.clone()).or_insert((id, prefix + &digits));
    }
    kinds.into_values().collect()
}

/// The least request of an action with an id in one of the members that take texts, for each such member.
fn requests(service: &'static Service, operation: &'static Operation, id: &str) -> Vec<Value> {
    let whole = least(service, operation.input);
    let Kind::Structure(structure) = &service.shape(operation.input).kind else { return Vec::new() };
    let takes = |name: &str| {
        ["Id", "Ids", "Arn", "Arns", "Name", "Names", "Resources"].iter().any(|end| name.ends_with(end))
    };
    let named = structure.members().iter().filter(|member| takes(&member.name));
    let with = named.filter_map(|member| {
        let value = match &service.shape(member.shape).kind {
            Kind::Text(_) => json!(id),
            Kind::List(list) if matches!(service.shape(list.member).kind, Kind::Text(_)) => json!([id]),
            _ => return None,
        };
        let mut input = whole.clone();
        input.as_object_mut()?.insert(member.name.to_string(), value);
        Some(input)
    });
    with.collect()
}

/// What is answered, with the id that was asked about, and the request's own, blotted out.
async fn told(
    asker: &mut Asker,
    (service, operation): (&'static Service, &'static Operation),
    input: &Value,
    id: &str,
    own: &Regex,
) -> Option<String> {
    let (parts, body) = written(service, operation, input)?;
    let case = Case { what: format!("{} {input}", operation.name), parts, body };
    let answer = asker.ask(service, operation, case).await;
    let text = String::from_utf8_lossy(&answer).replace(id, "ID");
    Some(own.replace_all(&text, "").into_owned())
}

#[test]
fn nobody_finds_out_what_another_account_has() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let (mut owner, mut walk) = (Asker::new(&cluster, core), Walk::new(17));
        for _ in 0..MADE {
            let (service, operation, case) = walk.next();
            let answer = owner.ask(service, operation, case).await;
            walk.learn(&answer);
        }
        let before = shown(&mut owner).await;
        let pairs = pairs(&before);
        assert!(pairs.len() >= 8, "ids of {} kinds are not enough: {pairs:?}", pairs.len());
        let mut asker = stranger(&cluster, core).await;
        let own = Regex::new(r#"(?i)(<requestid>[^<]*<|"requestid":"[^"]*")"#).expect("a pattern");
        let (mut asked, mut leaks) = (0, Vec::new());
        for target in operations() {
            for (real, never) in &pairs {
                let (of_real, of_never) =
                    (requests(target.0, target.1, real), requests(target.0, target.1, never));
                for (real_input, never_input) in of_real.iter().zip(&of_never) {
                    let Some(first) = told(&mut asker, target, never_input, never, &own).await else {
                        continue;
                    };
                    let about = told(&mut asker, target, real_input, real, &own).await;
                    let again = told(&mut asker, target, never_input, never, &own).await;
                    asked += 1;
                    let is_steady = again.as_deref() == Some(&*first) && !TELLS.contains(&&*target.1.name);
                    if is_steady && about.as_deref() != Some(&*first) {
                        leaks.push(format!("{} {real_input}: {about:?} and not {first}", target.1.name));
                    }
                }
            }
        }
        asker.check();
        assert!(asked > 2_000, "{asked} questions are not enough");
        assert!(
            leaks.is_empty(),
            "{} of {asked} tell something, such as\n{}",
            leaks.len(),
            leaks[..leaks.len().min(5)].join("\n")
        );
        assert_eq!(shown(&mut owner).await, before, "another account changed something");
    });
}
