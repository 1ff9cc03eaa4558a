//! From JSON to statements, with AWS's messages for what is wrong.

use super::json::Json;
use super::{Effect, Policy, Purpose, Statement, Syntax};
use crate::policy::action::ActionPattern;
use crate::policy::condition::Condition;
use crate::policy::key::ContextKey;
use crate::policy::principal::{Principal, Principals};
use crate::policy::resource::{BadResource, ResourcePattern};
use std::collections::BTreeSet;

/// Versions of the language; the older one has no variables and is meant when none is named.
const VERSIONS: [(&str, bool); 2] = [("2008-10-17", false), ("2012-10-17", true)];

fn syntax() -> Syntax {
    Syntax("Syntax errors in policy.".to_owned())
}

fn refuse<T>(message: impl Into<String>) -> Result<T, Syntax> {
    Err(Syntax(message.into()))
}

pub(super) fn policy(text: &str, purpose: Purpose) -> Result<Policy, Syntax> {
    let Ok(Json::Object(members)) = serde_json::from_str(text) else {
        return Err(syntax());
    };
    let (mut variables, mut statements) = (false, None);
    for (key, value) in &members {
        match (key.as_str(), value) {
            ("Version", Json::Text(version)) => {
                let known = VERSIONS.iter().find(|(known, _)| known == version);
                variables = known.ok_or_else(syntax)?.1;
            }
            ("Id", Json::Text(_)) => {}
            ("Statement", value) => statements = Some(value.each()),
            _ => return Err(syntax()),
        }
    }
    let statements = statements.filter(|all| !all.is_empty()).ok_or_else(syntax)?;
    let mut sids = BTreeSet::new();
    let read = statements.iter().map(|json| Reader { variables, purpose }.statement(json, &mut sids));
    Ok(Policy { statements: read.collect::<Result<_, _>>()? })
}

#[derive(Clone, Copy)]
struct Reader {
    variables: bool,
    purpose: Purpose,
}

impl Reader {
    fn statement<'j>(self, json: &'j Json, sids: &mut BTreeSet<&'j str>) -> Result<Statement, Syntax> {
        let Json::Object(members) = json else { return Err(syntax()) };
        let mut effect = None;
        let (mut principals, mut actions, mut resources) = (None, None, None);
        let mut conditions = Vec::new();
        for (key, value) in members {
            match key.as_str() {
                "Sid" => sid(value, sids)?,
                "Effect" => effect = Some(self::effect(value)?),
                "Principal" | "NotPrincipal" => once(&mut principals, (key.starts_with("Not"), value))?,
                "Action" | "NotAction" => once(&mut actions, (key.starts_with("Not"), value))?,
                "Resource" | "NotResource" => once(&mut resources, (key.starts_with("Not"), value))?,
                "Condition" => conditions = self.conditions(value)?,
                _ => return Err(syntax()),
            }
        }
        let effect = effect.ok_or_else(syntax)?;
        let Some((not_actions, actions)) = actions else {
            return refuse("Policy statement must contain actions.");
        };
        let (not_resources, resources) = self.resources(resources)?;
        Ok(Statement {
            effect,
            principals: self.principals(principals)?,
            not_actions,
            actions: self::actions(actions)?,
            not_resources,
            resources,
            conditions: conditions.into(),
        })
    }

    fn resources(self, given: Option<(bool, &Json)>) -> Result<(bool, Box<[ResourcePattern]>), Syntax> {
        match (self.purpose, given) {
            (Purpose::Trust, None) => Ok((false, Box::new([ResourcePattern::All]))),
            (Purpose::Trust, Some(_)) => refuse("Has prohibited field Resource"),
            (Purpose::Identity | Purpose::Resource, None) => {
                refuse("Policy statement must contain resources.")
            }
            (Purpose::Identity | Purpose::Resource, Some((not, value))) => {
                let read = texts(value)?.into_iter().map(|text| self.resource(text));
                Ok((not, read.collect::<Result<_, _>>()?))
            }
        }
    }

    fn resource(self, text: &str) -> Result<ResourcePattern, Syntax> {
        ResourcePattern::parse(text, self.variables).map_err(|bad| match bad {
            BadResource::NotAnArn => Syntax(format!("Resource {text} must be in ARN format or \"*\".")),
            BadResource::Variable => syntax(),
        })
    }

    fn principals(self, given: Option<(bool, &Json)>) -> Result<Option<Principals>, Syntax> {
        match (self.purpose, given) {
            (Purpose::Identity, None) => Ok(None),
            (Purpose::Identity, Some(_)) => refuse("Policy document should not specify a principal."),
            (Purpose::Trust | Purpose::Resource, None) => refuse("Missing required field Principal"),
            (Purpose::Trust | Purpose::Resource, Some((true, _))) => {
                refuse("Has prohibited field NotPrincipal")
            }
            (Purpose::Trust | Purpose::Resource, Some((false, value))) => Ok(Some(Principals(named(value)?))),
        }
    }

    fn conditions(self, value: &Json) -> Result<Vec<Condition>, Syntax> {
        let Json::Object(operators) = value else { return Err(syntax()) };
        let mut conditions = Vec::new();
        for (name, keys) in operators {
            let (operator, over, if_exists) = Condition::operator(name).ok_or_else(syntax)?;
            let Json::Object(keys) = keys else { return Err(syntax()) };
            for (key, values) in keys {
                if !key.contains(':') {
                    return refuse(
                        "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.",
                    );
                }
                let read = scalars(values)?.into_iter().map(|value| operator.operand(value, self.variables));
                let operands = read.collect::<Option<_>>().ok_or_else(syntax)?;
                let key = ContextKey::new(key);
                conditions.push(Condition { operator, over, if_exists, key, operands });
            }
        }
        Ok(conditions)
    }
}

/// `X` or `NotX`, not both.
fn once<'j>(place: &mut Option<(bool, &'j Json)>, given: (bool, &'j Json)) -> Result<(), Syntax> {
    match place.replace(given) {
        None => Ok(()),
        Some(_) => Err(syntax()),
    }
}

fn sid<'j>(value: &'j Json, sids: &mut BTreeSet<&'j str>) -> Result<(), Syntax> {
    let Json::Text(sid) = value else { return Err(syntax()) };
    if !sid.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return refuse(format!("Statement IDs (SID) must be alpha-numeric: {sid:?}"));
    }
    if !sid.is_empty() && !sids.insert(sid) {
        return refuse("Statement IDs (SID) in a single policy must be unique.");
    }
    Ok(())
}

fn effect(value: &Json) -> Result<Effect, Syntax> {
    match value {
        Json::Text(text) if text == "Allow" => Ok(Effect::Allow),
        Json::Text(text) if text == "Deny" => Ok(Effect::Deny),
        _ => Err(syntax()),
    }
}

fn actions(value: &Json) -> Result<Box<[ActionPattern]>, Syntax> {
    let read = texts(value)?.into_iter().map(|text| {
        ActionPattern::parse(text).ok_or_else(|| {
            Syntax("Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.".to_owned())
        })
    });
    read.collect()
}

fn named(value: &Json) -> Result<BTreeSet<Principal>, Syntax> {
    let kinds = match value {
        Json::Text(everybody) if everybody == "*" => return Ok([Principal::Everybody].into()),
        Json::Object(kinds) if !kinds.is_empty() => kinds,
        _ => return Err(syntax()),
    };
    let mut principals = BTreeSet::new();
    for (kind, values) in kinds {
        for text in texts(values)? {
            let read = Principal::parse(kind, text);
            principals.insert(
                read.ok_or_else(|| Syntax(format!("Invalid principal in policy: \"{kind}\":\"{text}\"")))?,
            );
        }
    }
    Ok(principals)
}

/// At least one text.
fn texts(value: &Json) -> Result<Vec<&str>, Syntax> {
    let read = value.each().iter().map(|item| match item {
        Json::Text(text) => Some(text.as_str()),
        _ => None,
    });
    read.collect::<Option<Vec<_>>>().filter(|texts| !texts.is_empty()).ok_or_else(syntax)
}

/// Texts, numbers and booleans.
fn scalars(value: &Json) -> Result<Vec<&str>, Syntax> {
    let read = value.each().iter().map(|item| match item {
        Json::Text(text) | Json::Bare(text) => Some(text.as_str()),
        _ => None,
    });
    read.collect::<Option<Vec<_>>>().ok_or_else(syntax)
}
