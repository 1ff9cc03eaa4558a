//! What is encoded is decoded again: every member of every input and output of every model.

use super::value::{Fill, Value, of_shape};
use crate::call::Call;
use crate::decode::{built, read};
use crate::model::{Protocol, ShapeId};
use crate::{call, client, encode, model};
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use std::collections::BTreeMap;

fn fail(reason: impl std::fmt::Display) -> TestCaseError {
    TestCaseError::fail(reason.to_string())
}

/// Runs `check` on values of the shape that `side` picks: some with every member of every depth, more with few.
fn each_operation(side: fn(Call) -> ShapeId, check: fn(Call, &Value) -> Result<(), TestCaseError>) {
    for service in model::spoken().chain([super::rest_json::chest()]) {
        for operation in service.operations() {
            let call = Call { service, operation };
            for (fill, cases) in [(Fill::Full, 2), (Fill::Sparse, 24)] {
                let mut config = Config::with_cases(cases);
                config.failure_persistence = None;
                let values = of_shape(service, side(call), fill);
                let result = TestRunner::new(config).run(&values, |value| check(call, &value));
                result.unwrap_or_else(|error| panic!("{}: {error}", operation.name));
            }
        }
    }
}

fn request_survives(call: Call, value: &Value) -> Result<(), TestCaseError> {
    let request = client::request(call.service, call.operation, value).map_err(fail)?;
    let (mut parts, body) = request.into_parts();
    let scope = format!(
        "AWS4-HMAC-SHA256 Credential=AK/20260102/us-east-1/{}/aws4_request",
        call.service.signing_name()
    );
    parts.headers.insert("authorization", scope.parse().map_err(fail)?);
    // A service of these tests' own is none of the house's.
    let is_ours = model::by_name(call.service.name()).is_some();
    let found = if is_ours { call::identify(&parts, &body).map_err(fail)? } else { call };
    proptest::prop_assert_eq!(&found.operation.name, &call.operation.name);
    let tree = read(&found, &parts, &body).map_err(fail)?;
    let decoded: Value = built(tree, &call.operation.name).map_err(fail)?;
    let expected = match call.service.protocol() {
        form @ (Protocol::Ec2Query | Protocol::Query) => {
            value.clone().into_form(form).unwrap_or_else(|| Value::Structure(BTreeMap::new()))
        }
        _ => value.clone(),
    };
    proptest::prop_assert_eq!(decoded, expected);
    Ok(())
}

fn response_survives(call: Call, value: &Value) -> Result<(), TestCaseError> {
    let response = encode::encode(call.service, call.operation, value, "request-1").map_err(fail)?;
    let (parts, body) = response.into_parts();
    let decoded: Value = client::response(call.service, call.operation, &parts, &body).map_err(fail)?;
    proptest::prop_assert_eq!(&decoded, value);
    Ok(())
}

#[test]
fn every_request_survives_the_wire() {
    each_operation(|call| call.operation.input, request_survives);
}

#[test]
fn every_response_survives_the_wire() {
    each_operation(|call| call.operation.output.unwrap_or(call.service.nothing()), response_survives);
}
