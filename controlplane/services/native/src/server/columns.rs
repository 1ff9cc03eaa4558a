use super::Server;
use controlplane_services_kernel::{Column, Reader, Tabular};
use serde_json::{Value, json};

impl Tabular for Server {
    const PLURAL: &'static str = "servers";

    fn columns() -> &'static [Column] {
        const {
            &[
                Column::new("NUMBER"),
                Column::new("NAME"),
                Column::new("ADDRESS"),
                Column::new("AWS-ADDRESS"),
                Column::new("JOINED"),
                Column::new("CLOCK"),
            ]
        }
    }

    fn cells(&self, _: &str, _: &Reader) -> Vec<String> {
        vec![
            self.number.to_string(),
            self.name.clone(),
            self.grpc_address.clone(),
            self.aws_address.clone(),
            self.joined_at.to_iso8601(),
            self.clock_off_ms.map_or_else(|| "right".to_owned(), |off| format!("{off:+} ms")),
        ]
    }

    fn name(&self, _: &str) -> String {
        self.name.clone()
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({
            "number": self.number,
            "address": self.grpc_address,
            "awsAddress": self.aws_address,
            "joinedAt": self.joined_at.to_iso8601(),
            "clockOffMs": self.clock_off_ms,
            "votes": self.votes,
        })
    }
}
