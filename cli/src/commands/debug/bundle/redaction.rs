//! What nobody but its owner may see.
//!
//! Two nets. Fields of records are left out by name ([`Redaction::record`]); and what was left out there, and every secret that
//! is known otherwise, is looked for in every text of the bundle ([`Redaction::text`]), beside anything that looks like a private
//! key or a join token: a secret that was logged by mistake is still a secret.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::collections::BTreeSet;

/// What stands in place of a secret.
pub(super) const LEFT_OUT: &str = "[redacted]";
/// Shorter values are words that stand everywhere; to look for them would leave no text whole.
const LEAST_SECRET: usize = 6;
/// Names of fields, in lower case, whose whole value is left out, and endings of such names.
const FIELDS: [&str; 7] =
    ["userdata", "keymaterial", "privatekey", "command", "environment", "entrypoint", "healthcheckscript"];
const ENDINGS: [&str; 6] = ["secret", "password", "secretaccesskey", "privatekey", "token", "passphrase"];
const PEM_BEGIN: &str = "-----BEGIN ";
const PEM_END: &str = "-----END ";
const TOKEN: &str = "hearth1.";

/// Everything that is to be left out.
#[derive(Debug, Default)]
pub(super) struct Redaction {
    secrets: BTreeSet<String>,
}

impl Redaction {
    /// This value, and its base64 form, must not stand anywhere.
    pub(super) fn learn(&mut self, secret: &str) {
        if secret.len() < LEAST_SECRET {
            return;
        }
        self.secrets.insert(secret.to_owned());
        self.secrets.insert(STANDARD.encode(secret));
        if let Some(plain) = STANDARD.decode(secret).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            // Line by line: a log quotes a line of a script, not the script.
            self.secrets.extend(plain.lines().filter(|line| line.len() >= LEAST_SECRET).map(str::to_owned));
            self.secrets.insert(plain);
        }
    }

    /// A record without its secret fields, which are remembered.
    pub(super) fn record(&mut self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    if is_secret(name) { self.leave_out(value) } else { self.record(value) }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.record(item)),
            _ => {}
        }
    }

    fn leave_out(&mut self, value: &mut Value) {
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => {}
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => {
                self.learn(text);
                *value = LEFT_OUT.into();
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.leave_out(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.leave_out(field)),
        }
    }

    /// A text without any secret that is known or can be told from its looks.
    pub(super) fn text(&self, text: &str) -> String {
        let mut text = without_tokens(&without_private_keys(text));
        // The longest first: a part of a secret must not save the rest of it.
        let mut secrets: Vec<&String> = self.secrets.iter().collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        for secret in secrets {
            if text.contains(secret.as_str()) {
                text = text.replace(secret.as_str(), LEFT_OUT);
            }
        }
        text
    }
}

fn is_secret(field: &str) -> bool {
    let field: String = field.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    FIELDS.contains(&field.as_str()) || ENDINGS.iter().any(|ending| field.ends_with(ending))
}

/// Every PEM block that is no certificate and no public key, whatever stands between its lines.
fn without_private_keys(text: &str) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(PEM_BEGIN) {
        let (before, block) = rest.split_at(at);
        let label = block[PEM_BEGIN.len()..].split("-----").next().unwrap_or_default();
        let end = block.find(PEM_END).and_then(|end| {
            let tail = end + PEM_END.len();
            Some(tail + block[tail..].find("-----")? + "-----".len())
        });
        let end = end.unwrap_or(block.len());
        kept.push_str(before);
        kept.push_str(if label.contains("PRIVATE KEY") { LEFT_OUT } else { &block[..end] });
        rest = &block[end..];
    }
    kept + rest
}

/// Every join token, up to the first character that cannot be part of one.
fn without_tokens(text: &str) -> String {
    let mut pieces = text.split(TOKEN);
    let mut kept = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let rest = piece.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || "._-".contains(c));
        kept.push_str(LEFT_OUT);
        kept.push_str(rest);
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn fields_are_left_out_by_name() {
        let mut redaction = Redaction::default();
        let mut record = json!({
            "spec": {
                "userData": STANDARD.encode("#!/bin/sh\nexport PIN=1234567\n"), "imageId": "ami-1", "UserData": "",
                "environment": ["PASSWORD=hunter22"], "metadataOptions": {"httpTokens": "required"}, "client_token": "abcdefg",
            },
            "items": [{"secretAccessKey": "wJalrXUtnFEMI"}, {"port": 80, "password": null}],
        });
        redaction.record(&mut record);
        let left = json!({
            "spec": {
                "userData": LEFT_OUT, "imageId": "ami-1", "UserData": "", "environment": [LEFT_OUT],
                "metadataOptions": {"httpTokens": "required"}, "client_token": LEFT_OUT,
            },
            "items": [{"secretAccessKey": LEFT_OUT}, {"port": 80, "password": null}],
        });
        assert_eq!(record, left);
        let log = "it said: export PIN=1234567; and PASSWORD=hunter22, wJalrXUtnFEMI";
        assert_eq!(redaction.text(log), format!("it said: {LEFT_OUT}; and {LEFT_OUT}, {LEFT_OUT}"));
    }

    #[test]
    fn keys_and_tokens_are_told_by_their_looks() {
        let redaction = Redaction::default();
        let key = "-----BEGIN EC PRIVATE KEY-----\nMHc=\n-----END EC PRIVATE KEY-----";
        let certificate = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----";
        let text = format!("a {key} b {certificate} c hearth1.ab.01.s3cr3t, d");
        assert_eq!(redaction.text(&text), format!("a {LEFT_OUT} b {certificate} c {LEFT_OUT}, d"));
        assert_eq!(redaction.text("x -----BEGIN PRIVATE KEY-----\nMHc="), format!("x {LEFT_OUT}"), "cut off");
        assert_eq!(redaction.text("nothing"), "nothing");
    }

    #[test]
    fn short_words_are_no_secrets() {
        let mut redaction = Redaction::default();
        redaction.learn("sh");
        assert_eq!(redaction.text("ssh"), "ssh");
    }
}
