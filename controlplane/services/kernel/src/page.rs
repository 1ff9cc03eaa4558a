//! Pages of lists that are in order and only grow at their end: the token is how many items came before.

/// Items on a page, if nobody says.
const PAGE: usize = 100;

/// At most `size` items after those that `token` counts, and the token of the next page; `None` for a token that was never given.
pub fn numbered<T>(
    items: impl Iterator<Item = T>,
    token: Option<&str>,
    size: Option<usize>,
) -> Option<(Vec<T>, Option<String>)> {
    let before = match token {
        Some(token) => token.parse::<usize>().ok()?,
        None => 0,
    };
    let mut rest = items.skip(before);
    let page: Vec<T> = rest.by_ref().take(size.unwrap_or(PAGE)).collect();
    let next = rest.next().map(|_| (before + page.len()).to_string());
    Some((page, next))
}
