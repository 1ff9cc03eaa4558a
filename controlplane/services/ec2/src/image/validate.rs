use super::types::{Image, Platform, RegistryImage, Source};
use crate::errors;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::ImageReference;
use controlplane_types::image_reference::is_sha256;

/// Names of what the program brings along.
pub(super) const BUILTINS: &[&str] = &["web"];

const MAX_DESCRIPTION: usize = 255;

/// What nodes may be, as registries call it.
const ARCHITECTURES: &[&str] = &["amd64", "arm64"];
const MAX_PLATFORMS: usize = 8;

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

/// Reads `builtin:<name>`, `sha256:<64 hex digits>` or a reference to a registry with a digest.
pub(super) fn source(text: &str) -> Result<Source, ServiceError> {
    if let Some(name) = text.strip_prefix("builtin:") {
        return match BUILTINS.contains(&name) {
            true => Ok(Source::Builtin(name.to_owned())),
            false => Err(errors::unknown_builtin(name, BUILTINS)),
        };
    }
    if is_sha256(text) {
        return Ok(Source::Import(text.to_owned()));
    }
    let reference: ImageReference = text.parse().map_err(|_| errors::image_source(text))?;
    let digest = reference.digest.clone().ok_or_else(|| errors::reference_without_digest(text))?;
    let reference = ImageReference { digest: None, ..reference }.to_string();
    Ok(Source::Registry(RegistryImage { reference, digest, platforms: Vec::new() }))
}

/// What a registry said of an image: digests, and something to start.
pub(super) fn platforms(platforms: &[Platform]) -> Result<(), ServiceError> {
    if !(1..=MAX_PLATFORMS).contains(&platforms.len()) {
        return Err(errors::number_of_platforms(MAX_PLATFORMS));
    }
    for (position, platform) in platforms.iter().enumerate() {
        let architecture = &platform.architecture;
        if !ARCHITECTURES.contains(&architecture.as_str()) {
            return Err(errors::unknown_platform(architecture, ARCHITECTURES));
        }
        if platforms[..position].iter().any(|other| other.architecture == *architecture) {
            return Err(errors::platform_given_twice(architecture));
        }
        if !is_sha256(&platform.digest) {
            return Err(errors::image_source(&platform.digest));
        }
    }
    Ok(())
}
