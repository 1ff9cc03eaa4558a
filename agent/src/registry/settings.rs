//! What an operator says about registries.

use super::RegistryError;
use controlplane_types::ImageReference;
use http::Uri;
use http::uri::Scheme;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// How registries are reached.
#[derive(Clone, Debug, Default)]
pub struct RegistrySettings {
    /// A file as container tools keep it, `{"auths": {HOST: {"auth": BASE64}}}`. Read for each pull, so that a password
    /// may change without a restart.
    pub credentials: Option<PathBuf>,
    /// Asked before the registries they mirror, in this order.
    pub mirrors: Vec<Mirror>,
    /// Hosts (with their ports) spoken to without TLS; loopback always may be.
    pub plain_http: BTreeSet<String>,
}

/// Another place for what a registry holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    /// The registry, as references name it: `docker.io`.
    pub registry: String,
    /// Where its mirror answers.
    pub place: Place,
}

/// Where a registry's API answers: what stands before `/v2/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Without TLS.
    pub plain: bool,
    /// Host, with a port where it has one.
    pub host: String,
    /// Begins with a slash, or is empty.
    pub prefix: String,
}

impl Place {
    /// The URL of something in it.
    pub(super) fn url(&self, path: &str) -> Result<Uri, RegistryError> {
        let scheme = if self.plain { "http" } else { "https" };
        let text = format!("{scheme}://{}{}/v2/{path}", self.host, self.prefix);
        text.parse().map_err(|_| RegistryError::Settings(format!("{text}: not a URL")))
    }
}

impl RegistrySettings {
    /// Everywhere the contents of `reference` may be found, in the order in which to ask.
    pub(super) fn places(&self, reference: &ImageReference) -> Vec<Place> {
        let host = reference.api_host();
        let itself = Place { plain: self.may_be_plain(host), host: host.to_owned(), prefix: String::new() };
        let mirrors = self.mirrors.iter().filter(|mirror| mirror.registry == reference.registry);
        mirrors.map(|mirror| mirror.place.clone()).chain([itself]).collect()
    }

    /// Whether `host` (with its port) is spoken to without TLS.
    pub(super) fn may_be_plain(&self, host: &str) -> bool {
        is_loopback(host) || self.plain_http.contains(host) || self.is_plain_mirror(host)
    }

    fn is_plain_mirror(&self, host: &str) -> bool {
        self.mirrors.iter().any(|mirror| mirror.place.plain && mirror.place.host == host)
    }
}

/// `localhost`, `127.x.y.z` or `[::1]`, with or without a port.
pub(super) fn is_loopback(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    };
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    name == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// `HOST=URL`. The URL's scheme is the operator's explicit wish, so `http://` is taken at its word.
impl FromStr for Mirror {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (registry, url) = text.split_once('=').ok_or("it must be HOST=URL")?;
        let as_reference = format!("{registry}/x/y").parse::<ImageReference>();
        let registry = match as_reference {
            Ok(reference) if reference.repository == "x/y" => reference.registry,
            _ => return Err(format!("{registry:?} is not the name of a registry, like docker.io")),
        };
        let uri: Uri = url.parse().map_err(|error| format!("{url}: {error}"))?;
        let plain = match uri.scheme() {
            Some(scheme) if *scheme == Scheme::HTTPS => false,
            Some(scheme) if *scheme == Scheme::HTTP => true,
            _ => return Err(format!("{url}: it must begin with https:// or http://")),
        };
        let authority = uri.authority().map(|it| it.as_str().to_owned()).unwrap_or_default();
        if authority.contains('@') || uri.query().is_some() {
            return Err(format!("{url}: neither credentials nor a query belong there"));
        }
        let prefix = uri.path().trim_end_matches('/').trim_end_matches("/v2").to_owned();
        Ok(Self { registry, place: Place { plain, host: authority, prefix } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mirrors_are_read_and_asked_first() {
        let settings = RegistrySettings {
            mirrors: vec![
                "docker.io=https://mirror.example:8443/hub/v2/".parse().unwrap(),
                "quay.io=http://10.0.0.5:5000".parse().unwrap(),
            ],
            plain_http: BTreeSet::from(["10.0.0.6:5000".to_owned()]),
            ..RegistrySettings::default()
        };
        let urls = |reference: &str| -> Vec<String> {
            let reference: ImageReference = reference.parse().unwrap();
            settings.places(&reference).iter().map(|place| place.url("x").unwrap().to_string()).collect()
        };
        assert_eq!(
            urls("nginx"),
            ["https://mirror.example:8443/hub/v2/x", "https://registry-1.docker.io/v2/x"]
        );
        assert_eq!(urls("quay.io/a/b"), ["http://10.0.0.5:5000/v2/x", "https://quay.io/v2/x"]);
        assert_eq!(urls("10.0.0.6:5000/a"), ["http://10.0.0.6:5000/v2/x"]);
        assert_eq!(urls("10.0.0.6/a"), ["https://10.0.0.6/v2/x"], "another port is another registry");
        for loopback in ["localhost/a", "localhost:5000/a", "127.0.0.9:5000/a", "[::1]:5000/a"] {
            assert!(urls(loopback)[0].starts_with("http://"), "{loopback}");
        }
        assert!(urls("localhost.example.org/a")[0].starts_with("https://"));
    }

    #[test]
    fn what_is_no_mirror_is_refused() {
        for text in [
            "docker.io",
            "docker.io=",
            "docker.io=mirror",
            "docker.io=ftp://x",
            "=https://x",
            "a/b=https://x",
            "docker.io=https://user:secret@x",
            "docker.io=https://x/?a=b",
            "docker.io=/v2",
        ] {
            assert!(text.parse::<Mirror>().is_err(), "{text}");
        }
    }
}
