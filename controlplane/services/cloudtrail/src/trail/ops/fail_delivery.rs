//! A delivery that did not arrive. Not an AWS action.

use crate::trail::{Delivery, Place};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// What is kept of what the store says.
const ERROR_MAX: usize = 512;

/// The store did not take the object of a batch. It is to be tried again.
pub struct FailDelivery;

/// Request.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct FailDeliveryInput {
    /// Of which trail.
    pub place: Place,
    /// Of which batch.
    pub unique: String,
    /// What the store said.
    pub error: String,
}

impl Operation for FailDelivery {
    const NAME: &'static str = "FailDelivery";
    type Input = FailDeliveryInput;
    type Output = ();

    fn run(input: &FailDeliveryInput, cx: &mut Context) -> Result<(), ServiceError> {
        let Some((delivery, _)) = input.place.open(&input.unique, cx) else { return Ok(()) };
        let error = input.error.chars().take(ERROR_MAX).collect();
        let delivery = Delivery { attempted_at: Some(cx.now), error: Some(error), ..delivery };
        cx.put_at(input.place.delivery_key(), delivery);
        Ok(())
    }
}
