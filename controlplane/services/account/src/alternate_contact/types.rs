use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A contact, as requests and answers have it too. Id: its type.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct AlternateContact {
    /// `BILLING`, `OPERATIONS` or `SECURITY`.
    #[n(0)]
    pub alternate_contact_type: String,
    /// Name of a person.
    #[n(1)]
    pub name: String,
    /// What they are.
    #[n(2)]
    pub title: String,
    /// Where mail goes.
    #[n(3)]
    pub email_address: String,
    /// Where calls go.
    #[n(4)]
    pub phone_number: String,
}

impl Record for AlternateContact {
    const KIND: &'static str = "alternate_contact";
    const GLOBAL: bool = true;
}
