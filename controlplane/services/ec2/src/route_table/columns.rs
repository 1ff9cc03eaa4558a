use super::{Destination, RouteTable, Target, state_of};
use crate::tag;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Column, Owner, Reader, Record, Tabular};
use ipnet::IpNet;
use serde_json::{Value, json};

impl Tabular for RouteTable {
    const PLURAL: &'static str = "route_tables";
    const SHORT_NAMES: &'static [&'static str] = &["rtb"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("VPC"),
            Column::new("MAIN"),
            Column::new("ROUTES"),
            Column::new("SUBNETS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            tag::name(Self::KIND, id, reader),
            id.to_owned(),
            self.vpc_id.clone(),
            self.is_main().to_string(),
            self.routes.len().to_string(),
            self.subnet_ids().join(","),
        ]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        let routes: Vec<Value> =
            self.routes.iter().map(|route| route_spec(&route.destination, &route.target)).collect();
        json!({
            "vpcId": self.vpc_id,
            "routes": routes,
            "subnetIds": self.subnet_ids(),
            "tags": tag::map(id, reader),
        })
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        Some(Owner::of::<Vpc>(&self.vpc_id))
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let shown = |route: &super::Route| {
            let state = state_of(route, &self.vpc_id, reader).as_str();
            json!({"destination": route.destination.to_string(), "state": state})
        };
        let routes: Vec<Value> = self.routes.iter().map(shown).collect();
        json!({"routeTableId": id, "main": self.is_main(), "routes": routes})
    }
}

fn route_spec(destination: &Destination, target: &Target) -> Value {
    let field = match destination {
        Destination::Block(IpNet::V4(_)) => "destinationCidrBlock",
        Destination::Block(IpNet::V6(_)) => "destinationIpv6CidrBlock",
        Destination::PrefixList(_) => "destinationPrefixListId",
    };
    let destination = destination.to_string();
    match target {
        Target::InternetGateway(gateway) => json!({field: destination, "gatewayId": gateway}),
        Target::NetworkInterface(interface) => json!({field: destination, "networkInterfaceId": interface}),
    }
}
