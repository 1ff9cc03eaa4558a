//! `KEY=VALUE KEY-`: what to give and what to take, as kubectl writes it.

use crate::error::{CliError, Kind};

/// What was said, in two lists.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Words {
    pub(super) set: Vec<String>,
    pub(super) remove: Vec<String>,
}

/// Tells words that give from words that take. `what` is `label` or `taint`; `gives` says whether a word gives one.
pub(super) fn words(what: &str, given: &[String], gives: impl Fn(&str) -> bool) -> Result<Words, CliError> {
    let mut words = Words::default();
    for word in given {
        match word.strip_suffix('-').filter(|_| !word.contains('=')) {
            Some(taken) => words.remove.push(taken.to_owned()),
            None if gives(word) => words.set.push(word.clone()),
            None => return Err(CliError::new(Kind::Usage, format!("unknown {what} spec: {word}"))),
        }
    }
    Ok(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_give_or_take() {
        let given = ["disk=ssd", "old-", "tail=a-", "dedicated:NoSchedule-"].map(str::to_owned);
        let found = words("label", &given, |word| word.contains('=')).unwrap();
        assert_eq!(
            (found.set, found.remove),
            (
                vec!["disk=ssd".to_owned(), "tail=a-".to_owned()],
                vec!["old".to_owned(), "dedicated:NoSchedule".to_owned()],
            )
        );
        let error = words("label", &["disk".to_owned()], |word| word.contains('=')).unwrap_err();
        assert!(error.message().contains("unknown label spec: disk"));
    }
}
