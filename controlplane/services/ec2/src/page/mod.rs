//! Listing: ids, filters and pages of a describe action, in one place.
//!
//! A token is the last id of the page before, wrapped so that nobody builds on it. It needs no memory on the
//! server, survives failovers, and a record that goes away between two pages cannot make a page skip another
//! one.

#[cfg(test)]
mod tests;

use crate::errors;
use crate::filter::{Described, Filter, Filters};
use crate::resource::{Resource, check_id, require_stored};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use controlplane_services_kernel::{Reader, ServiceError, Stored};
use std::borrow::Borrow;

/// The most items one page holds; what a caller gets who asks for no bound.
pub const MAX_PAGE: usize = 1000;
/// The least a caller may ask for, unless the action says otherwise.
const MIN_PAGE: usize = 5;

/// What a describe action was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Listing<'a> {
    /// Exactly these.
    pub ids: Option<&'a [String]>,
    /// Only those that match.
    pub filters: Option<&'a [Filter]>,
    /// Page length.
    pub max_results: Option<i32>,
    /// Where the page before ended.
    pub next_token: Option<&'a str>,
    /// The shortest page one may ask for; five, as for most of EC2, where nothing is said.
    pub least: Option<usize>,
}

/// Items and the token of the next page.
pub type Page<D> = (Vec<D>, Option<String>);

impl Listing<'_> {
    /// The caller's records of type `R`, shown by `show`.
    pub fn run<R: Resource, D: Described>(
        &self,
        cx: &Reader,
        show: impl Fn(&str, &R, &Reader) -> D,
    ) -> Result<Page<D>, ServiceError> {
        self.run_stored::<R, D, D>(cx, |stored, cx| show(stored.key.id(), stored.record, cx))
    }

    /// The same where `show` wants to know where the record comes from, or shares what it shows.
    pub fn run_stored<R: Resource, D: Described, S: Borrow<D>>(
        &self,
        cx: &Reader,
        show: impl Fn(&Stored<'_, R>, &Reader) -> S,
    ) -> Result<Page<S>, ServiceError> {
        let filters = Filters::<D>::read(self.filters)?;
        if let Some(ids) = self.ids.filter(|ids| !ids.is_empty()) {
            self.refuse_paging()?;
            return Ok((these(ids, cx, &filters, show)?, None));
        }
        let after = self.next_token.map(|token| read_token(R::KIND, token)).transpose()?;
        let shown = cx.list_from::<R>(after.as_deref().unwrap_or_default()).map(|stored| show(&stored, cx));
        let accepted = shown.filter(|shown| filters.accept(shown.borrow()));
        self.cut(R::KIND, accepted, |shown| shown.borrow().id().to_owned())
    }

    /// One page of `items`, which come in the order of their positions.
    pub fn cut<T>(
        &self,
        kind: &str,
        items: impl Iterator<Item = T>,
        position: impl Fn(&T) -> String,
    ) -> Result<Page<T>, ServiceError> {
        let after = self.next_token.map(|token| read_token(kind, token)).transpose()?;
        let length = self.page_length()?;
        let mut rest =
            items.filter(|item| after.as_ref().is_none_or(|after| position(item) > *after)).peekable();
        let page: Vec<T> = rest.by_ref().take(length).collect();
        let more = rest.peek().is_some();
        let token = page.last().filter(|_| more).map(|last| write_token(kind, &position(last)));
        Ok((page, token))
    }

    fn refuse_paging(&self) -> Result<(), ServiceError> {
        if self.max_results.is_some() || self.next_token.is_some() {
            return Err(errors::ids_with_paging());
        }
        Ok(())
    }

    fn page_length(&self) -> Result<usize, ServiceError> {
        let Some(max) = self.max_results else { return Ok(MAX_PAGE) };
        let (length, least) = (usize::try_from(max).unwrap_or(0), self.least.unwrap_or(MIN_PAGE));
        if (least..=MAX_PAGE).contains(&length) {
            Ok(length)
        } else {
            Err(errors::max_results_out_of_range(max, least, MAX_PAGE))
        }
    }
}

/// The records with these ids, each once, in the order of their ids; all have to exist.
fn these<R: Resource, D: Described, S: Borrow<D>>(
    ids: &[String],
    cx: &Reader,
    filters: &Filters<D>,
    show: impl Fn(&Stored<'_, R>, &Reader) -> S,
) -> Result<Vec<S>, ServiceError> {
    if ids.len() > MAX_PAGE {
        return Err(errors::too_many_ids(ids.len(), MAX_PAGE));
    }
    let mut sorted: Vec<&String> = ids.iter().collect();
    sorted.sort();
    sorted.dedup();
    sorted.iter().try_for_each(|id| check_id(R::NOUN, id))?;
    let (mut shown, mut missing) = (Vec::new(), Vec::new());
    for id in sorted {
        match require_stored::<R>(id, cx) {
            Ok(stored) => shown.push(show(&stored, cx)),
            Err(_) => missing.push(id.as_str()),
        }
    }
    if !missing.is_empty() {
        return Err(errors::these_not_found(R::NOUN, &missing));
    }
    Ok(shown.into_iter().filter(|shown| filters.accept(shown.borrow())).collect())
}

fn write_token(kind: &str, position: &str) -> String {
    URL_SAFE_NO_PAD.encode(format!("{kind}\n{position}"))
}

fn read_token(kind: &str, token: &str) -> Result<String, ServiceError> {
    let bytes = URL_SAFE_NO_PAD.decode(token).map_err(|_| errors::invalid_next_token())?;
    let text = String::from_utf8(bytes).map_err(|_| errors::invalid_next_token())?;
    let position = text.strip_prefix(kind).and_then(|rest| rest.strip_prefix('\n'));
    position.map(str::to_owned).ok_or_else(errors::invalid_next_token)
}
