//! TestDNSAnswer: what a resolver would be answered, by a zone as if it were alone on its name servers.

use crate::dns_answer::Sender;
use crate::errors;
use crate::hosted_zone::existing_public;
use controlplane_services_kernel::{Need, Query, Reader, ServiceError};
use controlplane_types::dns::Name;
use serde::{Deserialize, Serialize};

/// See the module.
pub struct TestDnsAnswer;

/// Request.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestDnsAnswerInput {
    hosted_zone_id: String,
    record_name: String,
    record_type: String,
    #[serde(rename = "ResolverIP", default)]
    resolver_ip: Option<String>,
    #[serde(rename = "EDNS0ClientSubnetIP", default)]
    subnet_ip: Option<String>,
    #[serde(rename = "EDNS0ClientSubnetMask", default)]
    subnet_mask: Option<String>,
}

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct TestDnsAnswerOutput {
    nameserver: String,
    record_name: String,
    record_type: String,
    record_data: Vec<String>,
    response_code: String,
    protocol: String,
}

/// As a DNS server says it, see [`Need::DnsAnswer`].
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Found {
    Answer { rcode: String, data: Vec<String>, transport: String },
    Nothing { error: String },
}

impl Query for TestDnsAnswer {
    const NAME: &'static str = "TestDNSAnswer";
    type Input = TestDnsAnswerInput;
    type Output = TestDnsAnswerOutput;

    fn needs(input: &TestDnsAnswerInput, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        Ok(vec![need(input, cx)?])
    }

    fn run(input: &TestDnsAnswerInput, cx: &Reader) -> Result<TestDnsAnswerOutput, ServiceError> {
        let (_, zone) = existing_public(&input.hosted_zone_id, "answered to the public", cx)?;
        let found = cx.found.get(&need(input, cx)?).cloned().unwrap_or_default();
        match serde_json::from_value(found) {
            Ok(Found::Answer { rcode, data, transport }) => Ok(TestDnsAnswerOutput {
                nameserver: zone.name_servers.first().cloned().unwrap_or_default(),
                record_name: name(input)?.to_string(),
                record_type: input.record_type.clone(),
                record_data: data,
                response_code: rcode,
                protocol: transport,
            }),
            Ok(Found::Nothing { error }) => Err(errors::not_answered(&error)),
            Err(_) => Err(errors::not_answered("no DNS server was asked")),
        }
    }
}

fn need(input: &TestDnsAnswerInput, cx: &Reader) -> Result<Need, ServiceError> {
    let (zone_id, _) = existing_public(&input.hosted_zone_id, "answered to the public", cx)?;
    let (resolver, subnet) = (input.resolver_ip.as_deref(), input.subnet_ip.as_deref());
    let sender = Sender::read(resolver, subnet, input.subnet_mask.as_deref())?;
    Ok(Need::DnsAnswer {
        zone_id: zone_id.to_owned(),
        name: name(input)?.to_string(),
        kind: input.record_type.clone(),
        peer: sender.peer.to_string(),
        subnet: sender.subnet,
    })
}

fn name(input: &TestDnsAnswerInput) -> Result<Name, ServiceError> {
    let text = &input.record_name;
    Name::parse(text).map_err(|error| errors::invalid_input(format!("RecordName: {text}: {}", error.text())))
}
