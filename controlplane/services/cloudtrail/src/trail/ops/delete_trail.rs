//! DeleteTrail: what it delivered stays in the bucket, what it had not yet delivered is not.

use super::{NamedTrail, Nothing};
use crate::trail::{Delivery, Trail, find};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use controlplane_types::Key;

/// See the module.
pub struct DeleteTrail;

impl Operation for DeleteTrail {
    const NAME: &'static str = "DeleteTrail";
    type Input = NamedTrail;
    type Output = Nothing;

    fn run(input: &NamedTrail, cx: &mut Context) -> Result<Nothing, ServiceError> {
        let (name, _) = find::find_own(&input.name, cx)?;
        let (account, home) = (&cx.caller.account, &cx.caller.region);
        let all = Delivery::of_trail(&cx.view, account, home, &name);
        let keys: Vec<Key> = all.map(|(key, _)| key).collect();
        keys.into_iter().for_each(|key| cx.delete_at(key));
        cx.delete::<Trail>(&name);
        Ok(Nothing {})
    }
}
