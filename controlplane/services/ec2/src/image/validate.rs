use super::types::{Image, Source};
use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};

/// Names of what the program brings along.
pub(super) const BUILTINS: &[&str] = &["web"];

const MAX_DESCRIPTION: usize = 255;

/// A name that no other image of the account has.
pub(super) fn new_name(name: &str, cx: &Reader) -> Result<(), ServiceError> {
    let fine = |c: char| c.is_ascii_alphanumeric() || " ()[]./-'@_:".contains(c);
    if !(3..=128).contains(&name.len()) || !name.chars().all(fine) {
        return Err(errors::image_name(name));
    }
    match cx.list::<Image>().find(|image| image.name == name && !image.deregistered) {
        Some(other) => Err(errors::image_name_taken(name, other.key.id())),
        None => Ok(()),
    }
}

pub(super) fn description(text: &str) -> Result<(), ServiceError> {
    if text.chars().count() > MAX_DESCRIPTION {
        return Err(errors::invalid_value(text, "Description", "It has at most 255 characters."));
    }
    Ok(())
}

/// Reads `builtin:<name>` or `sha256:<64 hex digits>`.
pub(super) fn source(text: &str) -> Result<Source, ServiceError> {
    if let Some(name) = text.strip_prefix("builtin:") {
        return match BUILTINS.contains(&name) {
            true => Ok(Source::Builtin(name.to_owned())),
            false => Err(errors::unknown_builtin(name, BUILTINS)),
        };
    }
    let digits = text.strip_prefix("sha256:").unwrap_or_default();
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    if digits.len() == 64 && digits.bytes().all(hex) {
        Ok(Source::Import(text.to_owned()))
    } else {
        Err(errors::image_source(text))
    }
}
