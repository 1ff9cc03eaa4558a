//! A provider to try things with, and what its tokens, and those that only look like its tokens, are worth.

use super::claims::Untimely;
use super::{Claims, Token, Untrusted};
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rsa::{KeyPair as RsaKeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// Where the provider is.
pub(crate) const URL: &str = "issuer.example.com/realm";

/// Signs tokens.
pub(crate) struct Issuer {
    key: EncodingKey,
    algorithm: Algorithm,
    key_id: &'static str,
}

impl Issuer {
    pub(crate) fn with_curve(key_id: &'static str) -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let key = EncodingKey::from_ec_der(pair.to_pkcs8v1().unwrap().as_ref());
        Self { key, algorithm: Algorithm::ES256, key_id }
    }

    fn with_rsa(key_id: &'static str) -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let pkcs8 = AsDer::<aws_lc_rs::encoding::Pkcs8V1Der>::as_der(&pair).unwrap();
        // The key itself is behind the 26 bytes that say what it is.
        let key = EncodingKey::from_rsa_der(&pkcs8.as_ref()[26..]);
        Self { key, algorithm: Algorithm::RS256, key_id }
    }

    /// Its public key, as it is published.
    pub(crate) fn jwk(&self) -> Value {
        let mut jwk =
            serde_json::to_value(Jwk::from_encoding_key(&self.key, self.algorithm).unwrap()).unwrap();
        jwk["kid"] = self.key_id.into();
        jwk["use"] = "sig".into();
        jwk
    }

    /// A token that says this.
    pub(crate) fn sign(&self, claims: &Value) -> String {
        let header = Header { kid: Some(self.key_id.to_owned()), ..Header::new(self.algorithm) };
        encode(&header, claims, &self.key).unwrap()
    }
}

/// What a good token says, and what is changed in it.
pub(crate) fn claims(changed: &Value) -> Value {
    let mut claims = json!({
        "iss": format!("https://{URL}"), "sub": "repo:lab/app", "aud": "sts.amazonaws.com",
        "exp": 2_000, "nbf": 900, "iat": 900,
    });
    let all = claims.as_object_mut().unwrap();
    for (name, value) in changed.as_object().unwrap() {
        match value {
            Value::Null => all.remove(name),
            value => all.insert(name.clone(), value.clone()),
        };
    }
    claims
}

fn trusted(token: &str, keys: &[Value]) -> Result<Claims, Untrusted> {
    Token::read(token)?.signed_by(keys)
}

/// `header.claims.signature` of parts that are written as they are.
fn forged(header: &Value, claims: &Value, signature: &str) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.{signature}", part(header), part(claims))
}

#[test]
fn a_token_is_believed_that_its_provider_signed() {
    for issuer in [Issuer::with_curve("one"), Issuer::with_rsa("one")] {
        let other = Issuer::with_curve("two");
        let unreadable = json!({"kty": "new", "kid": "three"});
        let found =
            trusted(&issuer.sign(&claims(&json!({}))), &[other.jwk(), unreadable, issuer.jwk()]).unwrap();
        assert_eq!((&*found.issuer, &*found.subject), (URL, "repo:lab/app"));
        assert_eq!(found.client(&["sts.amazonaws.com".to_owned()]), Some("sts.amazonaws.com"));
        assert_eq!(found.client(&["another".to_owned()]), None);
    }
}

#[test]
fn a_token_is_not_believed_that_nobody_or_another_signed() {
    let (issuer, other) = (Issuer::with_curve("one"), Issuer::with_curve("one"));
    let rsa = Issuer::with_rsa("one");
    let good = issuer.sign(&claims(&json!({})));
    let (head, rest) = good.split_once('.').unwrap();
    let (middle, signature) = rest.split_once('.').unwrap();
    let (raised, _) = {
        let text = URL_SAFE_NO_PAD.encode(claims(&json!({"sub": "admin"})).to_string());
        (format!("{head}.{text}.{signature}"), ())
    };
    let own = claims(&json!({}));
    // The public key as a shared secret: what an HS256 token would be checked with.
    let secret = EncodingKey::from_secret(issuer.jwk().to_string().as_bytes());
    let header = Header { kid: Some("one".to_owned()), ..Header::new(Algorithm::HS256) };
    let hmac = encode(&header, &own, &secret).unwrap();
    let with_alg = |alg: &str| forged(&json!({"alg": alg, "kid": "one", "typ": "JWT"}), &own, signature);
    for (what, token, keys, expected) in [
        ("another's key", other.sign(&own), vec![issuer.jwk()], Untrusted::Signature),
        ("other claims", raised, vec![issuer.jwk()], Untrusted::Signature),
        ("no signature", format!("{head}.{middle}."), vec![issuer.jwk()], Untrusted::Signature),
        (
            "half a signature",
            format!("{head}.{middle}.{}", &signature[..40]),
            vec![issuer.jwk()],
            Untrusted::Signature,
        ),
        ("alg none", with_alg("none"), vec![issuer.jwk()], Untrusted::NotAToken),
        ("alg None", with_alg("None"), vec![issuer.jwk()], Untrusted::NotAToken),
        ("a public key as secret", hmac, vec![issuer.jwk()], Untrusted::Algorithm),
        ("another algorithm's key", with_alg("RS256"), vec![issuer.jwk()], Untrusted::NoKey),
        ("an RSA key for a curve", good.clone(), vec![rsa.jwk()], Untrusted::NoKey),
        ("no such key", good.clone(), vec![Issuer::with_curve("two").jwk()], Untrusted::NoKey),
        ("two keys of the name", good.clone(), vec![issuer.jwk(), other.jwk()], Untrusted::NoKey),
        ("no keys", good.clone(), vec![], Untrusted::NoKey),
        ("four parts", format!("{good}.x"), vec![issuer.jwk()], Untrusted::NotAToken),
        ("two parts", format!("{head}.{middle}"), vec![issuer.jwk()], Untrusted::NotAToken),
        ("nothing", String::new(), vec![issuer.jwk()], Untrusted::NotAToken),
        (
            "no issuer",
            issuer.sign(&claims(&json!({"iss": null}))),
            vec![issuer.jwk()],
            Untrusted::Claim("iss"),
        ),
        (
            "plain http",
            issuer.sign(&claims(&json!({"iss": "http://a"}))),
            vec![issuer.jwk()],
            Untrusted::Claim("iss"),
        ),
    ] {
        assert_eq!(trusted(&token, &keys).err(), Some(expected), "{what}");
    }
    let mut encrypts = issuer.jwk();
    encrypts["use"] = "enc".into();
    assert_eq!(trusted(&good, &[encrypts]).err(), Some(Untrusted::NoKey));
}

#[test]
fn a_changed_byte_is_noticed() {
    let issuer = Issuer::with_curve("one");
    let good = issuer.sign(&claims(&json!({})));
    for place in 0..good.len() {
        let mut bytes = good.clone().into_bytes();
        bytes[place] = if bytes[place] == b'A' { b'B' } else { b'A' };
        let changed = String::from_utf8(bytes).unwrap();
        // The last character of a part has bits that say nothing; the library refuses those that are set.
        assert!(trusted(&changed, &[issuer.jwk()]).is_err(), "byte {place}");
    }
}

#[test]
fn claims_have_types() {
    let issuer = Issuer::with_curve("one");
    for (changed, claim) in [
        (json!({"sub": null}), "sub"),
        (json!({"sub": ""}), "sub"),
        (json!({"sub": 7}), "sub"),
        (json!({"aud": null}), "aud"),
        (json!({"aud": []}), "aud"),
        (json!({"aud": ["a", 7]}), "aud"),
        (json!({"exp": null}), "exp"),
        (json!({"exp": "2000"}), "exp"),
        (json!({"exp": 2000.5}), "exp"),
        (json!({"exp": -1}), "exp"),
        (json!({"nbf": "soon"}), "nbf"),
        (json!({"iat": 1.5}), "iat"),
        (json!({"https://aws.amazon.com/tags": {"principal_tags": 7}}), "https://aws.amazon.com/tags"),
        (
            json!({"https://aws.amazon.com/tags": {"principal_tags": {"a": ["1", "2"]}}}),
            "https://aws.amazon.com/tags",
        ),
        (json!({"https://aws.amazon.com/tags": {"transitive_tag_keys": 7}}), "https://aws.amazon.com/tags"),
    ] {
        let found = trusted(&issuer.sign(&claims(&changed)), &[issuer.jwk()]);
        assert_eq!(found.err(), Some(Untrusted::Claim(claim)), "{changed}");
    }
}

#[test]
fn claims_hold_for_a_while() {
    let issuer = Issuer::with_curve("one");
    let at =
        |changed: Value, now| trusted(&issuer.sign(&claims(&changed)), &[issuer.jwk()]).unwrap().hold_at(now);
    assert_eq!(at(json!({}), 1_999), Ok(()));
    assert_eq!(at(json!({}), 2_000), Err(Untimely::Expired(2_000)));
    assert_eq!(at(json!({}), 600), Ok(()), "a provider's clock may be five minutes ahead");
    assert_eq!(at(json!({}), 599), Err(Untimely::Early));
    assert_eq!(at(json!({"nbf": null, "iat": 1_900}), 1_000), Err(Untimely::Early));
    assert_eq!(at(json!({"nbf": null, "iat": null}), 0), Ok(()));
    assert_eq!(at(json!({"exp": u64::MAX, "nbf": u64::MAX}), u64::MAX - 1), Ok(()));
}

#[test]
fn who_it_was_given_to_decides_whom_it_is_for() {
    let issuer = Issuer::with_curve("one");
    let read = |changed: Value| trusted(&issuer.sign(&claims(&changed)), &[issuer.jwk()]).unwrap();
    let known = ["a".to_owned(), "b".to_owned()];
    let several = read(json!({"aud": ["x", "b"]}));
    assert_eq!((several.client(&known), several.other_audiences()), (Some("b"), None));
    let party = read(json!({"aud": ["a"], "azp": "x"}));
    assert_eq!(party.client(&known), None);
    assert_eq!(party.other_audiences(), Some(&["a".to_owned()][..]));
    assert_eq!(read(json!({"aud": "x", "azp": "a"})).client(&known), Some("a"));
}

#[test]
fn tags_are_told_in_two_ways() {
    let issuer = Issuer::with_curve("one");
    let nested = json!({"https://aws.amazon.com/tags": {
        "principal_tags": {"team": ["red"], "site": "lab"}, "transitive_tag_keys": ["team"],
    }});
    let flat = json!({
        "https://aws.amazon.com/tags/principal_tags/team": ["red"],
        "https://aws.amazon.com/tags/principal_tags/site": "lab",
        "https://aws.amazon.com/tags/transitive_tag_keys": "team",
    });
    for told in [nested, flat] {
        let found = trusted(&issuer.sign(&claims(&told)), &[issuer.jwk()]).unwrap();
        let tags: Vec<_> = found.tags.iter().map(|(key, value)| (key.as_str(), value.as_str())).collect();
        assert_eq!(tags, [("site", "lab"), ("team", "red")], "{told}");
        assert_eq!(found.transitive, ["team".to_owned()].into());
    }
}
