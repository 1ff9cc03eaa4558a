//! The services this program speaks, each read on first use.

use super::{Service, load};
use std::sync::LazyLock;

/// One line per service: its folder name in the public definitions, its model and its overlay.
macro_rules! embedded {
    ($($name:literal,)*) => {
        static SERVICES: LazyLock<Vec<Service>> = LazyLock::new(|| vec![$(
            read($name, include_str!(concat!("../../models/", $name, ".json")),
                include_str!(concat!("../../models/neutral/", $name, ".json"))),
        )*]);
    };
}

embedded! {
    "autoscaling",
    "ec2",
    "iam",
    "route53",
    "sts",
}

#[allow(clippy::panic)]
fn read(name: &'static str, model: &str, overlay: &str) -> Service {
    load::load(name, model, overlay).unwrap_or_else(|error| panic!("embedded model {name}: {error}"))
}

/// All services.
pub fn services() -> &'static [Service] {
    &SERVICES
}

/// The service in a credential scope.
pub fn by_signing_name(name: &str) -> Option<&'static Service> {
    services().iter().find(|service| service.signing_name() == name)
}

/// The service by AWS's folder name for it, which is also our crate's name.
pub fn by_name(name: &str) -> Option<&'static Service> {
    services().iter().find(|service| service.name() == name)
}

/// The service whose host this is: `ec2.us-east-1.localhost:4566`, `route53.amazonaws.com`.
pub fn by_endpoint(host: &str) -> Option<&'static Service> {
    let first = host.split(['.', ':']).next()?;
    services().iter().find(|service| first.eq_ignore_ascii_case(service.endpoint_prefix()))
}

/// The service of an API version: the `Version` parameter, or the first path segment of a REST call.
pub fn by_version(version: &str) -> Option<&'static Service> {
    services().iter().find(|service| service.api_version() == version)
}
