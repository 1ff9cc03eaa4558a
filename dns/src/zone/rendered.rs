//! Record data rendered once, when a set arrives, so that an answer only copies octets.
//!
//! Names at the end of NS, CNAME, PTR and MX data that lie in the zone are stored without the zone's name: the
//! answer puts a compression pointer to the question's copy of it there (RFC 1035 section 4.1.4). Other types must
//! not be compressed (RFC 3597 section 4) and stay whole.

use controlplane_types::dns::{Name, RdataError, RecordType, name, rdata};
use std::sync::atomic::{AtomicU64, Ordering};

/// Most values in one set (route53.md section 1.5).
pub const MAX_VALUES: usize = 400;

/// Largest TTL (route53.md section 3.1).
const MAX_TTL: u32 = i32::MAX as u32;

/// The records of one set.
#[derive(Debug)]
pub struct Rendered {
    /// Seconds.
    pub ttl: u32,
    /// No other rendering in this process has it, so whoever keeps something that follows from the records (a signature) knows
    /// them by it.
    pub stamp: u64,
    records: Records,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Records {
    /// A single short one needs no room of its own: nearly all are, and there are millions of them.
    Short { in_zone: bool, len: u8, data: [u8; SHORT] },
    /// A [`Span`] for each of `count`, then their data.
    Long { count: u16, octets: Box<[u8]> },
}

/// As much as fits where the other variant has its pointer; an IPv6 address does.
const SHORT: usize = 21;

static STAMPS: AtomicU64 = AtomicU64::new(1);

fn new_stamp() -> u64 {
    STAMPS.fetch_add(1, Ordering::Relaxed)
}

/// By what is rendered, whenever it was.
impl PartialEq for Rendered {
    fn eq(&self, other: &Self) -> bool {
        (self.ttl, &self.records) == (other.ttl, &other.records)
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
            let mut wire = rdata::parse_as(kind, value)
                .map_err(|source| RenderError::Value { value: value.clone(), source })?;
            let in_zone = ends_in(kind, &wire, apex);
            if in_zone {
                wire.truncate(wire.len() - apex.as_wire().len());
            }
            records.push((wire, in_zone));
        }
        Ok(Self { ttl, stamp: new_stamp(), records: Records::new(&records) })
    }

    /// Records whose data comes in wire form and is not compressed.
    pub fn of_data(ttl: u32, records: &[Vec<u8>]) -> Self {
        let records: Vec<_> = records.iter().map(|record| (record.as_slice(), false)).collect();
        Self { ttl, stamp: new_stamp(), records: Records::new(&records) }
    }

    /// The same records with another TTL.
    pub fn with_ttl(&self, ttl: u32) -> Self {
        Self { ttl, stamp: new_stamp(), records: self.records.clone() }
    }

    /// Number of records.
    pub fn len(&self) -> usize {
        match self.records {
            Records::Short { .. } => 1,
            Records::Long { count, .. } => usize::from(count),
        }
    }

    /// A set always holds a record.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of them.
    pub fn records(&self) -> impl Iterator<Item = RenderedRecord<'_>> {
        (0..self.len()).map(|number| self.record(number))
    }

    /// The record with this number, which has to be below [`Self::len`].
    pub fn record(&self, number: usize) -> RenderedRecord<'_> {
        match &self.records {
            Records::Short { in_zone, len, data } => {
                RenderedRecord { data: &data[..usize::from(*len)], in_zone: *in_zone }
            }
            Records::Long { count, octets } => {
                let (spans, _) = octets.as_chunks();
                let span = Span::new(spans[number]);
                let start = usize::from(*count) * Span::LEN + span.start as usize;
                RenderedRecord { data: &octets[start..start + usize::from(span.len)], in_zone: span.in_zone }
            }
        }
    }
}

impl Records {
    /// Of data, and whether the zone's name follows it.
    fn new<D: AsRef<[u8]>>(records: &[(D, bool)]) -> Self {
        if let [(data, in_zone)] = records
            && data.as_ref().len() <= SHORT
        {
            let (data, mut short) = (data.as_ref(), [0; SHORT]);
            short[..data.len()].copy_from_slice(data);
            return Records::Short { in_zone: *in_zone, len: data.len() as u8, data: short };
        }
        let (mut octets, mut start) = (Vec::new(), 0);
        for (data, in_zone) in records {
            let len = data.as_ref().len();
            octets.extend_from_slice(&Span { start, len: len as u16, in_zone: *in_zone }.to_octets());
            start += len as u32;
        }
        records.iter().for_each(|(data, _)| octets.extend_from_slice(data.as_ref()));
        Records::Long { count: records.len() as u16, octets: octets.into() }
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
