//! Which span of which trace, as it is handed on: the W3C header `traceparent`
//! (<https://www.w3.org/TR/trace-context/#traceparent-header>).

use std::fmt;

/// A span of a trace that is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Context {
    /// The trace.
    pub trace_id: [u8; 16],
    /// The span.
    pub span_id: [u8; 8],
}

/// What a header says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Heard {
    /// Nothing, or nothing that can be read: the standard says to begin anew.
    Nothing,
    /// Whoever began the trace does not want it recorded.
    Unsampled,
    /// A trace to join.
    Sampled(Context),
}

impl Context {
    /// The name of the header.
    pub const HEADER: &'static str = "traceparent";

    /// Reads the header of a trace that is recorded; `None` for anything else.
    pub fn parse(header: &str) -> Option<Self> {
        match Heard::parse(Some(header)) {
            Heard::Sampled(context) => Some(context),
            Heard::Unsampled | Heard::Nothing => None,
        }
    }
}

impl fmt::Display for Context {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("00-")?;
        self.trace_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-")?;
        self.span_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str("-01")
    }
}

impl Heard {
    pub(super) fn parse(header: Option<&str>) -> Self {
        header.and_then(read).unwrap_or(Self::Nothing)
    }
}

/// `VERSION-TRACE-SPAN-FLAGS`; a version newer than 00 may go on after the flags.
fn read(header: &str) -> Option<Heard> {
    let mut parts = header.splitn(5, '-');
    let (version, trace, span, flags) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let [version] = hex::<1>(version)?;
    if version == 0xff || (version == 0 && parts.next().is_some()) {
        return None;
    }
    let context = Context { trace_id: hex(trace)?, span_id: hex(span)? };
    let [flags] = hex::<1>(flags)?;
    // All zeros are no ids.
    let real = context.trace_id != [0; 16] && context.span_id != [0; 8];
    real.then_some(if flags & 1 == 1 { Heard::Sampled(context) } else { Heard::Unsampled })
}

/// Exactly `N` bytes in lower case, as the standard wants them.
fn hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digit = |byte: u8| match byte {
        b'0'..=b'9' => Some(byte - b'0'),
        b'a'..=b'f' => Some(byte - b'a' + 10),
        _ => None,
    };
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = digit(pair[0])? << 4 | digit(pair[1])?;
    }
    Some(bytes)
}
