//! A manifest declares a provider with its thumbprints. It asks no server for them: what is declared does not hang on who
//! answers at that moment.

use super::{OidcProvider, validate};
use crate::declared::{self, Tags, act, given, tag_list};
use crate::entity::Entity;
use crate::errors;
use controlplane_services_kernel::manifest::Deletion;
use controlplane_services_kernel::{Context, Declarative, Reader, ServiceError};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use std::collections::BTreeSet;

/// An OpenID Connect provider whose tokens open roles that name it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OidcProviderSpec {
    /// `https://` and what its tokens say as `iss`.
    url: String,
    /// Whom its tokens are for: up to 100 client ids.
    #[serde(default, rename = "clientIDs")]
    client_ids: BTreeSet<String>,
    /// SHA-1 of the last certificate its server shows, 40 hexadecimal digits: one to five. They count where no authority of
    /// the machine vouches for the server.
    thumbprints: BTreeSet<String>,
    /// Tags: up to 50, keys up to 128 and values up to 256 characters; keys may not begin with `aws:`.
    #[serde(default)]
    tags: Tags,
}

impl Declarative for OidcProvider {
    type Spec = OidcProviderSpec;
    const IMMUTABLE: &'static [&'static str] = &["url"];

    fn canonical(spec: OidcProviderSpec) -> Result<OidcProviderSpec, ServiceError> {
        Ok(OidcProviderSpec {
            url: format!("https://{}", validate::url(&spec.url)?),
            thumbprints: spec.thumbprints.iter().map(|text| text.to_ascii_lowercase()).collect(),
            ..spec
        })
    }

    fn create(_: &str, spec: OidcProviderSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let clients = Some(&spec.client_ids).filter(|ids| !ids.is_empty());
        let input = json!({
            "Url": spec.url, "ClientIDList": clients, "ThumbprintList": spec.thumbprints, "Tags": tag_list(&spec.tags),
        });
        act("CreateOpenIDConnectProvider", &given(input), cx)?;
        Ok(validate::url(&spec.url)?.to_lowercase())
    }

    fn update(
        id: &str,
        live: OidcProviderSpec,
        wanted: OidcProviderSpec,
        cx: &mut Context,
    ) -> Result<(), ServiceError> {
        let arn = arn(id, cx)?;
        let client = |id: &String| json!({"OpenIDConnectProviderArn": arn, "ClientID": id});
        for gone in live.client_ids.difference(&wanted.client_ids) {
            act("RemoveClientIDFromOpenIDConnectProvider", &client(gone), cx)?;
        }
        for new in wanted.client_ids.difference(&live.client_ids) {
            act("AddClientIDToOpenIDConnectProvider", &client(new), cx)?;
        }
        if live.thumbprints != wanted.thumbprints {
            let input = json!({"OpenIDConnectProviderArn": arn, "ThumbprintList": wanted.thumbprints});
            act("UpdateOpenIDConnectProviderThumbprint", &input, cx)?;
        }
        let named = ("OpenIDConnectProviderArn", arn.as_str());
        declared::bring_tags("OpenIDConnectProvider", named, (&live.tags, &wanted.tags), cx)
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        let arn = arn(id, cx)?;
        act("DeleteOpenIDConnectProvider", &json!({"OpenIDConnectProviderArn": arn}), cx)?;
        Ok(Deletion::Done)
    }

    /// By URL, with its scheme or without.
    fn find(name: &str, reader: &Reader) -> Option<String> {
        declared::id_of::<Self>(name.strip_prefix("https://").unwrap_or(name), reader)
    }
}

fn arn(id: &str, reader: &Reader) -> Result<String, ServiceError> {
    let found = reader.get::<OidcProvider>(id).map(|provider| provider.arn(&reader.caller.account));
    found.ok_or_else(|| errors::oidc_provider_not_found(id))
}
