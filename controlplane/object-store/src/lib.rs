//! Objects in an S3-compatible store, by AWS's own client.
//!
//! A crate of its own because that client is dear to build (three minutes of two processors the first time) and only the
//! program needs it: everything else knows the trait [`ObjectStore`]. Paths and not host names name the bucket, and no checksum is sent
//! that S3 does not ask for, since stores that people run themselves often know neither.

#[cfg(test)]
mod tests;

use aws_sdk_s3::Client;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::config::timeout::TimeoutConfig;
use aws_sdk_s3::config::{
    BehaviorVersion, Credentials, Region, RequestChecksumCalculation, ResponseChecksumValidation,
};
use aws_sdk_s3::error::{DisplayErrorContext, ProvideErrorMetadata, SdkError};
use aws_smithy_http_client::tls::{self, rustls_provider::CryptoMode};
use controlplane_types::object_store::{NewObject, ObjectStore, PutError};
use controlplane_types::runtime::BoxFuture;
use std::fmt;
use std::time::Duration;

/// A store that takes longer to be reached is not there.
const CONNECT_WITHIN: Duration = Duration::from_secs(5);
/// A store that takes longer for an object of some megabytes is of no use now.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);
/// Code of a store that said nothing.
const UNREACHABLE: &str = "Unreachable";

/// Which store, and with what credentials.
#[derive(Clone)]
pub struct Settings {
    /// `https://s3.lab:9000`
    pub endpoint: String,
    /// What requests are signed for.
    pub region: String,
    /// Access key id.
    pub access_key_id: String,
    /// Its secret.
    pub secret_access_key: String,
}

impl fmt::Debug for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Settings")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// A store that speaks S3.
#[derive(Clone, Debug)]
pub struct S3Store {
    endpoint: String,
    client: Client,
}

impl S3Store {
    /// A client; nothing is asked yet.
    pub fn new(settings: &Settings) -> Self {
        let credentials =
            Credentials::new(&settings.access_key_id, &settings.secret_access_key, None, None, "flags");
        let timeouts =
            TimeoutConfig::builder().connect_timeout(CONNECT_WITHIN).operation_timeout(ANSWER_WITHIN).build();
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(tls::Provider::Rustls(CryptoMode::AwsLc))
            .build_https();
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(settings.region.clone()))
            .endpoint_url(&settings.endpoint)
            .credentials_provider(credentials)
            .force_path_style(true)
            .request_checksum_calculation(RequestChecksumCalculation::WhenRequired)
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // Who asks tries again himself, and says meanwhile what went wrong.
            .retry_config(RetryConfig::disabled())
            .timeout_config(timeouts)
            .http_client(http)
            .build();
        Self { endpoint: settings.endpoint.clone(), client: Client::from_conf(config) }
    }
}

impl ObjectStore for S3Store {
    fn endpoint(&self) -> String {
        self.endpoint.clone()
    }

    fn put(&self, object: NewObject) -> BoxFuture<Result<(), PutError>> {
        let request = self
            .client
            .put_object()
            .bucket(object.bucket)
            .key(object.key)
            .content_type(object.content_type)
            .content_encoding(object.content_encoding)
            .body(object.body.into());
        Box::pin(async move { request.send().await.map(drop).map_err(|error| put_error(&error)) })
    }
}

/// What the store said, or that it said nothing.
fn put_error<E>(error: &SdkError<E>) -> PutError
where
    E: ProvideErrorMetadata + std::error::Error + 'static,
{
    match error {
        SdkError::ServiceError(answer) => {
            let said = answer.err();
            let status = answer.raw().status().as_u16();
            PutError {
                code: said.code().map_or_else(|| format!("HTTP {status}"), str::to_owned),
                message: said.message().unwrap_or("the store refused the object").to_owned(),
            }
        }
        error => PutError { code: UNREACHABLE.to_owned(), message: DisplayErrorContext(error).to_string() },
    }
}
