//! The services this program speaks, each read on first use.
//!
//! A service that is spoken in two protocols (Resource Groups Tagging: by some SDKs in JSON, by others in CBOR) is two
//! [`Service`]s. So whoever has a service also knows the protocol of the request at hand, and nobody has to carry it beside.

use super::{Service, load};
use std::sync::LazyLock;

/// One line per service: its folder name in the public definitions, its model and its overlay.
macro_rules! embedded {
    ($($name:literal,)*) => {
        static SERVICES: LazyLock<Vec<(Service, Option<Service>)>> = LazyLock::new(|| vec![$(
            read($name, include_str!(concat!("../../models/", $name, ".json")),
                include_str!(concat!("../../models/neutral/", $name, ".json"))),
        )*]);
    };
}

embedded! {
    "account",
    "autoscaling",
    "cloudtrail",
    "ec2",
    "iam",
    "kms",
    "route53",
    "servicequotas",
    "sts",
    "tag",
}

#[allow(clippy::panic)]
fn read(name: &'static str, model: &str, overlay: &str) -> (Service, Option<Service>) {
    load::load(name, model, overlay).unwrap_or_else(|error| panic!("embedded model {name}: {error}"))
}

/// All services, each in its first protocol.
pub fn services() -> impl ExactSizeIterator<Item = &'static Service> {
    SERVICES.iter().map(|(service, _)| service)
}

/// Every service in every protocol it is spoken in.
pub fn spoken() -> impl Iterator<Item = &'static Service> {
    SERVICES.iter().flat_map(|(first, second)| std::iter::once(first).chain(second))
}

/// The same service as it is spoken in CBOR, if it is.
pub(crate) fn in_cbor(service: &Service) -> Option<&'static Service> {
    let found = SERVICES.iter().find(|(first, _)| first.name() == service.name());
    found.and_then(|(_, second)| second.as_ref())
}

/// The service in a credential scope.
pub fn by_signing_name(name: &str) -> Option<&'static Service> {
    services().find(|service| service.signing_name() == name)
}

/// The service by our name for it, which is its prefix in policies: mostly AWS's folder name too, and our crate's.
pub fn by_name(name: &str) -> Option<&'static Service> {
    services().find(|service| service.name() == name)
}

/// The service whose host this is: `ec2.us-east-1.localhost:4566`, `route53.amazonaws.com`.
pub fn by_endpoint(host: &str) -> Option<&'static Service> {
    let first = host.split(['.', ':']).next()?;
    services().find(|service| first.eq_ignore_ascii_case(service.endpoint_prefix()))
}

/// The service of an API version: the `Version` parameter, or the first path segment of a REST call.
pub fn by_version(version: &str) -> Option<&'static Service> {
    services().find(|service| service.api_version() == version)
}

/// The service that a prefix in `X-Amz-Target`, or in a path of Smithy's RPC, belongs to.
pub fn by_target(prefix: &str) -> Option<&'static Service> {
    services().find(|service| service.is_target(prefix))
}
