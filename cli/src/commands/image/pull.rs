use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use crate::registries::RegistryFlags;
use agent::registry::{Registry, RegistryError, RemoteImage, Resolved};
use clap::Args;
use controlplane_proto::api::{PulledPlatform, RegisterPulledImageRequest};
use controlplane_raft::TokioRuntime;
use controlplane_types::ImageReference;

/// Take in an image from an OCI registry
///
/// The reference is resolved to digests now; nodes fetch these bytes from the registry, each for its own architecture,
/// when they need them, and with the credentials that their agents have.
///
/// Example: hearth image pull nginx:1.27 --name web
#[derive(Args, Debug)]
pub(crate) struct Pull {
    /// The image: `nginx:1.27`, `HOST:PORT/REPOSITORY:TAG`, `REPOSITORY@sha256:...`
    reference: ImageReference,
    /// Name of the image [default: the reference]
    #[arg(long)]
    name: Option<String>,
    /// What people should know about it
    #[arg(long, default_value = "")]
    description: String,
    /// Pull it for this platform, and fail if there is none [default: linux/amd64 and linux/arm64, as far as there are]
    #[arg(long = "platform", value_name = "OS/ARCHITECTURE", value_parser = architecture)]
    platforms: Vec<String>,
    #[command(flatten)]
    registries: RegistryFlags,
}

/// `linux/arm64` or `arm64`.
fn architecture(text: &str) -> Result<String, String> {
    match text.strip_prefix("linux/").unwrap_or(text) {
        known @ ("amd64" | "arm64") => Ok(known.to_owned()),
        _ => Err("it is linux/amd64 or linux/arm64".to_owned()),
    }
}

impl Pull {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let resolved = self.resolve().await?;
        let name = self.name.clone().unwrap_or_else(|| familiar(&self.reference));
        let reference = resolved.reference.to_string();
        let architectures: Vec<String> =
            resolved.platforms.iter().map(|it| format!("linux/{}", it.configuration.architecture)).collect();
        let request = RegisterPulledImageRequest {
            name: name.clone(),
            description: self.description,
            reference: reference.clone(),
            platforms: resolved.platforms.into_iter().map(platform).collect(),
        };
        let mut client = target.connect().await?;
        let response = client.register_pulled_image(request).await?.into_inner();
        output::write(&format!(
            "image/{name} created  {}\n{reference} for {}\n",
            response.image_id,
            architectures.join(", ")
        ))
    }

    async fn resolve(&self) -> Result<Resolved, CliError> {
        let registry = Registry::new(self.registries.personal_settings(), TokioRuntime::current());
        let spinner = output::spinner(format!("asking for {}", self.reference));
        let mut wanted = self.platforms.clone();
        wanted.sort();
        wanted.dedup();
        let resolved = registry.resolve(&self.reference, &wanted).await;
        spinner.finish_and_clear();
        resolved.map_err(|error| {
            let told = CliError::failed(format!("{} cannot be pulled", self.reference), &error);
            match error {
                RegistryError::Denied { .. } => {
                    told.with_hint("--registry-config FILE names a file with credentials")
                }
                RegistryError::Unknown { .. } => told.with_kind(Kind::NotFound),
                RegistryError::Forbidden { .. } => told.with_kind(Kind::Refused),
                _ => told,
            }
        })
    }
}

/// As people write it, and short enough for a name: without what goes without saying, digests cut.
fn familiar(reference: &ImageReference) -> String {
    const SHORT: usize = "sha256:".len() + 12;
    let registry = if reference.registry == "docker.io" { "" } else { &reference.registry };
    let repository = match registry {
        "" => reference.repository.strip_prefix("library/").unwrap_or(&reference.repository).to_owned(),
        registry => format!("{registry}/{}", reference.repository),
    };
    match (&reference.tag, &reference.digest) {
        (Some(tag), _) => format!("{repository}:{tag}"),
        (None, Some(digest)) => format!("{repository}@{}", digest.get(..SHORT).unwrap_or(digest)),
        (None, None) => repository,
    }
}

fn platform(image: RemoteImage) -> PulledPlatform {
    let RemoteImage { digest, configuration, size_bytes, .. } = image;
    PulledPlatform {
        architecture: configuration.architecture,
        digest,
        size_bytes,
        command: configuration.command,
        environment: configuration.environment,
        working_directory: configuration.working_directory,
        user: configuration.user,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_people_would_type() {
        let digest = format!("sha256:{}", "0123456789abcdef".repeat(4));
        for (reference, name) in [
            ("nginx".to_owned(), "nginx:latest"),
            ("docker.io/grafana/grafana:11".to_owned(), "grafana/grafana:11"),
            ("localhost:5000/app:2".to_owned(), "localhost:5000/app:2"),
            (format!("quay.io/a/b@{digest}"), "quay.io/a/b@sha256:0123456789ab"),
            (format!("nginx:1@{digest}"), "nginx:1"),
        ] {
            assert_eq!(familiar(&reference.parse().unwrap()), name);
        }
    }
}
