//! Which trail, in which region.

use super::{Batch, Delivery, Trail};
use controlplane_services_kernel::{Context, Record};
use controlplane_types::{AccountId, Key, RegionName, Scope};
use serde::{Deserialize, Serialize};

/// Which trail, and which of its regions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Place {
    /// Whose it is.
    pub account: AccountId,
    /// Where it was created.
    pub home: RegionName,
    /// Its name.
    pub trail: String,
    /// Where the events are.
    pub region: RegionName,
}

impl Place {
    /// The trail's record.
    pub fn trail_key(&self) -> Key {
        Key::new(&self.account, &Scope::from(&self.home), Trail::KIND, &self.trail)
    }

    /// How far it is.
    pub fn delivery_key(&self) -> Key {
        Delivery::key(&self.account, &self.home, &self.trail, &self.region)
    }

    /// The batch that is on its way, if it is still that one: whoever led before may have been quicker, or the trail is gone.
    pub(super) fn open(&self, unique: &str, cx: &Context) -> Option<(Delivery, Batch)> {
        cx.view.get::<Trail>(&self.trail_key())?;
        let delivery = cx.view.get::<Delivery>(&self.delivery_key())?.clone();
        let batch = delivery.open.clone().filter(|batch| batch.unique == unique)?;
        Some((delivery, batch))
    }
}
