use controlplane_services_kernel::{Reader, Record, Stored};
use minicbor::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// A VPC that a zone answers in.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct AssociatedVpc {
    /// `vpc-...`.
    #[n(0)]
    pub id: String,
    /// Where it is.
    #[n(1)]
    pub region: String,
    /// Whose it is.
    #[n(2)]
    pub account: String,
}

/// A VPC as requests and answers name it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct VpcNamed {
    #[serde(rename = "VPCRegion", skip_serializing_if = "Option::is_none", default)]
    pub(super) region: Option<String>,
    #[serde(rename = "VPCId", skip_serializing_if = "Option::is_none", default)]
    pub(super) id: Option<String>,
}

impl VpcNamed {
    pub(super) fn new(id: &str, region: &str) -> Self {
        Self { region: Some(region.to_owned()), id: Some(id.to_owned()) }
    }
}

impl From<&AssociatedVpc> for VpcNamed {
    fn from(vpc: &AssociatedVpc) -> Self {
        Self::new(&vpc.id, &vpc.region)
    }
}

/// That the owner of a VPC may associate it with a zone of another account. Of the zone's account; id: zone, region and
/// VPC.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct VpcAssociationAuthorization {
    /// The zone.
    #[n(0)]
    pub zone_id: String,
    /// `vpc-...`.
    #[n(1)]
    pub vpc_id: String,
    /// Where it is.
    #[n(2)]
    pub vpc_region: String,
}

/// Index: authorizations of a VPC, over all accounts.
const AUTHORIZES_VPC: &str = "authorizes_vpc";

impl Record for VpcAssociationAuthorization {
    const KIND: &'static str = "vpc_association_authorization";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(AUTHORIZES_VPC, &self.vpc_id);
    }
}

impl VpcAssociationAuthorization {
    /// Its id.
    pub(super) fn id(&self) -> String {
        format!("{}.{}.{}", self.zone_id, self.vpc_region, self.vpc_id)
    }

    /// How AWS shows it.
    pub(super) fn shown(&self) -> VpcNamed {
        VpcNamed::new(&self.vpc_id, &self.vpc_region)
    }

    /// Those of a zone of the caller's, in the order of their ids.
    pub(super) fn of_zone<'r>(
        zone_id: &str,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let zone_id = zone_id.to_owned();
        reader.list_from::<Self>(&format!("{zone_id}.")).take_while(move |found| found.zone_id == zone_id)
    }

    /// Those of a VPC, whoever gave them.
    pub(super) fn of_vpc<'r>(
        vpc: &AssociatedVpc,
        reader: &'r Reader,
    ) -> impl Iterator<Item = Stored<'r, Self>> + use<'r> {
        let region = vpc.region.clone();
        let found = reader.view.find::<Self>(AUTHORIZES_VPC, &vpc.id);
        found.filter(move |found| found.vpc_region == region)
    }
}
