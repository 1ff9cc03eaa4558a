//! What `start`, `stop` and `reboot` do alike.

use crate::client::Target;
use crate::error::CliError;
use crate::names::{Named, records};
use crate::output;
use controlplane_proto::api::ActRequest;
use std::collections::BTreeMap;

/// Tells the records that `what` names; of one kind all or none.
pub(super) async fn tell(target: &Target, what: &[String], verb: &str) -> Result<(), CliError> {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for Named { kind, name } in records(what)? {
        kinds.entry(kind).or_default().push(name);
    }
    let mut client = target.connect().await?;
    for (kind, names) in kinds {
        let request = ActRequest { kind: kind.clone(), names: names.clone(), verb: verb.to_owned() };
        let results = client.act(request).await?.into_inner().results;
        for (name, result) in names.iter().zip(results) {
            output::write(&format!("{kind}/{name} {}  {}\n", result.outcome, result.id))?;
        }
    }
    Ok(())
}
