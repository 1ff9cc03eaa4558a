//! What can be wrong with a request before any operation sees it.
//!
//! The kinds are facts ("this parameter is missing"), not AWS codes: each service words the same fact in its own
//! way, and its `errors.rs` may map [`WireError`] as it likes. [`WireError::reply`] is what AWS answers
//! by default in the service's family: EC2, the query services, Route 53.

use crate::model::{Protocol, Service};
use std::fmt;

/// Code, HTTP status and message of an error answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorReply {
    /// AWS's code.
    pub code: String,
    /// For people.
    pub message: String,
    /// HTTP status.
    pub status: u16,
    /// Seconds after which to come again, for the `Retry-After` header.
    pub retry_after: Option<u64>,
    /// What failed of several things, where the model has a list of it in the error.
    pub details: Option<Box<ErrorDetails>>,
}

/// A list in an error, of structures of texts: what failed of several things that were asked for at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorDetails {
    /// Member of the error.
    pub list: &'static str,
    /// Tag of an item.
    pub item: &'static str,
    /// Members of each item with their values.
    pub items: Vec<Vec<(&'static str, String)>>,
}

impl ErrorReply {
    /// Puts one together.
    pub fn new(code: &str, status: u16, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), status, retry_after: None, details: None }
    }

    /// What AWS answers in the family of `service` to somebody who may not; `who_what_why` is in AWS's words.
    pub fn denied(service: &Service, who_what_why: &str) -> Self {
        match service.protocol() {
            Protocol::Ec2Query => Self::new(
                "UnauthorizedOperation",
                403,
                format!("You are not authorized to perform this operation. {who_what_why}"),
            ),
            Protocol::Query | Protocol::RestXml => Self::new("AccessDenied", 403, who_what_why),
            Protocol::RestJson => Self::new("AccessDeniedException", 403, who_what_why),
            Protocol::Json10 | Protocol::Json11 | Protocol::Cbor => {
                Self::new("AccessDeniedException", 400, who_what_why)
            }
        }
    }

    /// Whether it is what [`ErrorReply::denied`] makes, or an action that asks by itself.
    pub fn is_denial(&self) -> bool {
        ["UnauthorizedOperation", "AccessDenied", "AccessDeniedException"].contains(&&*self.code)
    }

    /// What AWS answers in the family of `service` to somebody who asks too much at once. All of these codes are among
    /// those the SDKs slow down for. <https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html>
    pub fn throttled(service: Option<&Service>, retry_after: u64) -> Self {
        let (code, status, message) = match service.map(Service::protocol) {
            Some(Protocol::RestJson) => {
                let own = service.and_then(Service::throttling_error);
                (own.unwrap_or("ThrottlingException"), 429, "Rate exceeded")
            }
            Some(Protocol::Json10 | Protocol::Json11 | Protocol::Cbor) => {
                ("ThrottlingException", 400, "Rate exceeded")
            }
            Some(Protocol::Query | Protocol::RestXml) => ("Throttling", 400, "Rate exceeded"),
            Some(Protocol::Ec2Query) | None => ("RequestLimitExceeded", 503, "Request limit exceeded."),
        };
        Self { retry_after: Some(retry_after), ..Self::new(code, status, message) }
    }
}

/// A request that cannot be handed to an operation.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    /// Neither credential scope, host, version nor path names a service.
    #[error("the request names no service of this region: {0}")]
    UnknownService(String),
    /// A query request without `Action`.
    #[error("the request must contain the parameter Action")]
    MissingAction,
    /// A JSON request without `X-Amz-Target`, or with two.
    #[error("the request must contain the header X-Amz-Target once, as {0}.OPERATION")]
    MissingTarget(String),
    /// AWS has no such operation.
    #[error("the action {0} is not valid for this web service")]
    UnknownAction(String),
    /// No operation has this method and path.
    #[error("no operation of {service} answers {method} {path}")]
    UnknownRoute {
        /// Service addressed.
        service: &'static str,
        /// Method of the request.
        method: String,
        /// Path of the request.
        path: String,
    },
    /// AWS has it, this region does not.
    #[error("the operation {0} is not served by this region")]
    Unserved(String),
    /// The `Version` of a query request is missing or not the one served.
    #[error("the version {found:?} of {service} is not served: use {served}")]
    WrongVersion {
        /// Service addressed.
        service: &'static str,
        /// What the request says.
        found: String,
        /// What it should say.
        served: String,
    },
    /// The request's form is broken.
    #[error("malformed request: {0}")]
    Malformed(String),
    /// A fixed limit on size, number or depth is passed.
    #[error("the request has {what} beyond the limit of {limit}")]
    Limit {
        /// What there is too much of.
        what: &'static str,
        /// How much there may be.
        limit: usize,
    },
    /// Members that break the model's rules, all that were found.
    #[error("{}", list(.0))]
    Invalid(Vec<Violation>),
    /// Our own types contradict the model; no request can repair it.
    #[error("internal: {0}")]
    Internal(String),
}

/// A member that breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where: wire names joined by dots, items counted from 1.
    pub path: String,
    /// What is wrong.
    pub rule: Rule,
}

/// The rules a member can break.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Rule {
    /// AWS has no such member.
    Unknown,
    /// AWS has it, this region does not serve it (with this value).
    Unsupported,
    /// It is required.
    Missing,
    /// It was given twice.
    Duplicate,
    /// The text is not of the member's type.
    NotA {
        /// What it should be.
        expected: &'static str,
        /// The text as given.
        value: String,
    },
    /// The value breaks a constraint.
    Constraint {
        /// The value as given, shortened; masked where sensitive.
        value: String,
        /// In AWS's words, starting with "Member must".
        must: String,
    },
    /// The operation's own type refused the value.
    Refused(String),
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = &self.path;
        match &self.rule {
            Rule::Unknown => write!(f, "The parameter {path} is not recognized"),
            Rule::Unsupported => {
                write!(f, "The parameter {path} is not supported by this region with this value")
            }
            Rule::Missing => write!(f, "The request must contain the parameter {path}"),
            Rule::Duplicate => write!(f, "The parameter {path} is given more than once"),
            Rule::NotA { expected, value } => {
                write!(f, "Value '{value}' at '{path}' is not {expected}")
            }
            Rule::Constraint { value, must } => {
                write!(f, "Value '{value}' at '{path}' failed to satisfy constraint: {must}")
            }
            Rule::Refused(text) => write!(f, "Invalid value at '{path}': {text}"),
        }
    }
}

fn list(violations: &[Violation]) -> String {
    joined(violations, Violation::to_string)
}

fn joined(violations: &[Violation], sentence: impl Fn(&Violation) -> String) -> String {
    violations.iter().map(sentence).collect::<Vec<_>>().join("; ")
}

impl WireError {
    /// One violated rule.
    pub fn violation(path: impl Into<String>, rule: Rule) -> Self {
        Self::Invalid(vec![Violation { path: path.into(), rule }])
    }

    /// What AWS answers in the family of `service`.
    pub fn reply(&self, service: Option<&Service>) -> ErrorReply {
        let protocol = service.map_or(Protocol::Query, Service::protocol);
        let (code, status) = match self {
            Self::UnknownService(_) => ("UnknownService", 404),
            Self::MissingTarget(_) => ("UnknownOperationException", 400),
            Self::UnknownAction(_) if protocol.is_modern() => ("UnknownOperationException", 400),
            Self::Unserved(_) if protocol.is_modern() => ("UnsupportedOperationException", 400),
            Self::MissingAction => ("MissingAction", 400),
            Self::UnknownAction(_) => ("InvalidAction", 400),
            Self::UnknownRoute { .. } => ("UnknownOperationException", 404),
            Self::Unserved(_) => ("UnsupportedOperation", 400),
            Self::WrongVersion { .. } => ("NoSuchVersion", 400),
            Self::Malformed(_) => (malformed_code(protocol), 400),
            Self::Limit { .. } => ("RequestEntityTooLarge", 413),
            Self::Invalid(violations) => return invalid(violations, protocol),
            Self::Internal(_) if protocol == Protocol::Ec2Query => ("InternalError", 500),
            Self::Internal(_) => ("InternalFailure", 500),
        };
        ErrorReply::new(code, status, sentence(&self.to_string()))
    }
}

fn malformed_code(protocol: Protocol) -> &'static str {
    match protocol {
        Protocol::Ec2Query | Protocol::Query => "MalformedQueryString",
        Protocol::RestXml => "InvalidInput",
        Protocol::RestJson | Protocol::Json10 | Protocol::Json11 | Protocol::Cbor => "SerializationException",
    }
}

fn invalid(violations: &[Violation], protocol: Protocol) -> ErrorReply {
    match (protocol, violations.first()) {
        (Protocol::Ec2Query, Some(first)) => {
            ErrorReply::new(ec2_code(&first.rule), 400, joined(violations, ec2_sentence))
        }
        (Protocol::RestXml, _) => ErrorReply::new("InvalidInput", 400, counted(violations)),
        (protocol, _) if protocol.is_modern() => {
            ErrorReply::new("ValidationException", 400, counted(violations))
        }
        _ => ErrorReply::new("ValidationError", 400, counted(violations)),
    }
}

fn ec2_code(rule: &Rule) -> &'static str {
    match rule {
        Rule::Unknown => "UnknownParameter",
        Rule::Unsupported => "UnsupportedOperation",
        Rule::Missing => "MissingParameter",
        Rule::Duplicate => "InvalidParameterCombination",
        Rule::NotA { .. } | Rule::Constraint { .. } | Rule::Refused(_) => "InvalidParameterValue",
    }
}

/// The words of AWS's query services, and of Route 53.
fn counted(violations: &[Violation]) -> String {
    let plural = if violations.len() == 1 { "" } else { "s" };
    let count = violations.len();
    format!("{count} validation error{plural} detected: {}", joined(violations, query_sentence))
}

/// A member that is not there is null to them, and members begin with a small letter.
fn query_sentence(violation: &Violation) -> String {
    let path = small(&violation.path);
    match &violation.rule {
        Rule::Missing => {
            format!("Value null at '{path}' failed to satisfy constraint: Member must not be null")
        }
        Rule::Constraint { .. } => Violation { path, rule: violation.rule.clone() }.to_string(),
        _ => violation.to_string(),
    }
}

/// The words of EC2, where members begin with a small letter when it speaks of their values.
fn ec2_sentence(violation: &Violation) -> String {
    let path = small(&violation.path);
    match &violation.rule {
        Rule::Constraint { value, must } => match must.strip_prefix("Member must have value ") {
            // EC2 says where numbers begin and end as if these were no longer allowed.
            Some(bound) => {
                let bound = bound.replace("or equal to ", "");
                format!("Value ( {value} ) for parameter {path} is invalid. Expecting a value {bound}.")
            }
            None => format!("Value ({value}) for parameter {path} is invalid. {must}"),
        },
        _ => violation.to_string(),
    }
}

/// `IpPermissions.1.IpProtocol` as `ipPermissions.1.ipProtocol`.
fn small(path: &str) -> String {
    let part = |part: &str| {
        let mut letters = part.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    path.split('.').map(part).collect::<Vec<_>>().join(".")
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}
