//! Signs a zone of Hearth's, which is said at the AWS door alone: curl can sign requests.

use std::process::Command;
use tests_benches_instruments::{Failure, Region};

/// The AWS door, and who asks there.
struct Door {
    endpoint: String,
    user: String,
    region: String,
}

impl Door {
    /// As `hearth env` says it.
    fn of(region: &Region) -> Result<Self, Failure> {
        let said = region.ok(&["env"])?;
        let value = |name: &str| {
            let mut found = said.lines().filter_map(|line| line.strip_prefix("export ")?.strip_prefix(name));
            found
                .find_map(|rest| Some(rest.strip_prefix('=')?.trim_matches('"').to_owned()))
                .ok_or("not said")
        };
        let user = format!("{}:{}", value("AWS_ACCESS_KEY_ID")?, value("AWS_SECRET_ACCESS_KEY")?);
        Ok(Self { endpoint: value("AWS_ENDPOINT_URL")?, user, region: value("AWS_REGION")? })
    }

    fn post(&self, service: &str, path: &str, headers: &[&str], body: &str) -> Result<String, Failure> {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--show-error", "--fail-with-body", "--request", "POST", "--data", body])
            .args(["--aws-sigv4", &format!("aws:amz:{}:{service}", self.region), "--user", &self.user])
            .args(headers.iter().flat_map(|header| ["--header", header]))
            .arg(format!("{}{path}", self.endpoint));
        let output = curl.output()?;
        let answer = String::from_utf8_lossy(&output.stdout).into_owned();
        if output.status.success() { Ok(answer) } else { Err(format!("{path}: {answer}").into()) }
    }
}

/// Has the zone signed with a key of its own.
pub(crate) fn sign(region: &Region, zone: &str) -> Result<(), Failure> {
    let door = Door::of(region)?;
    let id = region.ok(&["get", "hostedzone", zone, "-o", "jsonpath={.metadata.id}"])?;
    let id = id.trim();
    let wanted = r#"{"KeySpec": "ECC_NIST_P256", "KeyUsage": "SIGN_VERIFY"}"#;
    let headers = ["X-Amz-Target: TrentService.CreateKey", "Content-Type: application/x-amz-json-1.1"];
    let made = door.post("kms", "/", &headers, wanted)?;
    let arn = made.split('"').find(|part| part.starts_with("arn:aws:kms:")).ok_or("no ARN")?;
    let key = format!(
        "<CreateKeySigningKeyRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><CallerReference>one</CallerReference>\
         <HostedZoneId>{id}</HostedZoneId><KeyManagementServiceArn>{arn}</KeyManagementServiceArn><Name>bench</Name>\
         <Status>ACTIVE</Status></CreateKeySigningKeyRequest>"
    );
    let headers = ["Content-Type: application/xml"];
    door.post("route53", "/2013-04-01/keysigningkey", &headers, &key)?;
    door.post("route53", &format!("/2013-04-01/hostedzone/{id}/enable-dnssec"), &headers, "")?;
    Ok(())
}
