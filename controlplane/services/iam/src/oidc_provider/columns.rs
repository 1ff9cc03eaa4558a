use super::OidcProvider;
use crate::entity::Entity;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl Tabular for OidcProvider {
    const PLURAL: &'static str = "open_id_connect_providers";
    const SHORT_NAMES: &'static [&'static str] = &["oidc"];

    fn columns() -> &'static [Column] {
        const { &[Column::new("NAME"), Column::new("CLIENTS"), Column::wide("THUMBPRINTS"), Column::wide("ARN")] }
    }

    fn cells(&self, _: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.url.clone(),
            self.client_ids.join(","),
            self.thumbprints.join(","),
            self.arn(&reader.caller.account),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.url.clone()
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({
            "url": format!("https://{}", self.url),
            "clientIDs": self.client_ids.iter().collect::<BTreeSet<_>>(),
            "thumbprints": self.thumbprints.iter().collect::<BTreeSet<_>>(),
            "tags": self.tags,
        })
    }

    fn status(&self, _: &str, reader: &Reader) -> Value {
        json!({
            "arn": self.arn(&reader.caller.account),
            "createdAt": self.created_at.to_iso8601(),
            "url": self.url,
            "clientIDs": self.client_ids,
            "thumbprints": self.thumbprints,
            "tags": self.tags,
        })
    }
}
