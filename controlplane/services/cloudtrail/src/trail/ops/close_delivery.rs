//! The last step of a delivery, which the leading server takes. Not an AWS action.

use crate::trail::{Delivery, Place};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// The object of a batch is in its bucket.
pub struct CloseDelivery;

/// Request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CloseDeliveryInput {
    /// Of which trail.
    pub place: Place,
    /// Of which batch.
    pub unique: String,
}

impl Operation for CloseDelivery {
    const NAME: &'static str = "CloseDelivery";
    type Input = CloseDeliveryInput;
    type Output = ();

    fn run(input: &CloseDeliveryInput, cx: &mut Context) -> Result<(), ServiceError> {
        let Some((_, batch)) = input.place.open(&input.unique, cx) else { return Ok(()) };
        let now = Some(cx.now);
        let delivery =
            Delivery { cursor: batch.end, open: None, delivered_at: now, attempted_at: now, error: None };
        cx.put_at(input.place.delivery_key(), delivery);
        Ok(())
    }
}
