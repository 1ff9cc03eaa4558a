//! The bounds on what one request may hold. AWS's own limits are mostly lower and checked by the operations.

/// Bytes of a body: four times what the largest served request (user data, a change batch) needs.
pub const BODY: usize = 1 << 20;
/// Pieces of a body in pieces; S3 wants at least 8 KiB of all but the last.
pub(crate) const CHUNKS: usize = 1024;
/// Bytes of a line between the pieces.
pub(crate) const LINE: usize = 1024;
/// Trailers behind them.
pub(crate) const TRAILERS: usize = 8;
/// Bytes of a list of headers that an answer repeats.
pub const NAMES: usize = 2048;
/// Form parameters or query pairs.
pub const PARAMETERS: usize = 10_000;
/// Values in a request's tree.
const VALUES: usize = 50_000;
/// Items of one list.
const ITEMS: usize = 1_000;
/// Nested elements or name parts of a parameter.
pub(crate) const DEPTH: usize = 32;
/// Violations reported together.
pub(crate) const VIOLATIONS: usize = 20;
/// Characters of a request's own text that an answer repeats.
const ECHO: usize = 200;

/// A request's text as an answer may repeat it: an attacker must not choose how long our answers and logs are.
pub(crate) fn echo(text: &str) -> String {
    match text.char_indices().nth(ECHO) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

/// How large a tree may grow.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    /// Values in all.
    pub(crate) values: usize,
    /// Items of one list.
    pub(crate) items: usize,
}

/// For what others send us.
pub(crate) const REQUEST: Bounds = Bounds { values: VALUES, items: ITEMS };
/// For what our own server answers us.
pub(crate) const RESPONSE: Bounds = Bounds { values: 100 * VALUES, items: 100 * ITEMS };
