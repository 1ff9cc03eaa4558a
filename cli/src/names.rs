//! How people name records: `instance web-1`, `instance/web-1`, `i web-1 app`.

use crate::error::{CliError, Kind};

/// One record, or all of a kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Named {
    /// Kind, plural or short name.
    pub(crate) kind: String,
    /// Name or id; empty: all.
    pub(crate) name: String,
}

/// What `words` name: a kind and its names, or any number of `KIND/NAME`. Kinds alone may stand together: `vpc,subnet`.
pub(crate) fn named(words: &[String]) -> Result<Vec<Named>, CliError> {
    let (first, rest) = words.split_first().ok_or_else(|| usage("a kind is missing"))?;
    if words.iter().any(|word| word.contains('/')) {
        return words.iter().map(|word| pair(word)).collect();
    }
    let named = |kind: &str, name: &str| Named { kind: kind.to_owned(), name: name.to_owned() };
    let mut kinds = first.split(',');
    match (rest, kinds.clone().count()) {
        ([], _) if kinds.all(|kind| !kind.is_empty()) => {
            Ok(first.split(',').map(|kind| named(kind, "")).collect())
        }
        ([], _) => Err(usage("a kind is missing")),
        (names, 1) => Ok(names.iter().map(|name| named(first, name)).collect()),
        _ => Err(usage("names belong to one kind; write KIND/NAME for several")),
    }
}

/// The same, where every record has to be named.
pub(crate) fn records(words: &[String]) -> Result<Vec<Named>, CliError> {
    let named = named(words)?;
    match named.iter().find(|one| one.name.is_empty()) {
        Some(one) => Err(usage(&format!("which {}? A name or id is missing", one.kind))),
        None => Ok(named),
    }
}

fn pair(word: &str) -> Result<Named, CliError> {
    match word.split_once('/') {
        Some((kind, name)) if !kind.is_empty() && !name.is_empty() => {
            Ok(Named { kind: kind.to_owned(), name: name.to_owned() })
        }
        _ => Err(usage(&format!("{word:?} is no KIND/NAME"))),
    }
}

fn usage(message: &str) -> CliError {
    CliError::new(Kind::Usage, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<String, CliError> {
        let words: Vec<String> = text.split_whitespace().map(str::to_owned).collect();
        let named = named(&words)?;
        Ok(named.iter().map(|one| format!("{}:{}", one.kind, one.name)).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn records_are_named_in_several_ways() {
        let cases = [
            ("i", "i:"),
            ("vpc,subnet", "vpc: subnet:"),
            ("i web-1", "i:web-1"),
            ("i web-1 app", "i:web-1 i:app"),
            ("i/web-1 vpc/shop", "i:web-1 vpc:shop"),
        ];
        for (text, expected) in cases {
            assert_eq!(read(text).ok().as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_names_nothing_is_refused() {
        for text in ["", "i,", "vpc,subnet a", "i/", "/a", "i/a b"] {
            assert!(read(text).is_err(), "{text}");
        }
        assert!(records(&["i".to_owned()]).is_err());
    }
}
