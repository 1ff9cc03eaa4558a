//! SimulateCustomPolicy and SimulatePrincipalPolicy: what policies say of actions on resources.

use crate::errors;
use crate::page::{numbered, page};
use crate::simulate::context::ContextEntry;
use crate::simulate::question::{Asked, Simulation};
use crate::simulate::shown::EvaluationResult;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// Actions times resources of one request.
const QUESTIONS_MAX: usize = 10_000;

/// An action, and its request: own members, and those that both have.
macro_rules! simulation {
    ($Action:ident, $Input:ident { $($member:ident: $Type:ty,)+ }, |$input:ident| $asked:expr) => {
        /// See the module.
        pub struct $Action;

        /// Request.
        #[derive(Debug, Serialize, Deserialize)]
        #[serde(rename_all = "PascalCase")]
        pub struct $Input {
            $($member: $Type,)+
            permissions_boundary_policy_input_list: Option<Vec<String>>,
            action_names: Vec<String>,
            resource_arns: Option<Vec<String>>,
            resource_policy: Option<String>,
            caller_arn: Option<String>,
            context_entries: Option<Vec<ContextEntry>>,
            max_items: Option<usize>,
            marker: Option<String>,
        }

        impl Query for $Action {
            const NAME: &'static str = stringify!($Action);
            type Input = $Input;
            type Output = SimulationOutput;

            fn run($input: &$Input, reader: &Reader) -> Result<SimulationOutput, ServiceError> {
                let asked = Asked {
                    boundary: $input.permissions_boundary_policy_input_list.as_deref(),
                    actions: &$input.action_names,
                    resources: $input.resource_arns.as_deref().unwrap_or_default(),
                    resource_policy: $input.resource_policy.as_deref(),
                    caller: $input.caller_arn.as_deref(),
                    context: $input.context_entries.as_deref().unwrap_or_default(),
                    max_items: $input.max_items,
                    marker: $input.marker.as_deref(),
                    ..$asked
                };
                simulate(&asked, reader)
            }
        }
    };
}

simulation!(SimulateCustomPolicy, SimulateCustomPolicyInput { policy_input_list: Vec<String>, }, |input| Asked {
    policies: &input.policy_input_list,
    ..Asked::default()
});

simulation!(
    SimulatePrincipalPolicy,
    SimulatePrincipalPolicyInput { policy_source_arn: String, policy_input_list: Option<Vec<String>>, },
    |input| Asked {
        principal: Some(&input.policy_source_arn),
        policies: input.policy_input_list.as_deref().unwrap_or_default(),
        ..Asked::default()
    }
);

/// Answer.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct SimulationOutput {
    evaluation_results: Vec<EvaluationResult>,
    is_truncated: bool,
    marker: Option<String>,
}

fn simulate(asked: &Asked<'_>, reader: &Reader) -> Result<SimulationOutput, ServiceError> {
    let simulation = Simulation::of(asked, reader)?;
    let everything = ["*".to_owned()];
    let resources = if asked.resources.is_empty() { &everything } else { asked.resources };
    let count = asked.actions.len().saturating_mul(resources.len());
    if count > QUESTIONS_MAX {
        let message = format!("{count} actions on resources are more than {QUESTIONS_MAX}.");
        return Err(errors::invalid_simulation(message));
    }
    let questions = asked.actions.iter().flat_map(|action| resources.iter().map(move |arn| (action, arn)));
    let page = page(numbered(questions), asked.marker, asked.max_items)?;
    let results = page.items.into_iter().map(|(action, resource)| {
        Ok(EvaluationResult::new(action, resource, simulation.ask(action, resource)?))
    });
    Ok(SimulationOutput {
        evaluation_results: results.collect::<Result<_, ServiceError>>()?,
        is_truncated: page.is_truncated,
        marker: page.marker,
    })
}
