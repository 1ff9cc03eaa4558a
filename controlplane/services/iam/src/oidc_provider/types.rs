use crate::entity::Entity;
use crate::errors;
use crate::tag::Tagged;
use controlplane_services_kernel::quota::{self, Quota};
use controlplane_services_kernel::{Reader, Record, ServiceError, Stored, View};
use controlplane_types::{AccountId, Timestamp};
use minicbor::{Decode, Encode};
use std::collections::BTreeMap;

/// A provider. Id: its URL without the scheme, in lower case.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct OidcProvider {
    /// `issuer.example.com/path`: what tokens say as `iss`, behind `https://`.
    #[n(0)]
    pub url: String,
    /// Whom its tokens are for.
    #[n(1)]
    pub client_ids: Vec<String>,
    /// SHA-1 of certificates its chain may end in, in hexadecimal digits of lower case.
    #[n(2)]
    pub thumbprints: Vec<String>,
    /// When it was made.
    #[n(3)]
    pub created_at: Timestamp,
    /// Tags.
    #[n(4)]
    pub tags: BTreeMap<String, String>,
}

impl Record for OidcProvider {
    const KIND: &'static str = "open_id_connect_provider";
    const GLOBAL: bool = true;
}

/// Requests name it by its ARN.
impl Entity for OidcProvider {
    const NOUN: &'static str = "oidc-provider";
    /// Providers have no unique ids: the URL is one.
    const PREFIX: &'static str = "";
    const QUOTA: (&'static str, &'static Quota) =
        ("OpenIDConnectProvidersPerAccount", &quota::IAM_OIDC_PROVIDERS);

    fn name(&self) -> &str {
        &self.url
    }

    fn path(&self) -> &str {
        "/"
    }

    fn of_arn<'v>(view: &'v View, account: &AccountId, arn: &str) -> Option<Stored<'v, Self>> {
        let url = arn.strip_prefix("arn:aws:iam::")?.split_once(":oidc-provider/")?.1;
        Self::find(view, account, url).filter(|found| found.record.arn(account) == arn)
    }

    fn existing<'r>(arn: &str, reader: &'r Reader) -> Result<&'r Self, ServiceError> {
        let found = Self::of_arn(&reader.view, &reader.caller.account, arn);
        found.map(|found| found.record).ok_or_else(|| errors::oidc_provider_not_found(arn))
    }
}

impl Tagged for OidcProvider {
    fn tags(&self) -> &BTreeMap<String, String> {
        &self.tags
    }

    fn tags_mut(&mut self) -> &mut BTreeMap<String, String> {
        &mut self.tags
    }
}
