//! What was acknowledged is there, once.

use std::collections::BTreeMap;

/// Something a client asked for under a token, as it was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// Its id.
    pub id: String,
    /// What else the answer said of it.
    pub detail: String,
}

/// All acknowledgements.
#[derive(Default)]
pub struct Acknowledged {
    made: BTreeMap<String, Made>,
    broken: Vec<String>,
}

impl Acknowledged {
    /// A client was told that what it asked for under `token` is `made`. Told again, it has to be the same.
    pub fn note(&mut self, token: &str, made: Made) {
        let first = self.made.entry(token.to_owned()).or_insert_with(|| made.clone());
        if *first != made {
            self.broken.push(format!("{token} was answered with {first:?} and then with {made:?}"));
        }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.made.len()
    }

    /// Compares with what is recorded: every thing with the token it was made under. Things nobody was told of are
    /// allowed, but only one per token.
    pub fn compare(&mut self, who: &str, recorded: impl IntoIterator<Item = (String, Made)>) {
        let mut found: BTreeMap<String, Vec<Made>> = BTreeMap::new();
        for (token, made) in recorded {
            found.entry(token).or_default().push(made);
        }
        for (token, twice) in found.iter().filter(|(_, things)| things.len() > 1) {
            self.broken.push(format!("{who}: {token} was made {} times: {twice:?}", twice.len()));
        }
        for (token, made) in &self.made {
            if !found.get(token).is_some_and(|things| things.contains(made)) {
                self.broken.push(format!("{who}: {token} was acknowledged as {made:?} and is lost"));
            }
        }
    }

    /// What broke the rule.
    pub fn broken(&self) -> &[String] {
        &self.broken
    }
}
