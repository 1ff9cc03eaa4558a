use super::manifest::KeyPairSpec;
use super::types::KeyPair;
use crate::tag;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for KeyPair {
    const PLURAL: &'static str = "key_pairs";
    const SHORT_NAMES: &'static [&'static str] = &["kp"];

    fn columns() -> &'static [Column] {
        const { &[Column::new("NAME"), Column::new("ID"), Column::new("TYPE"), Column::wide("FINGERPRINT")] }
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![self.name.clone(), id.to_owned(), self.key_type.as_str().to_owned(), self.fingerprint.clone()]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let spec = KeyPairSpec { public_key_material: self.public_key.clone(), tags: tag::map(id, reader) };
        serde_json::to_value(spec).unwrap_or_default()
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        json!({
            "keyPairId": id,
            "keyType": self.key_type.as_str(),
            "keyFingerprint": self.fingerprint,
            "createTime": self.created_at.to_iso8601(),
        })
    }
}
