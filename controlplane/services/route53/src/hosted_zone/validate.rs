use super::HostedZone;
use crate::{errors, page};
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::dns::Name;

/// The zone with this id, given with or without `/hostedzone/`.
pub fn existing<'r>(id: &'r str, reader: &'r Reader) -> Result<(&'r str, &'r HostedZone), ServiceError> {
    let id = page::bare_id(id, "hostedzone");
    reader.get::<HostedZone>(id).map(|zone| (id, zone)).ok_or_else(|| errors::no_such_hosted_zone(id))
}

/// The same for what only public zones are, `what` they then are.
pub fn existing_public<'r>(
    id: &'r str,
    what: &str,
    reader: &'r Reader,
) -> Result<(&'r str, &'r HostedZone), ServiceError> {
    let (id, zone) = existing(id, reader)?;
    match zone.is_private() {
        true => Err(errors::not_for_private_zones(id, what)),
        false => Ok((id, zone)),
    }
}

/// A name a zone may have.
pub(super) fn zone_name(text: &str) -> Result<Name, ServiceError> {
    let name = Name::parse(text).map_err(|error| errors::invalid_domain_name(text, error.text()))?;
    if name.labels().count() < 2 {
        return Err(errors::invalid_domain_name(text, "there is no hosted zone for a top-level domain"));
    }
    if name.labels().next().is_some_and(|label| label.contains(&b'*')) {
        return Err(errors::invalid_domain_name(text, "the leftmost label cannot contain a '*'"));
    }
    Ok(name)
}
