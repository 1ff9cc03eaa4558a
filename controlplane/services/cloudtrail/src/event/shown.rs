//! What `LookupEvents` and `hearth get` show of an event: all of it worked out when somebody looks.

use super::{TrailEvent, resources};
use controlplane_services_kernel::client::SessionOf;
use controlplane_types::{AccountId, RegionName};
use controlplane_wire::model;
use serde_json::{Value, json};

/// Version of the document's form.
const VERSION: &str = "1.11";

impl TrailEvent {
    /// `ec2.amazonaws.com`
    pub(crate) fn source(&self) -> String {
        let prefix = model::by_name(&self.service).map(|service| service.endpoint_prefix());
        format!("{}.amazonaws.com", prefix.unwrap_or(&self.service))
    }

    /// Who asked, in one word: a user's name, a session's, or `root`; empty for nobody known.
    pub(crate) fn user_name(&self) -> &str {
        match &self.who.session {
            Some(SessionOf::User { name, .. } | SessionOf::Federated { name, .. }) => name,
            Some(SessionOf::Role { session, .. }) => session,
            Some(SessionOf::Root) => "root",
            None => self.who.arn.rsplit(['/', ':']).next().unwrap_or_default(),
        }
    }

    /// Type and name of what it is about.
    pub(crate) fn resources(&self) -> Vec<(&'static str, String)> {
        let parts = [&self.request.shown(), &self.response.shown()];
        resources::of(&self.service, parts).into_iter().collect()
    }

    /// AWS's code, as events have it: EC2 says whose fault it was.
    pub(crate) fn error_code(&self) -> Option<String> {
        let refused = self.refused.as_ref()?;
        Some(match (self.service.as_str(), refused.status < 500) {
            ("ec2", true) => format!("Client.{}", refused.code),
            ("ec2", false) => format!("Server.{}", refused.code),
            _ => refused.code.clone(),
        })
    }

    /// The whole document.
    pub(crate) fn document(&self, id: &str, account: &AccountId, region: &RegionName) -> Value {
        let mut document = json!({
            "eventVersion": VERSION,
            "userIdentity": self.identity(account),
            "eventTime": self.at.to_iso8601(),
            "eventSource": self.source(),
            "eventName": self.action,
            "awsRegion": region.as_str(),
            "sourceIPAddress": self.address,
            "userAgent": self.user_agent,
            "requestParameters": self.request.shown(),
            "responseElements": self.response.shown(),
            "requestID": self.request_id,
            "eventID": id,
            "readOnly": self.is_read_only,
            "eventType": "AwsApiCall",
            "managementEvent": true,
            "recipientAccountId": account.to_string(),
            "eventCategory": "Management",
        });
        if let (Some(code), Some(refused)) = (self.error_code(), &self.refused) {
            document["errorCode"] = code.into();
            document["errorMessage"] = refused.message.clone().into();
        }
        if self.unrecorded > 0 {
            document["additionalEventData"] = json!({"unrecordedRefusedCalls": self.unrecorded});
        }
        document
    }

    fn identity(&self, account: &AccountId) -> Value {
        let who = &self.who;
        if who.arn.is_empty() {
            return json!({"type": "Unknown", "accessKeyId": self.access_key_id});
        }
        let (kind, name) = match (&who.session, who.arn.ends_with(":root")) {
            (Some(SessionOf::Role { .. }), _) => ("AssumedRole", None),
            (Some(SessionOf::Federated { .. }), _) => ("FederatedUser", None),
            (Some(SessionOf::Root), _) | (None, true) => ("Root", None),
            (Some(SessionOf::User { .. }) | None, _) => ("IAMUser", Some(self.user_name())),
        };
        let mut identity = json!({
            "type": kind, "principalId": who.id, "arn": who.arn,
            "accountId": account.to_string(), "accessKeyId": self.access_key_id,
        });
        if let Some(name) = name {
            identity["userName"] = name.into();
        }
        if let Some(of) = &who.session {
            identity["sessionContext"] = self.session(of, account);
        }
        identity
    }

    fn session(&self, of: &SessionOf, account: &AccountId) -> Value {
        let since = self.who.since.map(|since| since.to_iso8601());
        let mut context = json!({"attributes": {"creationDate": since, "mfaAuthenticated": "false"}});
        let (kind, id, name) = match of {
            SessionOf::Role { name, role_id, .. } => ("Role", role_id, name),
            SessionOf::Federated { user, user_id, .. } => ("IAMUser", user_id, user),
            SessionOf::Root | SessionOf::User { .. } => return context,
        };
        let path = if kind == "Role" { "role" } else { "user" };
        context["sessionIssuer"] = json!({
            "type": kind, "principalId": id, "arn": format!("arn:aws:iam::{account}:{path}/{name}"),
            "accountId": account.to_string(), "userName": name,
        });
        context
    }
}
