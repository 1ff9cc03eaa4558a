use super::Untrusted;
use crate::credentials::Tags;
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Where session tags are. <https://docs.aws.amazon.com/IAM/latest/UserGuide/id_session-tags.html>
const TAGS: &str = "https://aws.amazon.com/tags";
const SOURCE_IDENTITY: &str = "https://aws.amazon.com/source_identity";
/// Seconds a provider's clock may be ahead.
const SKEW_SECS: u64 = 300;

/// What a provider says, under a signature that was checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// The provider's URL without the scheme.
    pub(crate) issuer: String,
    /// Who was authenticated.
    pub(crate) subject: String,
    /// Whom the token is for.
    audiences: Vec<String>,
    /// Whom it was given to, where that is another.
    authorized_party: Option<String>,
    /// How he was authenticated.
    pub(crate) methods: Vec<String>,
    /// Good until then, in seconds.
    expires_at: u64,
    /// Not good before, in seconds.
    not_before: Option<u64>,
    /// Tags of the session.
    pub(crate) tags: Tags,
    /// Keys of those that go on.
    pub(crate) transitive: BTreeSet<String>,
    /// Who is behind the session.
    pub(crate) source_identity: Option<String>,
}

/// Why claims do not hold now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Untimely {
    /// They held until this second.
    Expired(u64),
    /// They do not hold yet.
    Early,
}

impl Claims {
    /// Reads what was signed.
    pub(super) fn read(claims: &Value, issuer: String) -> Result<Self, Untrusted> {
        let text = |name: &'static str| claims[name].as_str().map(str::to_owned);
        let (tags, transitive) = session_tags(claims)?;
        // A moment before which it must not be used, or one at which it is said to have been made.
        let not_before = seconds(claims, "nbf")?.max(seconds(claims, "iat")?);
        Ok(Self {
            issuer,
            subject: text("sub").filter(|sub| !sub.is_empty()).ok_or(Untrusted::Claim("sub"))?,
            audiences: strings(&claims["aud"]).ok_or(Untrusted::Claim("aud"))?,
            authorized_party: text("azp"),
            methods: strings(&claims["amr"]).unwrap_or_default(),
            expires_at: seconds(claims, "exp")?.ok_or(Untrusted::Claim("exp"))?,
            not_before,
            tags,
            transitive,
            source_identity: text(SOURCE_IDENTITY),
        })
    }

    /// Whether they hold at a second.
    pub(crate) fn hold_at(&self, now: u64) -> Result<(), Untimely> {
        if now >= self.expires_at {
            return Err(Untimely::Expired(self.expires_at));
        }
        match self.not_before.is_some_and(|moment| moment > now.saturating_add(SKEW_SECS)) {
            true => Err(Untimely::Early),
            false => Ok(()),
        }
    }

    /// Which of these clients the token is for: the one it was given to decides, where it says so, else all it is for.
    pub(crate) fn client<'c>(&'c self, known: &[String]) -> Option<&'c str> {
        let found = self.clients().iter().find(|client| known.contains(client));
        found.map(String::as_str)
    }

    /// What conditions on the audience are about.
    pub(crate) fn clients(&self) -> &[String] {
        match &self.authorized_party {
            Some(party) => std::slice::from_ref(party),
            None => &self.audiences,
        }
    }

    /// What the token is for by its own word, beside the client it was given to.
    pub(crate) fn other_audiences(&self) -> Option<&[String]> {
        self.authorized_party.as_ref().map(|_| &*self.audiences)
    }
}

/// A number of seconds; AWS takes whole ones only.
fn seconds(claims: &Value, name: &'static str) -> Result<Option<u64>, Untrusted> {
    match &claims[name] {
        Value::Null => Ok(None),
        value => value.as_u64().map(Some).ok_or(Untrusted::Claim(name)),
    }
}

/// One text or several.
fn strings(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::String(one) => Some(vec![one.clone()]),
        Value::Array(several) if !several.is_empty() => {
            several.iter().map(|one| one.as_str().map(str::to_owned)).collect()
        }
        _ => None,
    }
}

/// Tags are one claim with two members, or a claim each whose names go on from there.
fn session_tags(claims: &Value) -> Result<(Tags, BTreeSet<String>), Untrusted> {
    let bad = Untrusted::Claim(TAGS);
    let empty = Map::new();
    let (nested, all) = (&claims[TAGS], claims.as_object().unwrap_or(&empty));
    let flat_prefix = format!("{TAGS}/principal_tags/");
    let flat = all.iter().filter_map(|(name, value)| Some((name.strip_prefix(&flat_prefix)?, value)));
    let inside = match &nested["principal_tags"] {
        Value::Null => &empty,
        tags => tags.as_object().ok_or(bad)?,
    };
    let both = inside.iter().map(|(key, value)| (key.as_str(), value)).chain(flat);
    let tag = |(key, value): (&str, &Value)| {
        let values = strings(value).filter(|values| values.len() == 1)?;
        Some((key.to_owned(), values.into_iter().next()?))
    };
    let tags = both.map(tag).collect::<Option<Tags>>().ok_or(bad)?;
    let mut transitive = BTreeSet::new();
    for keys in [&nested["transitive_tag_keys"], &claims[format!("{TAGS}/transitive_tag_keys")]] {
        if !keys.is_null() {
            transitive.extend(strings(keys).ok_or(bad)?);
        }
    }
    Ok((tags, transitive))
}
