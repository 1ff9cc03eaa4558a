use super::InternetGateway;
use crate::tag;
use crate::vpc::Vpc;
use controlplane_services_kernel::{Column, Owner, Reader, Record, Tabular};
use serde_json::{Value, json};

impl Tabular for InternetGateway {
    const PLURAL: &'static str = "internet_gateways";
    const SHORT_NAMES: &'static [&'static str] = &["igw"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[Column::new("NAME"), Column::new("ID"), Column::new("VPC")];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![tag::name(Self::KIND, id, reader), id.to_owned(), self.vpc_id.clone().unwrap_or_default()]
    }

    fn spec(&self, id: &str, reader: &Reader) -> Value {
        json!({"vpcId": self.vpc_id, "tags": tag::map(id, reader)})
    }

    fn owner(&self, _: &Reader) -> Option<Owner> {
        self.vpc_id.as_deref().map(Owner::of::<Vpc>)
    }

    fn status(&self, id: &str, _: &Reader) -> Value {
        let state = if self.vpc_id.is_some() { "attached" } else { "detached" };
        json!({"internetGatewayId": id, "state": state})
    }
}
