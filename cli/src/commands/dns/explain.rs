use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::{ExplainAnswerRequest, ExplainAnswerResponse};

/// Say what a query would be answered, and why: zone, rules, members, their health and where the client is
///
/// A DNS server that serves is asked; health and places are its own. Weighted choices are drawn for each answer: one draw is shown.
///
/// Example: hearth dns explain www.example.com A --client 198.51.100.0/24
#[derive(Args, Debug)]
pub(crate) struct Explain {
    /// The name asked for
    name: String,
    /// The type of record
    #[arg(value_name = "TYPE", default_value = "A")]
    kind: String,
    /// Who asks: an address, or ADDRESS/LENGTH for a resolver that sends a client subnet [default: the DNS server itself]
    #[arg(long, value_name = "ADDRESS")]
    client: Option<String>,
    /// Only this zone, by name or id, as if no other were served: the one of several that have the same name, or the parent
    #[arg(long)]
    zone: Option<String>,
}

impl Explain {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let request = ExplainAnswerRequest {
            name: self.name,
            r#type: self.kind,
            client: self.client.unwrap_or_default(),
            zone: self.zone.unwrap_or_default(),
        };
        let said = target.connect().await?.explain_answer(request).await?.into_inner();
        output::write(&shown(&said))
    }
}

fn shown(said: &ExplainAnswerResponse) -> String {
    let mut text =
        format!("{}\n\n{} over {} from {}:", said.explanation, said.rcode, said.transport, said.server);
    for data in &said.data {
        text.push_str("\n  ");
        text.push_str(data);
    }
    if said.data.is_empty() {
        text.push_str(" no records");
    }
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_comes_first_and_then_the_answer() {
        let said = |data: &[&str]| ExplainAnswerResponse {
            server: "ns1".to_owned(),
            explanation: "tree".to_owned(),
            rcode: "NOERROR".to_owned(),
            data: data.iter().map(|data| (*data).to_owned()).collect(),
            transport: "UDP".to_owned(),
        };
        assert_eq!(shown(&said(&["a", "b"])), "tree\n\nNOERROR over UDP from ns1:\n  a\n  b\n");
        assert_eq!(shown(&said(&[])), "tree\n\nNOERROR over UDP from ns1: no records\n");
    }
}
