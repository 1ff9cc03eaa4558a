//! The services of this region, one line each.

use controlplane_services_kernel::{KindEntry, Service};

/// Every service.
pub static SERVICES: &[&Service] = &[
    &controlplane_services_native::SERVICE,
    &controlplane_services_iam::SERVICE,
    &controlplane_services_sts::SERVICE,
    &controlplane_services_account::SERVICE,
    &controlplane_services_cloudtrail::SERVICE,
    &controlplane_services_kms::SERVICE,
    &controlplane_services_servicequotas::SERVICE,
    &controlplane_services_tag::SERVICE,
    &controlplane_services_ec2::SERVICE,
    &controlplane_services_autoscaling::SERVICE,
    &controlplane_services_route53::SERVICE,
    &crate::bench::SERVICE,
];

/// Name of the service that owns a kind.
pub fn service_of(kind: &KindEntry) -> &'static str {
    let owns = |service: &&&Service| service.kinds.iter().any(|one| one.name == kind.name);
    SERVICES.iter().find(owns).map_or("", |service| service.name)
}

/// The kind people mean by `text`: its name, plural or a short name.
pub fn kind(text: &str) -> Option<(&'static Service, &'static KindEntry)> {
    let kinds = SERVICES.iter().flat_map(|service| service.kinds.iter().map(move |kind| (*service, kind)));
    kinds.filter(|(_, kind)| kind.table.is_some()).find(|(_, kind)| {
        let table = kind.table.as_ref();
        controlplane_services_kernel::manifest::kind_matches(kind.name, text)
            || table.is_some_and(|table| {
                controlplane_services_kernel::manifest::kind_matches(table.plural, text)
                    || table.short_names.contains(&text)
            })
    })
}
