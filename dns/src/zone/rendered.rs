//! Record data rendered once, when a set arrives, so that an answer only copies octets.
//!
//! Names at the end of NS, CNAME, PTR and MX data that lie in the zone are stored without the zone's name: the
//! answer puts a compression pointer to the question's copy of it there (RFC 1035 section 4.1.4). Other types must
//! not be compressed (RFC 3597 section 4) and stay whole.

use controlplane_types::dns::{Name, RdataError, RecordType, name, rdata};
use smallvec::SmallVec;
use std::sync::atomic::{AtomicU64, Ordering};

/// Most values in one set (route53.md section 1.5).
pub const MAX_VALUES: usize = 400;

/// Largest TTL (route53.md section 3.1).
const MAX_TTL: u32 = i32::MAX as u32;

/// The records of one set. There are millions of them, nearly all with one small record, which needs no room of its own.
#[derive(Debug)]
pub struct Rendered {
    /// Seconds.
    pub ttl: u32,
    /// No other rendering in this process has it, so whoever keeps something that follows from the records (a signature) knows
    /// them by it.
    pub stamp: u64,
    count: u16,
    /// A [`Span`] for each record, then their data.
    octets: SmallVec<[u8; 16]>,
}

static STAMPS: AtomicU64 = AtomicU64::new(1);

fn new_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed)
}

/// By what is rendered, whenever it was.
impl PartialEq for Rendered {
    fn eq(&self, other: &Self) -> bool {
        (self.ttl, self.count, &self.octets) == (other.ttl, other.count, &other.octets)
    }
}

/// Where the data of a record lies behind the spans.
#[derive(Clone, Copy)]
struct Span {
    start: u32,
    len: u16,
    in_zone: bool,
}

impl Span {
    const LEN: usize = 7;

    fn to_octets(self) -> [u8; Self::LEN] {
        let ([a, b, c, d], [e, f]) = (self.start.to_be_bytes(), self.len.to_be_bytes());
        [a, b, c, d, e, f, u8::from(self.in_zone)]
    }

    fn new([a, b, c, d, e, f, in_zone]: [u8; Self::LEN]) -> Self {
        Self {
            start: u32::from_be_bytes([a, b, c, d]),
            len: u16::from_be_bytes([e, f]),
            in_zone: in_zone != 0,
        }
    }
}

/// One record's data.
#[derive(Clone, Copy, Debug)]
pub struct RenderedRecord<'a> {
    /// The octets, without the zone's name at the end if [`Self::in_zone`].
    pub data: &'a [u8],
    /// Whether the zone's name follows.
    pub in_zone: bool,
}

/// Why values cannot be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// No value at all.
    #[error("there is no value")]
    Empty,
    /// More than 400 values.
    #[error("{0} values are more than 400")]
    TooMany(usize),
    /// A TTL outside 0 to 2147483647.
    #[error("the TTL {0} is above 2147483647")]
    Ttl(u32),
    /// A value that is no data of the type.
    #[error("value {value:?} is refused")]
    Value {
        /// The value as it came.
        value: String,
        /// What is wrong with it.
        #[source]
        source: RdataError,
    },
}

impl Rendered {
    /// Renders `values` of a zone named `apex`.
    pub fn new(kind: RecordType, ttl: u32, values: &[String], apex: &Name) -> Result<Self, RenderError> {
        match values.len() {
            0 => return Err(RenderError::Empty),
            1..=MAX_VALUES => {}
            count => return Err(RenderError::TooMany(count)),
        }
        if ttl > MAX_TTL {
            return Err(RenderError::Ttl(ttl));
        }
        let mut records = Vec::with_capacity(values.len());
        for value in values {
            let wire = rdata::parse_as(kind, value)
                .map_err(|source| RenderError::Value { value: value.clone(), source })?;
            let in_zone = ends_in(kind, &wire, apex);
            let len = if in_zone { wire.len() - apex.as_wire().len() } else { wire.len() };
            records.push((wire, len, in_zone));
        }
        Ok(Self::packed(ttl, records.iter().map(|(wire, len, in_zone)| (&wire[..*len], *in_zone))))
    }

    /// Records whose data comes in wire form and is not compressed.
    pub fn of_data(ttl: u32, records: &[Vec<u8>]) -> Self {
        Self::packed(ttl, records.iter().map(|record| (record.as_slice(), false)))
    }

    fn packed<'a>(ttl: u32, records: impl Iterator<Item = (&'a [u8], bool)> + Clone) -> Self {
        let (mut octets, mut start) = (SmallVec::new(), 0);
        for (data, in_zone) in records.clone() {
            octets.extend_from_slice(&Span { start, len: data.len() as u16, in_zone }.to_octets());
            start += data.len() as u32;
        }
        let count = (octets.len() / Span::LEN) as u16;
        records.for_each(|(data, _)| octets.extend_from_slice(data));
        octets.shrink_to_fit();
        Self { ttl, stamp: new_stamp(), count, octets }
    }

    /// The same records with another TTL.
    pub fn with_ttl(&self, ttl: u32) -> Self {
        Self { ttl, stamp: new_stamp(), count: self.count, octets: self.octets.clone() }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        usize::from(self.count)
    }

    /// A set always holds a record.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The record with this number, which has to be below [`Self::len`].
    pub fn record(&self, number: usize) -> RenderedRecord<'_> {
        let (spans, _) = self.octets.as_chunks();
        let span = Span::new(spans[number]);
        let start = self.len() * Span::LEN + span.start as usize;
        let data = &self.octets[start..start + usize::from(span.len)];
        RenderedRecord { data, in_zone: span.in_zone }
    }
}

/// Whether the data of a compressible type ends in a name at or below `apex`.
fn ends_in(kind: RecordType, wire: &[u8], apex: &Name) -> bool {
    let start = match kind {
        RecordType::Ns | RecordType::Cname | RecordType::Ptr => 0,
        RecordType::Mx => 2,
        _ => return false,
    };
    let apex = apex.as_wire();
    // The root as apex gains nothing: a pointer is longer than its one octet.
    apex.len() > 1 && name::suffixes(&wire[start..]).any(|suffix| suffix.eq_ignore_ascii_case(apex))
}
