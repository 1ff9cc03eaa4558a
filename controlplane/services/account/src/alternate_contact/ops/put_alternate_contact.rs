//! PutAlternateContact: its input is the contact.

use crate::alternate_contact::AlternateContact;
use controlplane_services_kernel::{Context, Operation, ServiceError};

/// See the module.
pub struct PutAlternateContact;

impl Operation for PutAlternateContact {
    const NAME: &'static str = "PutAlternateContact";
    type Input = AlternateContact;
    type Output = ();

    fn run(input: &AlternateContact, cx: &mut Context) -> Result<(), ServiceError> {
        cx.put(&input.alternate_contact_type, input.clone());
        Ok(())
    }
}
