//! A request that is sent again under the same token is not done again: asked of every action in the registry.

use super::generated::least;
use crate::registry::SERVICES;
use controlplane_services_kernel::WireRequest;
use controlplane_services_kernel::service::Action;
use controlplane_wire::{Call, client, model};
use serde_json::json;

/// What AWS calls the member, wherever an operation has one that we keep by itself. A `CallerReference` is part of the
/// record it made and counts as long as that lives.
const TOKENS: [&str; 3] = ["ClientToken", "ClientRequestToken", "IdempotencyToken"];

#[test]
fn every_action_with_a_token_remembers_by_it() {
    let mut seen = 0;
    for service in SERVICES {
        let Some(wire) = model::by_name(service.name) else { continue };
        for entry in service.operations {
            let operation = wire.operation(entry.name).expect("an action of the model");
            let members = wire.shape(operation.input).structure().map_or(&[][..], |found| found.members());
            let Some(token) = members.iter().find(|member| TOKENS.contains(&&*member.name)) else { continue };
            let Action::Write(decode) = entry.action else { continue };
            let mut input = least(wire, operation.input);
            input[&*token.name] = json!("token");
            let (parts, body) = client::request(wire, operation, &input).expect("a request").into_parts();
            let call = Call { service: wire, operation };
            let bound = decode(&WireRequest { call: &call, parts: &parts, body: &body })
                .unwrap_or_else(|error| panic!("{}: {error}", entry.name));
            assert_eq!(bound.client_token(), Some("token"), "{}", entry.name);
            seen += 1;
        }
    }
    assert!(seen >= 7, "{seen}");
}
