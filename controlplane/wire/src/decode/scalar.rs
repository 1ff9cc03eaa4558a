//! Texts to typed scalars, strictly: no spaces, no plus signs, no other spellings of true.

use crate::model::{Kind, Shape, TimestampFormat};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_types::Timestamp;
use std::borrow::Cow;
use time::OffsetDateTime;
use time::macros::format_description;

/// A scalar as its shape has it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Scalar<'a> {
    Text(&'a str),
    Bytes(Vec<u8>),
    Boolean(bool),
    Whole(i64),
    Double(f64),
    Time(Timestamp),
}

/// Reads `text` as the shape says; the error is what it should have been.
pub(crate) fn parse<'a>(shape: &Shape, text: &'a str) -> Result<Scalar<'a>, &'static str> {
    match &shape.kind {
        Kind::Text(_) => Ok(Scalar::Text(text)),
        Kind::Blob(_) => STANDARD.decode(text).map(Scalar::Bytes).map_err(|_| "base64"),
        Kind::Boolean => boolean(text).map(Scalar::Boolean).ok_or("true or false"),
        Kind::Integer(_) => {
            whole(text).filter(|&n| i32::try_from(n).is_ok()).map(Scalar::Whole).ok_or("an integer")
        }
        Kind::Long(_) => whole(text).map(Scalar::Whole).ok_or("a long integer"),
        Kind::Double(_) => double(text).map(Scalar::Double).ok_or("a number"),
        Kind::Timestamp(_) => timestamp(text).map(Scalar::Time).ok_or("a timestamp"),
        Kind::Structure(_) => Err("a structure"),
        Kind::List(_) => Err("a list"),
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}

fn whole(text: &str) -> Option<i64> {
    text.parse().ok().filter(|_| !text.starts_with('+'))
}

fn double(text: &str) -> Option<f64> {
    let plain = text.bytes().all(|letter| letter.is_ascii_digit() || b"+-.eE".contains(&letter));
    text.parse().ok().filter(|number: &f64| plain && number.is_finite() && !text.starts_with('+'))
}

/// Any of the formats, whichever the model asks for: SDKs differ, and no text fits two of them.
fn timestamp(text: &str) -> Option<Timestamp> {
    Timestamp::parse_iso8601(text).or_else(|| unix_seconds(text)).or_else(|| rfc822(text))
}

fn unix_seconds(text: &str) -> Option<Timestamp> {
    let (seconds, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| {
        !text.is_empty() && text.len() <= 12 && text.bytes().all(|letter| letter.is_ascii_digit())
    };
    if !digits(seconds) || !digits(fraction) {
        return None;
    }
    let millis: u64 = format!("{fraction:0<3}").get(..3)?.parse().ok()?;
    Some(Timestamp::from_millis(seconds.parse::<u64>().ok()? * 1000 + millis))
}

const RFC822: &[time::format_description::BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

fn rfc822(text: &str) -> Option<Timestamp> {
    let seconds = time::PrimitiveDateTime::parse(text, RFC822).ok()?.assume_utc().unix_timestamp();
    u64::try_from(seconds).ok().map(|seconds| Timestamp::from_millis(seconds * 1000))
}

/// Writes a moment.
pub(crate) fn print_timestamp(time: Timestamp, format: TimestampFormat) -> Cow<'static, str> {
    match format {
        TimestampFormat::Iso8601 => Cow::Owned(time.to_iso8601()),
        TimestampFormat::UnixSeconds if time.as_millis().is_multiple_of(1000) => {
            Cow::Owned(time.as_secs().to_string())
        }
        TimestampFormat::UnixSeconds => {
            Cow::Owned(format!("{}.{:03}", time.as_secs(), time.as_millis() % 1000))
        }
        TimestampFormat::Rfc822 => {
            let seconds = i64::try_from(time.as_secs()).unwrap_or_default();
            let moment = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
            Cow::Owned(moment.format(RFC822).unwrap_or_default())
        }
    }
}
