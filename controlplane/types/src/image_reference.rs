//! What people write to name an image in a registry, in the one form that the log, the agents and the registries
//! understand.
//!
//! People write `nginx`; registries know `library/nginx` at `registry-1.docker.io` by the tag `latest`. The rules are
//! those of <https://pkg.go.dev/github.com/distribution/reference>, which every container tool follows: the first part is
//! a host only if it has a dot, a port or is `localhost`; without a host the Docker Hub is meant.
//!
//! What readers get wrong: a reference with a digest names bytes, one with only a tag names whatever somebody pushed
//! last. Only the first kind may reach a machine.

use std::fmt;
use std::str::FromStr;

/// The host people mean when they name none.
const DOCKER_HUB: &str = "docker.io";
/// Another name that it has gone by.
const DOCKER_HUB_INDEX: &str = "index.docker.io";
const MAX_REPOSITORY: usize = 255;
const MAX_TAG: usize = 128;

/// A reference in full, for instance `docker.io/library/nginx:1.27`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageReference {
    /// Host, with a port where one was given.
    pub registry: String,
    /// The repository in it.
    pub repository: String,
    /// Absent if only a digest was given.
    pub tag: Option<String>,
    /// `sha256:` and 64 hexadecimal digits.
    pub digest: Option<String>,
}

/// The part of a reference that breaks a rule, and the rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("image reference {reference:?}: {rule}")]
pub struct ReferenceError {
    /// As given.
    pub reference: String,
    /// What it has to be.
    pub rule: &'static str,
}

impl ImageReference {
    /// The same repository, by digest and without a tag: names bytes and nothing else.
    pub fn with_digest(&self, digest: &str) -> Self {
        Self { tag: None, digest: Some(digest.to_owned()), ..self.clone() }
    }

    /// Where the registry's API answers: the Docker Hub's is not at the Docker Hub's name.
    pub fn api_host(&self) -> &str {
        if self.registry == DOCKER_HUB { "registry-1.docker.io" } else { &self.registry }
    }
}

impl fmt::Display for ImageReference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        self.digest.iter().try_for_each(|digest| write!(f, "@{digest}"))
    }
}

impl FromStr for ImageReference {
    type Err = ReferenceError;

    fn from_str(text: &str) -> Result<Self, ReferenceError> {
        parse(text).map_err(|rule| ReferenceError { reference: text.to_owned(), rule })
    }
}

fn parse(text: &str) -> Result<ImageReference, &'static str> {
    let (named, digest) = match text.split_once('@') {
        Some((named, digest)) => (named, Some(digest)),
        None => (text, None),
    };
    if digest.is_some_and(|digest| !is_sha256(digest)) {
        return Err("the digest is sha256: and 64 lower-case hexadecimal digits");
    }
    // A colon behind the last slash begins a tag; one before it, a port.
    let last_part = named.rfind('/').map_or(0, |slash| slash + 1);
    let (path, tag) = match named[last_part..].find(':') {
        Some(colon) => (&named[..last_part + colon], Some(&named[last_part + colon + 1..])),
        None => (named, None),
    };
    if tag.is_some_and(|tag| !is_tag(tag)) {
        return Err(
            "a tag has 1 to 128 letters, digits, '_', '.' or '-' and begins with none of the last two",
        );
    }
    let (registry, repository) = host_and_repository(path)?;
    let tag = if tag.is_none() && digest.is_none() { Some("latest") } else { tag };
    Ok(ImageReference {
        registry,
        repository,
        tag: tag.map(str::to_owned),
        digest: digest.map(str::to_owned),
    })
}

fn host_and_repository(path: &str) -> Result<(String, String), &'static str> {
    let looks_like_a_host = |part: &str| part.contains(['.', ':']) || part == "localhost";
    let (host, repository) = match path.split_once('/') {
        Some((host, rest)) if looks_like_a_host(host) => (host, rest),
        _ => (DOCKER_HUB, path),
    };
    if !is_host(host) {
        return Err("the registry is a host name or an address, with :PORT if it has one");
    }
    let registry = if host == DOCKER_HUB_INDEX { DOCKER_HUB } else { host }.to_ascii_lowercase();
    let repository = match repository.contains('/') || registry != DOCKER_HUB {
        true => repository.to_owned(),
        false => format!("library/{repository}"),
    };
    if repository.len() > MAX_REPOSITORY || !repository.split('/').all(is_component) {
        return Err(
            "a repository is lower-case letters and digits, parted by '/', '.', '_', '__' or '-', 255 at most",
        );
    }
    Ok((registry, repository))
}

/// `sha256:` and 64 lower-case hexadecimal digits.
pub fn is_sha256(digest: &str) -> bool {
    let hex = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    digest.strip_prefix("sha256:").is_some_and(|digits| digits.len() == 64 && digits.bytes().all(hex))
}

fn is_tag(tag: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-".contains(&byte);
    (1..=MAX_TAG).contains(&tag.len()) && !tag.starts_with(['.', '-']) && tag.bytes().all(legal)
}

fn is_component(part: &str) -> bool {
    let alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let pieces = part.split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit());
    let separators = pieces.filter(|piece| !piece.is_empty());
    let ends_well = |byte: Option<u8>| byte.is_some_and(alphanumeric);
    ends_well(part.bytes().next())
        && ends_well(part.bytes().last())
        && separators
            .into_iter()
            .all(|it| matches!(it, "." | "_" | "__") || it.bytes().all(|byte| byte == b'-'))
}

fn is_host(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_fits = port.is_none_or(|port| !port.starts_with(['0', '+']) && port.parse::<u16>().is_ok());
    let in_brackets = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
    port_fits
        && match in_brackets {
            Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
            None => name.len() <= 253 && name.split('.').all(is_label),
        }
}

fn is_label(label: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    (1..=63).contains(&label.len())
        && label.bytes().all(legal)
        && !label.starts_with('-')
        && !label.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

    #[test]
    fn what_people_write_becomes_whole() {
        for (written, whole) in [
            ("nginx", "docker.io/library/nginx:latest"),
            ("nginx:1.27", "docker.io/library/nginx:1.27"),
            ("grafana/grafana", "docker.io/grafana/grafana:latest"),
            ("docker.io/nginx", "docker.io/library/nginx:latest"),
            ("index.docker.io/grafana/grafana:11", "docker.io/grafana/grafana:11"),
            ("ghcr.io/a/b/c:v1", "ghcr.io/a/b/c:v1"),
            ("localhost/app", "localhost/app:latest"),
            ("LOCALHOST:5000/app", "localhost:5000/app:latest"),
            ("registry:5000/app:2", "registry:5000/app:2"),
            ("127.0.0.1:5000/a__b/c--d.e_f", "127.0.0.1:5000/a__b/c--d.e_f:latest"),
            ("[::1]:5000/app", "[::1]:5000/app:latest"),
        ] {
            let parsed: ImageReference = written.parse().unwrap();
            assert_eq!(parsed.to_string(), whole, "{written}");
            assert_eq!(whole.parse::<ImageReference>(), Ok(parsed), "said again it is the same");
        }
    }

    #[test]
    fn digests_name_bytes() {
        let parsed: ImageReference = format!("quay.io/a/b@{DIGEST}").parse().unwrap();
        assert_eq!((parsed.tag.as_deref(), parsed.digest.as_deref()), (None, Some(DIGEST)));
        let both: ImageReference = format!("nginx:1.27@{DIGEST}").parse().unwrap();
        assert_eq!(both.to_string(), format!("docker.io/library/nginx:1.27@{DIGEST}"));
        assert_eq!(both.with_digest(DIGEST).to_string(), format!("docker.io/library/nginx@{DIGEST}"));
        assert_eq!((both.api_host(), parsed.api_host()), ("registry-1.docker.io", "quay.io"));
    }

    #[test]
    fn what_is_no_reference_is_refused() {
        for text in [
            "",
            "/",
            ":",
            "@",
            "nginx:",
            "nginx@",
            "Nginx",
            "nginx:la test",
            "a//b",
            "/nginx",
            "nginx/",
            "nginx@sha256:12",
            "nginx@md5:00",
            "nginx:.x",
            "-nginx",
            "nginx-",
            "a___b",
            "a..b",
            "a/../b",
            "host:0/x",
            "host:+1/x",
            "host:99999/x",
            "host:/x",
            "https://host/x",
            "user@host/x",
            "[::1/x",
            "[zz]:1/x",
            "ex..ample.org/x",
            "-a.org/x",
            "nginx\n",
            "nginx:1\0",
            "хост.рф/x",
        ] {
            assert!(text.parse::<ImageReference>().is_err(), "{text:?}");
        }
        assert!(format!("{}/x", "a".repeat(260)).parse::<ImageReference>().is_err());
        assert!(format!("nginx@{}", DIGEST.to_uppercase()).parse::<ImageReference>().is_err());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_read_without_panic_and_what_is_read_stays(text in "\\PC{0,80}") {
            if let Ok(reference) = text.parse::<ImageReference>() {
                proptest::prop_assert_eq!(reference.to_string().parse::<ImageReference>(), Ok(reference));
            }
        }
    }
}
