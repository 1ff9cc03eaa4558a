//! Answers as AWS shows them.

use super::question::Answer;
use super::source::{Matched, SourceType};
use crate::policy::positions::Position;
use serde::Serialize;

/// One action on one resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct EvaluationResult {
    eval_action_name: String,
    eval_resource_name: String,
    eval_decision: &'static str,
    matched_statements: Vec<MatchedStatement>,
    missing_context_values: Vec<String>,
    permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
    /// Only of resources that were named.
    resource_specific_results: Option<[ResourceSpecificResult; 1]>,
}

#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MatchedStatement {
    source_policy_id: String,
    source_policy_type: SourceType,
    start_position: Option<Place>,
    end_position: Option<Place>,
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Place {
    line: u32,
    column: u32,
}

impl From<Position> for Place {
    fn from(Position { line, column }: Position) -> Self {
        Self { line, column }
    }
}

impl From<Matched> for MatchedStatement {
    fn from(Matched { policy, kind, place }: Matched) -> Self {
        Self {
            source_policy_id: policy,
            source_policy_type: kind,
            start_position: place.map(|(start, _)| start.into()),
            end_position: place.map(|(_, end)| end.into()),
        }
    }
}

#[derive(Clone, Copy, Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PermissionsBoundaryDecisionDetail {
    allowed_by_permissions_boundary: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ResourceSpecificResult {
    eval_resource_name: String,
    eval_resource_decision: &'static str,
    matched_statements: Vec<MatchedStatement>,
    missing_context_values: Vec<String>,
    permissions_boundary_decision_detail: Option<PermissionsBoundaryDecisionDetail>,
}

impl EvaluationResult {
    pub(super) fn new(action: &str, resource: &str, answer: Answer) -> Self {
        let matched_statements: Vec<MatchedStatement> = answer.matched.into_iter().map(Into::into).collect();
        let permissions_boundary_decision_detail = answer
            .boundary_allows
            .map(|allowed| PermissionsBoundaryDecisionDetail { allowed_by_permissions_boundary: allowed });
        let specific = || ResourceSpecificResult {
            eval_resource_name: resource.to_owned(),
            eval_resource_decision: answer.decision.as_str(),
            matched_statements: matched_statements.clone(),
            missing_context_values: answer.missing.clone(),
            permissions_boundary_decision_detail,
        };
        Self {
            resource_specific_results: (resource != "*").then(|| [specific()]),
            eval_action_name: action.to_owned(),
            eval_resource_name: resource.to_owned(),
            eval_decision: answer.decision.as_str(),
            matched_statements,
            missing_context_values: answer.missing,
            permissions_boundary_decision_detail,
        }
    }
}
