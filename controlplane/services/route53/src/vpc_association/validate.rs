use super::{AssociatedVpc, VpcAssociationAuthorization, VpcNamed};
use crate::hosted_zone::{HostedZone, OF_VPC};
use crate::{errors, page};
use controlplane_services_ec2::vpc::Vpc;
use controlplane_services_kernel::{Reader, Record, ServiceError};
use controlplane_types::{Key, Scope};

/// Why a VPC is not the caller's to use.
#[derive(Debug)]
pub(crate) enum Foreign {
    /// The request does not name one.
    Unnamed(ServiceError),
    /// There is none of this id.
    Unknown(String),
    /// It is somebody else's.
    OfAnother(String),
}

impl Foreign {
    /// What is said where nobody could have authorized it.
    pub(crate) fn unusable(self) -> ServiceError {
        match self {
            Self::Unnamed(error) => error,
            Self::Unknown(id) | Self::OfAnother(id) => errors::invalid_vpc_id(&id),
        }
    }

    /// What is said where somebody could have.
    pub(super) fn unauthorized(self, zone: &str) -> ServiceError {
        match self {
            Self::OfAnother(id) => errors::not_authorized(&id, zone),
            other => other.unusable(),
        }
    }
}

/// The id and region that a request names.
pub(super) fn named(vpc: &VpcNamed) -> Result<(&str, &str), ServiceError> {
    let given = |member: &str, value: &Option<String>| match value {
        Some(value) if !value.is_empty() => Ok(()),
        _ => Err(errors::invalid_input(format!("VPC.{member} is required."))),
    };
    given("VPCId", &vpc.id)?;
    given("VPCRegion", &vpc.region)?;
    Ok((vpc.id.as_deref().unwrap_or_default(), vpc.region.as_deref().unwrap_or_default()))
}

/// The VPC that a request names, if it is the caller's.
pub(crate) fn own(vpc: &VpcNamed, cx: &Reader) -> Result<AssociatedVpc, Foreign> {
    let (id, region) = named(vpc).map_err(Foreign::Unnamed)?;
    let (account, scope) = (cx.caller.account.clone(), Scope::Region(region.into()));
    if cx.view.get::<Vpc>(&Key::new(&account, &scope, Vpc::KIND, id)).is_some() {
        let (id, region) = (id.to_owned(), region.to_owned());
        return Ok(AssociatedVpc { id, region, account: account.to_string() });
    }
    let of_another = cx.view.all::<Vpc>().any(|found| found.key.id() == id && found.key.scope() == scope);
    Err(if of_another { Foreign::OfAnother(id.to_owned()) } else { Foreign::Unknown(id.to_owned()) })
}

/// In order, each once.
pub(crate) fn ordered(vpcs: &[AssociatedVpc]) -> Vec<AssociatedVpc> {
    let mut vpcs = vpcs.to_vec();
    vpcs.sort();
    vpcs.dedup();
    vpcs
}

/// A VPC has at most one private zone of a name, whoever owns it; parents and children of it are welcome.
pub(crate) fn no_conflict(name: &str, vpc: &AssociatedVpc, cx: &Reader) -> Result<(), ServiceError> {
    let mut zones = cx.view.find::<HostedZone>(OF_VPC, &vpc.id);
    match zones.find(|zone| zone.name == name && zone.vpcs().contains(vpc)) {
        None => Ok(()),
        Some(other) => Err(errors::conflicting_private_domain(&vpc.id, &vpc.region, other.key.id(), name)),
    }
}

/// The key of the zone that `vpc` of the caller's may be associated with: the caller's own, or one whose owner
/// authorized it.
pub(super) fn open_zone(id: &str, vpc: &AssociatedVpc, cx: &Reader) -> Result<Key, ServiceError> {
    let own = cx.key::<HostedZone>(id);
    if cx.view.get::<HostedZone>(&own).is_some() {
        return Ok(own);
    }
    let authorized = VpcAssociationAuthorization::of_vpc(vpc, cx).find(|found| found.zone_id == id);
    if let Some(found) = authorized {
        return Ok(Key::new(&found.key.account(), &Scope::Global, HostedZone::KIND, id));
    }
    match cx.view.all::<HostedZone>().any(|zone| zone.key.id() == id) {
        true => Err(errors::not_authorized(&vpc.id, id)),
        false => Err(errors::no_such_hosted_zone(id)),
    }
}

/// The key of the zone that a VPC may be taken from: the caller's own, or one that a VPC of the caller's is associated
/// with.
pub(super) fn shared_zone(id: &str, vpc: (&str, &str), cx: &Reader) -> Result<Key, ServiceError> {
    let own = cx.key::<HostedZone>(id);
    if cx.view.get::<HostedZone>(&own).is_some() {
        return Ok(own);
    }
    let caller = cx.caller.account.to_string();
    let theirs =
        |other: &AssociatedVpc| other.account == caller && (other.id.as_str(), other.region.as_str()) == vpc;
    let mut zones = cx.view.find::<HostedZone>(OF_VPC, vpc.0);
    let found = zones.find(|zone| zone.key.id() == id && zone.vpcs().iter().any(theirs));
    found.map(|zone| zone.key.clone()).ok_or_else(|| errors::no_such_hosted_zone(id))
}

/// A private zone of the caller's.
pub(super) fn private_zone<'i>(id: &'i str, cx: &Reader) -> Result<&'i str, ServiceError> {
    let id = page::bare_id(id, "hostedzone");
    let zone = cx.get::<HostedZone>(id).ok_or_else(|| errors::no_such_hosted_zone(id))?;
    if !zone.is_private() {
        return Err(errors::invalid_input(format!(
            "The hosted zone {id} is public: nobody needs authorization."
        )));
    }
    Ok(id)
}
