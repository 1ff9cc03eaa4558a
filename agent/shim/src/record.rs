//! The one file format of the state folder: `key=value`, each ended by a NUL byte.
//!
//! Environment variables and arguments may hold anything but NUL, newlines included, so no escaping is needed and the
//! supervisor needs no parser for a richer language. `tr '\0' '\n' <file` shows one to people.

use crate::failure::{Doing, Failure};
use std::path::Path;
use std::{fs, io};

/// Files above this size are not ours. Arguments and environment of a program are bounded by the kernel well below.
const MAX_BYTES: u64 = 4 << 20;

/// The pairs of a record in order; keys may repeat.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<(String, String)>, Failure> {
    let text = std::str::from_utf8(bytes).map_err(|_| Failure::new("record: not UTF-8"))?;
    let Some(text) = text.strip_suffix('\0') else {
        return if text.is_empty() { Ok(Vec::new()) } else { Err(Failure::new("record: cut off")) };
    };
    text.split('\0').map(pair).collect()
}

fn pair(field: &str) -> Result<(String, String), Failure> {
    let (key, value) =
        field.split_once('=').ok_or_else(|| Failure::new(format!("record: {field:?} has no '='")))?;
    Ok((key.to_owned(), value.to_owned()))
}

/// The bytes of a record. Values must not hold NUL.
pub(crate) fn encode<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in pairs {
        bytes.extend_from_slice(key.as_bytes());
        bytes.push(b'=');
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(0);
    }
    bytes
}

/// Reads a record; `None` when there is no such file.
pub(crate) fn read(path: &Path) -> Result<Option<Vec<(String, String)>>, Failure> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Ok(found) if found.len() > MAX_BYTES => {
            return Err(Failure::new(format!("{}: larger than {MAX_BYTES} bytes", path.display())));
        }
        _ => {}
    }
    parse(&fs::read(path).doing(format_args!("read {}", path.display()))?).map(Some)
}

/// Writes a record whole or not at all: a reader sees the old file or the new one.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    let aside = path.with_extension("new");
    fs::write(&aside, bytes).doing(format_args!("write {}", aside.display()))?;
    fs::rename(&aside, path).doing(format_args!("rename {}", aside.display()))
}

/// The value of a key as a number.
pub(crate) fn number<T: std::str::FromStr>(key: &str, value: &str) -> Result<T, Failure> {
    value.parse().map_err(|_| Failure::new(format!("{key}: {value:?} is not a number in range")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways() {
        let pairs = [("arg", "a=b\nc".to_owned()), ("arg", String::new()), ("id", "i-1".to_owned())];
        let parsed = parse(&encode(pairs.clone())).expect("parses");
        let expected: Vec<_> = pairs.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        assert_eq!(parsed, expected);
    }

    #[test]
    fn damage_is_refused() {
        for (bytes, text) in [
            (&b"id=a\0cut"[..], "record: cut off"),
            (&b"nothing\0"[..], "record: \"nothing\" has no '='"),
            (&b"id=\xff\0"[..], "record: not UTF-8"),
        ] {
            assert_eq!(parse(bytes), Err(Failure::new(text)), "{bytes:?}");
        }
    }
}
