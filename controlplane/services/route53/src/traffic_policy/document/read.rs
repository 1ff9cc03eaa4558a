use super::members::Members;
use super::{Document, Next, check, rules};
use crate::errors;
use controlplane_services_kernel::ServiceError;
use controlplane_types::dns::RecordType;
use std::collections::BTreeMap;

/// Characters of a document.
const LONGEST: usize = 102_400;
/// Characters of the name of a rule or an endpoint.
const LONGEST_NAME: usize = 256;

/// Which spelling of geoproximity rules is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Format {
    V2015,
    V2023,
}

/// The document that this text is.
pub(crate) fn read(text: &str) -> Result<Document, ServiceError> {
    if text.chars().count() > LONGEST {
        let rule = format!("a document has at most {LONGEST} characters");
        return Err(errors::invalid_traffic_policy_document(rule));
    }
    let value = serde_json::from_str(text)
        .map_err(|error| errors::invalid_traffic_policy_document(format!("this is not JSON: {error}")))?;
    let mut members = Members::of("Document", value)?;
    let format = match members.needed("AWSPolicyFormatVersion")?.as_str() {
        "2015-10-01" => Format::V2015,
        "2023-05-09" => Format::V2023,
        other => return Err(members.invalid(format!("AWSPolicyFormatVersion {other} is not known"))),
    };
    let document = Document {
        kind: kind(&mut members)?,
        start: next(&mut members, "StartRule", "StartEndpoint")?,
        endpoints: endpoints(&mut members)?,
        rules: match members.object("Rules")? {
            Some(found) => rules::read(found, format)?,
            None => BTreeMap::new(),
        },
    };
    members.done()?;
    check::document(&document)?;
    Ok(document)
}

fn kind(members: &mut Members) -> Result<RecordType, ServiceError> {
    let text = members.needed("RecordType")?;
    let fits = |kind: &RecordType| !matches!(kind, RecordType::Ns | RecordType::Soa | RecordType::Ds);
    let kind = RecordType::parse(&text).filter(fits);
    kind.ok_or_else(|| members.invalid(format!("RecordType cannot be {text}")))
}

/// A reference to a rule or an endpoint, exactly one of them.
pub(super) fn next(members: &mut Members, rule: &str, endpoint: &str) -> Result<Next, ServiceError> {
    match (members.text(rule)?, members.text(endpoint)?) {
        (Some(name), None) => Ok(Next::Rule(name)),
        (None, Some(name)) => Ok(Next::Endpoint(name)),
        _ => Err(members.invalid(format!("exactly one of {rule} and {endpoint} must be given"))),
    }
}

fn endpoints(members: &mut Members) -> Result<BTreeMap<String, String>, ServiceError> {
    let Some(found) = members.object("Endpoints")? else { return Ok(BTreeMap::new()) };
    let mut endpoints = BTreeMap::new();
    for (name, mut endpoint) in found.all()? {
        name_fits(&name, &endpoint)?;
        let kind = endpoint.needed("Type")?;
        if kind != "value" {
            return Err(endpoint.invalid(format!("endpoints of type {kind} are not served")));
        }
        endpoints.insert(name, endpoint.needed("Value")?);
        endpoint.done()?;
    }
    Ok(endpoints)
}

/// Names stand in messages and identifiers.
pub(super) fn name_fits(name: &str, at: &Members) -> Result<(), ServiceError> {
    let length = name.chars().count();
    if (1..=LONGEST_NAME).contains(&length) && !name.chars().any(char::is_control) {
        return Ok(());
    }
    Err(at.invalid(format!("a name has 1 to {LONGEST_NAME} printable characters")))
}
