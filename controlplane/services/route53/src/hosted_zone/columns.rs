use super::HostedZone;
use crate::accelerated_recovery::HostedZoneFeatures;
use crate::vpc_association::{AssociatedVpc, VpcNamed};
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for HostedZone {
    const PLURAL: &'static str = "hosted_zones";
    const SHORT_NAMES: &'static [&'static str] = &["zone", "zones", "hz"];

    fn columns() -> &'static [Column] {
        const COLUMNS: &[Column] = &[
            Column::new("NAME"),
            Column::new("ID"),
            Column::new("RECORDS"),
            Column::new("VPCS"),
            Column::new("COMMENT"),
            Column::wide("NAME-SERVERS"),
        ];
        COLUMNS
    }

    fn cells(&self, id: &str, reader: &Reader) -> Vec<String> {
        vec![
            self.name.clone(),
            id.to_owned(),
            Self::record_set_count(id, reader).to_string(),
            self.vpcs().iter().map(|vpc| vpc.id.as_str()).collect::<Vec<_>>().join(","),
            self.comment.clone().unwrap_or_default(),
            self.name_servers.join(","),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.trim_end_matches('.').to_owned()
    }

    /// Of the VPCs those of the region that is looked from, as a manifest names them.
    fn spec(&self, _: &str, reader: &Reader) -> Value {
        let region = reader.caller.region.to_string();
        let named = |vpcs: &Vec<AssociatedVpc>| -> Vec<Value> {
            let here = vpcs.iter().filter(|vpc| vpc.region == region);
            here.map(|vpc| json!({"vpcId": vpc.id})).collect()
        };
        json!({
            "name": self.name, "comment": self.comment, "delegationSetId": self.delegation_set_id,
            "vpcs": self.vpcs.as_ref().map(named), "enableAcceleratedRecovery": self.accelerated_recovery,
        })
    }

    fn status(&self, id: &str, reader: &Reader) -> Value {
        let features = HostedZoneFeatures::of(self, reader).map(|features| {
            json!({
                "acceleratedRecoveryStatus": features.status(),
                "failureReasons": features.failure_reason().map(|reason| json!({"acceleratedRecovery": reason})),
            })
        });
        json!({
            "hostedZoneId": id,
            "nameServers": self.name_servers,
            "resourceRecordSetCount": Self::record_set_count(id, reader),
            "vpcs": self.vpcs.as_ref().map(|vpcs| vpcs.iter().map(VpcNamed::from).collect::<Vec<_>>()),
            "features": features,
            "createdAt": self.created_at.to_iso8601(),
        })
    }
}
