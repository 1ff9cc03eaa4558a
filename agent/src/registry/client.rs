//! A registry as it is asked: `/v2/REPOSITORY/manifests/...` and `/v2/REPOSITORY/blobs/...`.
//!
//! <https://github.com/opencontainers/distribution-spec>. Every place that may hold the repository (mirrors first) is
//! asked in turn; each gets only the credentials that the operator noted for it. What comes is held against its digest by
//! whoever reads it, so a mirror is trusted with availability and with nothing else, but for the one moment when a tag
//! is looked up.

use super::challenge::Challenge;
use super::credentials::{self, Known};
use super::settings::Place;
use super::transport::{Http, check_step, host_of, next_piece, read_all};
use super::{RegistryError, RegistrySettings};
use crate::archive::{Fingerprint, document};
use bytes::Bytes;
use controlplane_types::{ImageReference, Runtime};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, RANGE, WWW_AUTHENTICATE};
use http::{HeaderMap, HeaderValue, Response, StatusCode, Uri};
use hyper::body::Incoming;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// The largest answer of somebody who gives tokens.
const MAX_TOKEN: usize = 64 << 10;

/// Everything there is to know about registries: settings, connections, tokens.
pub struct Registry {
    settings: RegistrySettings,
    pub(super) runtime: Arc<dyn Runtime>,
    http: OnceLock<Http>,
    /// What each repository of each place wanted to be shown last, ready for the header.
    shown: Mutex<BTreeMap<(String, String), HeaderValue>>,
}

/// A document with the digest that its bytes have.
#[derive(Clone, Debug)]
pub(super) struct Document {
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: String,
    pub(super) digest: String,
}

/// A blob on its way.
pub struct Blob {
    runtime: Arc<dyn Runtime>,
    host: String,
    body: Incoming,
    /// Where in the blob the first piece begins: where it was asked to, or at its start.
    pub start: u64,
}

impl Blob {
    /// The next piece; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Bytes>, RegistryError> {
        next_piece(&*self.runtime, &self.host, &mut self.body).await
    }
}

/// What is asked of a repository.
struct Ask<'a> {
    repository: &'a str,
    /// Behind the repository: `manifests/latest`.
    path: String,
    headers: HeaderMap,
}

impl Registry {
    /// Reads nothing yet.
    pub fn new(settings: RegistrySettings, runtime: Arc<dyn Runtime>) -> Self {
        Self { settings, runtime, http: OnceLock::new(), shown: Mutex::default() }
    }

    fn http(&self) -> Result<&Http, RegistryError> {
        if let Some(http) = self.http.get() {
            return Ok(http);
        }
        let http = Http::new(self.runtime.clone())?;
        Ok(self.http.get_or_init(|| http))
    }

    /// The manifest or index that `reference` names: by its digest if it has one, else by its tag. If nobody has it, the
    /// failure of the place asked last is told: the registry itself, which mirrors only stand in for.
    pub(super) async fn document(&self, reference: &ImageReference) -> Result<Document, RegistryError> {
        let mut failure = None;
        for place in self.settings.places(reference) {
            match self.document_at(&place, reference).await {
                Ok(document) => return Ok(document),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(nowhere))
    }

    async fn document_at(
        &self,
        place: &Place,
        reference: &ImageReference,
    ) -> Result<Document, RegistryError> {
        let wanted = reference.digest.as_deref().or(reference.tag.as_deref()).unwrap_or("latest");
        let accept = HeaderValue::from_static(document::ACCEPTED);
        let ask = Ask {
            repository: &reference.repository,
            path: format!("manifests/{wanted}"),
            headers: HeaderMap::from_iter([(ACCEPT, accept)]),
        };
        let answer = self.ask(place, &ask).await?;
        let header = answer.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
        // Parameters such as a character set say nothing about what it is.
        let media_type = header.unwrap_or_default().split(';').next().unwrap_or_default().trim().to_owned();
        let bytes = read_all(&*self.runtime, &place.host, answer.into_body(), document::MAX_BYTES).await?;
        let digest = Fingerprint::of(&bytes);
        match &reference.digest {
            Some(announced) if *announced != digest => Err(RegistryError::Mismatch {
                what: format!("{}: manifest", place.host),
                announced: announced.clone(),
                found: digest,
            }),
            _ => Ok(Document { bytes, media_type, digest }),
        }
    }

    /// The blob `digest`, from the byte `start` on if the place can do that; `turn` says which place is asked first. The
    /// bytes are not held against anything yet.
    pub async fn blob(
        &self,
        reference: &ImageReference,
        digest: &str,
        start: u64,
        turn: usize,
    ) -> Result<Blob, RegistryError> {
        let mut places = self.settings.places(reference);
        let count = places.len().max(1);
        places.rotate_left(turn % count);
        let mut failure = None;
        for place in places {
            match self.blob_at(&place, &reference.repository, digest, start).await {
                Ok(blob) => return Ok(blob),
                Err(error) => failure = Some(error),
            }
        }
        Err(failure.unwrap_or_else(nowhere))
    }

    async fn blob_at(
        &self,
        place: &Place,
        repository: &str,
        digest: &str,
        start: u64,
    ) -> Result<Blob, RegistryError> {
        let mut headers = HeaderMap::new();
        if start > 0 {
            let range = HeaderValue::try_from(format!("bytes={start}-"));
            headers.insert(RANGE, range.map_err(|_| nowhere())?);
        }
        let answer = self.ask(place, &Ask { repository, path: format!("blobs/{digest}"), headers }).await?;
        let start = if answer.status() == StatusCode::PARTIAL_CONTENT {
            begin_of(&place.host, &answer, start)?
        } else {
            0
        };
        Ok(Blob { runtime: self.runtime.clone(), host: place.host.clone(), body: answer.into_body(), start })
    }

    /// Asks, and asks again with what the place wants to be shown.
    async fn ask(&self, place: &Place, ask: &Ask<'_>) -> Result<Response<Incoming>, RegistryError> {
        let url = place.url(&format!("{}/{}", ask.repository, ask.path))?;
        let key = (place.host.clone(), ask.repository.to_owned());
        let before = self.shown.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
        let answer = self.send(&url, ask, before).await?;
        if answer.status() != StatusCode::UNAUTHORIZED {
            return found(place, ask, answer);
        }
        let proof = self.proof(place, ask, &url, &answer).await?;
        let answer = self.send(&url, ask, Some(proof.clone())).await?;
        if answer.status() == StatusCode::UNAUTHORIZED {
            return Err(denied(place, ask, "it takes neither the credentials nor the token got with them"));
        }
        self.shown.lock().unwrap_or_else(PoisonError::into_inner).insert(key, proof);
        found(place, ask, answer)
    }

    async fn send(
        &self,
        url: &Uri,
        ask: &Ask<'_>,
        proof: Option<HeaderValue>,
    ) -> Result<Response<Incoming>, RegistryError> {
        let mut headers = ask.headers.clone();
        if let Some(proof) = proof {
            headers.insert(AUTHORIZATION, proof);
        }
        self.http()?.get(url.clone(), headers, &self.settings).await
    }

    /// What the answer, a refusal, asks for.
    async fn proof(
        &self,
        place: &Place,
        ask: &Ask<'_>,
        url: &Uri,
        refusal: &Response<Incoming>,
    ) -> Result<HeaderValue, RegistryError> {
        let known = match &self.settings.credentials {
            Some(file) => credentials::look_up(file, &place.host)?,
            None => Known::Nothing,
        };
        let (basic, missing) = match known {
            Known::Basic(basic) => (Some(secret(&basic.0)?), "the credentials are refused"),
            Known::Elsewhere(why) => (None, why),
            Known::Nothing => (None, "no credentials are noted for it"),
        };
        let headers = refusal.headers().get_all(WWW_AUTHENTICATE).into_iter();
        match headers.filter_map(|header| Challenge::parse(header.to_str().ok()?)).next() {
            None => Err(denied(place, ask, "it asks for a kind of proof that is not known here")),
            Some(Challenge::Basic) => basic.ok_or_else(|| denied(place, ask, missing)),
            Some(Challenge::Bearer { realm, service, scope }) => {
                let scope = scope.unwrap_or_else(|| format!("repository:{}:pull", ask.repository));
                let realm = token_url(&realm, service.as_deref(), &scope)?;
                check_step(&self.settings, url, &realm)?;
                let token = self.token(&realm, basic).await;
                token?.ok_or_else(|| denied(place, ask, missing))
            }
        }
    }

    /// A token from `realm`; `None` if it does not give one to us.
    async fn token(
        &self,
        realm: &Uri,
        basic: Option<HeaderValue>,
    ) -> Result<Option<HeaderValue>, RegistryError> {
        #[derive(Deserialize)]
        struct Answer {
            token: Option<String>,
            access_token: Option<String>,
        }
        let headers = HeaderMap::from_iter(basic.map(|basic| (AUTHORIZATION, basic)));
        let answer = self.http()?.get(realm.clone(), headers, &self.settings).await?;
        let (host, status) = (host_of(realm).to_owned(), answer.status());
        match status {
            StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => return Ok(None),
            status if status.is_success() => {}
            _ => {
                return Err(RegistryError::Answer {
                    host,
                    status: status.as_u16(),
                    what: "a token".to_owned(),
                });
            }
        }
        let bytes = read_all(&*self.runtime, &host, answer.into_body(), MAX_TOKEN).await?;
        let answer: Option<Answer> = serde_json::from_slice(&bytes).ok();
        let token = answer.and_then(|it| it.token.or(it.access_token)).filter(|token| !token.is_empty());
        let token = token.ok_or(RegistryError::Unreachable { host, what: "gave no token".to_owned() })?;
        secret(&format!("Bearer {token}")).map(Some)
    }
}

fn nowhere() -> RegistryError {
    RegistryError::Settings("there is nowhere to ask".to_owned())
}

/// Is not shown by `Debug`.
fn secret(text: &str) -> Result<HeaderValue, RegistryError> {
    let unfit = |_| RegistryError::Settings("credentials that do not fit into a header".to_owned());
    let mut value = HeaderValue::try_from(text).map_err(unfit)?;
    value.set_sensitive(true);
    Ok(value)
}

fn denied(place: &Place, ask: &Ask<'_>, what: &str) -> RegistryError {
    let repository = ask.repository.to_owned();
    RegistryError::Denied { host: place.host.clone(), repository, what: what.to_owned() }
}

fn found(
    place: &Place,
    ask: &Ask<'_>,
    answer: Response<Incoming>,
) -> Result<Response<Incoming>, RegistryError> {
    let what = || format!("{} {}", ask.repository, ask.path);
    match answer.status() {
        StatusCode::OK | StatusCode::PARTIAL_CONTENT => Ok(answer),
        StatusCode::NOT_FOUND => Err(RegistryError::Unknown { host: place.host.clone(), what: what() }),
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            Err(denied(place, ask, "what was shown does not allow it"))
        }
        status => {
            Err(RegistryError::Answer { host: place.host.clone(), status: status.as_u16(), what: what() })
        }
    }
}

/// `Content-Range: bytes 5-9/10`. A place that begins elsewhere than it was asked to would make a blob of pieces.
fn begin_of(host: &str, answer: &Response<Incoming>, asked: u64) -> Result<u64, RegistryError> {
    let range = answer.headers().get(CONTENT_RANGE).and_then(|value| value.to_str().ok());
    let begin = range.and_then(|range| range.strip_prefix("bytes ")?.split('-').next()?.trim().parse().ok());
    match begin {
        Some(begin) if begin == asked => Ok(begin),
        _ => {
            let what = format!("sent a part that begins elsewhere than asked: {range:?}");
            Err(RegistryError::Unreachable { host: host.to_owned(), what })
        }
    }
}

fn token_url(realm: &str, service: Option<&str>, scope: &str) -> Result<Uri, RegistryError> {
    let mut url = realm.to_owned();
    let mut separator = if realm.contains('?') { '&' } else { '?' };
    for (key, value) in [("service", service), ("scope", Some(scope))] {
        if let Some(value) = value {
            url.push(separator);
            url.push_str(key);
            url.push('=');
            encode(value, &mut url);
            separator = '&';
        }
    }
    let rule = "not an address to ask for a token";
    url.parse().map_err(|_| RegistryError::Forbidden { url: realm.to_owned(), rule })
}

/// RFC 3986: everything but unreserved characters.
fn encode(value: &str, url: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_asked_for_with_what_the_challenge_says() {
        let url = token_url("https://a.example/token?x=1", Some("r e"), "repository:a/b:pull").unwrap();
        assert_eq!(
            url.to_string(),
            "https://a.example/token?x=1&service=r%20e&scope=repository%3Aa%2Fb%3Apull"
        );
        let url = token_url("https://a.example/token", None, "s").unwrap();
        assert_eq!(url.to_string(), "https://a.example/token?scope=s");
        assert!(token_url("not a url", None, "s").is_err());
    }
}
