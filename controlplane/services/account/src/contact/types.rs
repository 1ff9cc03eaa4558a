use controlplane_services_kernel::Record;
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// An account's contact, as requests and answers have it too. Id: [`ContactInformation::ID`], as there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Encode, Decode, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct ContactInformation {
    /// Name of a person.
    #[n(0)]
    pub full_name: String,
    /// First line of the address.
    #[n(1)]
    pub address_line1: String,
    /// Second line.
    #[n(2)]
    pub address_line2: Option<String>,
    /// Third line.
    #[n(3)]
    pub address_line3: Option<String>,
    /// City.
    #[n(4)]
    pub city: String,
    /// State or region.
    #[n(5)]
    pub state_or_region: Option<String>,
    /// District or county.
    #[n(6)]
    pub district_or_county: Option<String>,
    /// Postal code.
    #[n(7)]
    pub postal_code: String,
    /// Country, by ISO 3166-1 alpha-2.
    #[n(8)]
    pub country_code: String,
    /// With the country in front.
    #[n(9)]
    pub phone_number: String,
    /// Company.
    #[n(10)]
    pub company_name: Option<String>,
    /// Website.
    #[n(11)]
    pub website_url: Option<String>,
}

impl Record for ContactInformation {
    const KIND: &'static str = "contact_information";
    const GLOBAL: bool = true;
}

impl ContactInformation {
    /// The id of the one record.
    pub const ID: &'static str = "contact";
}
