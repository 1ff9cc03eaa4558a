use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};

/// What is known of an account. Id: [`AccountInformation::ID`], as there is one.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AccountInformation {
    /// Its name.
    #[n(0)]
    pub name: String,
}

impl Record for AccountInformation {
    const KIND: &'static str = "account_information";
    const GLOBAL: bool = true;
}

impl AccountInformation {
    /// The id of the one record.
    pub const ID: &'static str = "account";
}
