use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::instance_type::{self, InstanceType};
use crate::page::Listing;
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use controlplane_services_native::region::Zone;
use controlplane_services_native::{Node, Region};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypeOfferings.html>
///
/// A type is offered where a node could take it if nothing else were there, which is when a launch is not refused at once.
/// A zone without nodes offers every type: nodes may come.
pub(crate) struct DescribeInstanceTypeOfferings;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInstanceTypeOfferingsInput {
    pub(crate) location_type: Option<String>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInstanceTypeOfferingsInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstanceTypeOfferingsOutput {
    pub(crate) instance_type_offerings: Vec<Offering>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

/// A type at a place.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Offering {
    pub(crate) instance_type: &'static str,
    pub(crate) location_type: &'static str,
    pub(crate) location: String,
    /// What pages count by.
    #[serde(skip)]
    position: String,
}

impl Described for Offering {
    const FILTERS: &'static [Field<Self>] =
        &[("instance-type", |shown| one(shown.instance_type)), ("location", |shown| one(&shown.location))];

    fn id(&self) -> &str {
        &self.position
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

/// A place, and what its nodes offer.
struct Place {
    kind: &'static str,
    name: String,
    /// Of each node: processors, thousandths of a processor, MiB of memory. Without nodes everything fits.
    zones: Vec<Vec<(u32, u64, u64)>>,
}

impl Place {
    fn offers(&self, size: &InstanceType) -> bool {
        let fits = |&(vcpus, cpu_millis, memory_mib): &(u32, u64, u64)| {
            vcpus >= size.vcpus && cpu_millis >= size.cpu_millis && memory_mib >= size.memory_mib
        };
        self.zones.iter().any(|nodes| nodes.is_empty() || nodes.iter().any(fits))
    }

    fn offering(&self, size: &'static InstanceType) -> Offering {
        Offering {
            instance_type: &size.name,
            location_type: self.kind,
            location: self.name.clone(),
            position: format!("{}/{}", size.name, self.name),
        }
    }
}

impl Query for DescribeInstanceTypeOfferings {
    const NAME: &'static str = "DescribeInstanceTypeOfferings";
    type Input = DescribeInstanceTypeOfferingsInput;
    type Output = DescribeInstanceTypeOfferingsOutput;

    fn run(
        input: &DescribeInstanceTypeOfferingsInput,
        cx: &Reader,
    ) -> Result<DescribeInstanceTypeOfferingsOutput, ServiceError> {
        let filters = Filters::<Offering>::read(input.filters.as_deref())?;
        let places = places(input.location_type.as_deref().unwrap_or("region"), cx)?;
        let offered = instance_type::all().iter().flat_map(|size| {
            let places = places.iter().filter(move |place| place.offers(size));
            places.map(move |place| place.offering(size))
        });
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let accepted = offered.filter(|shown| filters.accept(shown));
        let (instance_type_offerings, next_token) =
            listing.cut("instance_type_offering", accepted, |shown| shown.position.clone())?;
        Ok(DescribeInstanceTypeOfferingsOutput { instance_type_offerings, next_token })
    }
}

fn places(location_type: &str, cx: &Reader) -> Result<Vec<Place>, ServiceError> {
    let region = Region::current(cx)?;
    let nodes = |zone: &Zone| nodes(zone, cx);
    let each = |kind, name: fn(&Zone) -> String| {
        let place = |zone| Place { kind, name: name(zone), zones: vec![nodes(zone)] };
        region.zones.iter().map(place).collect()
    };
    Ok(match location_type {
        "region" => {
            let zones = region.zones.iter().map(nodes).collect();
            vec![Place { kind: "region", name: region.name.to_string(), zones }]
        }
        "availability-zone" => each("availability-zone", |zone| zone.name.to_string()),
        "availability-zone-id" => each("availability-zone-id", |zone| zone.id.clone()),
        other => return Err(errors::location_type_not_served(other)),
    })
}

fn nodes(zone: &Zone, cx: &Reader) -> Vec<(u32, u64, u64)> {
    let nodes = Node::all(&cx.view, &cx.caller.region).filter(|node| node.zone == zone.name);
    let sized = nodes.map(|node| {
        let offered = node.capacity.allocatable();
        (node.capacity.vcpus, offered.cpu_millis, offered.memory_mib)
    });
    sized.collect()
}
