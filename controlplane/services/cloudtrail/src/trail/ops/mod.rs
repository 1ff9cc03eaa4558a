//! Trails' actions, and the steps of a delivery.

pub mod add_tags;
pub mod close_delivery;
pub mod create_trail;
pub mod delete_trail;
pub mod describe_trails;
pub mod fail_delivery;
pub mod get_event_selectors;
pub mod get_trail;
pub mod get_trail_status;
pub mod list_tags;
pub mod list_trails;
pub mod open_delivery;
pub mod put_event_selectors;
pub mod remove_tags;
pub mod set_trail_store;
pub mod start_logging;
pub mod stop_logging;
pub mod update_trail;

use serde::{Deserialize, Serialize};

/// Request of the actions that only name a trail, by its name or ARN.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct NamedTrail {
    pub(super) name: String,
}

/// Answer of the actions that have nothing to say.
#[derive(Debug, Serialize)]
pub struct Nothing {}
