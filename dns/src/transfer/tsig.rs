//! TSIG (RFC 8945): who sent a message, proven by a code over it made with a shared secret.

use super::key::Key;
use crate::answer::message::{HEADER, Question, Records, u16_at};
use aws_lc_rs::constant_time::verify_slices_are_equal;
use controlplane_types::dns::name::{MAX_WIRE, wire_len};

const TYPE: u16 = 250;
const CLASS_ANY: u16 = 255;
/// How far clocks may differ, in seconds (RFC 8945 section 10).
const FUDGE: u16 = 300;
/// Of a record: type, class, TTL and length behind the owner; in the data, what has a fixed length.
const FIXED: usize = 10 + 16;
/// Of the server's time, which an error may carry.
const OTHER: usize = 6;
/// RFC 8945 section 5.2.2.1.
const MIN_MAC: usize = 10;

/// What is wrong with a signature: BADSIG and so on (RFC 8945 section 3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum TsigError {
    Sig = 16,
    Key = 17,
    Time = 18,
    Trunc = 22,
}

/// Why a request is not answered.
pub(super) enum Wrong<'k> {
    /// Its code has a length that none may have.
    Malformed,
    /// It is not known who sent it: the reply is not signed.
    Unproven(TsigError),
    /// Its sender has the key: the reply is signed.
    Proven(TsigError, &'k Key),
}

/// What of a packet is a TSIG record.
pub(super) enum Found<'p> {
    /// Nothing, or nobody can tell.
    None,
    /// A record where none may be, or that is not as it has to be.
    Malformed,
    Signature(Signature<'p>),
}

/// The TSIG record of a request.
pub(super) struct Signature<'p> {
    /// Where it begins.
    start: usize,
    /// Lower case, in wire form.
    key: Vec<u8>,
    /// The same.
    algorithm: Vec<u8>,
    /// Seconds since 1970.
    time: u64,
    fudge: u16,
    pub(super) mac: &'p [u8],
    original_id: [u8; 2],
    error: u16,
    other: &'p [u8],
}

/// Looks for the record; it is the last (RFC 8945 section 5.1).
pub(super) fn find(packet: &[u8]) -> Found<'_> {
    match walk(packet) {
        None => Found::None,
        Some(found) => found,
    }
}

fn walk(packet: &[u8]) -> Option<Found<'_>> {
    let count = |at: usize| u16_at(packet, at).map(u32::from);
    let question = Question::read(packet.get(HEADER..)?).filter(|_| count(4) == Some(1))?;
    let mut records = Records { packet, at: HEADER + question.octets.len() };
    let (before, additional) = (count(6)? + count(8)?, count(10)?);
    for number in 1..=before + additional {
        let start = records.at;
        let record = records.next()?;
        if record.kind != TYPE {
            continue;
        }
        let is_last = number == before + additional && number > before && records.at == packet.len();
        let is_bare = record.class == CLASS_ANY && record.ttl == 0;
        let signature = Signature::read(packet, start, record.data).filter(|_| is_last && is_bare);
        return Some(signature.map_or(Found::Malformed, Found::Signature));
    }
    Some(Found::None)
}

impl<'p> Signature<'p> {
    fn read(packet: &[u8], start: usize, data: &'p [u8]) -> Option<Self> {
        let (algorithm, rest) = data.split_at(wire_len(data)?);
        let (time, rest) = rest.split_first_chunk::<6>()?;
        let (fudge, rest) = rest.split_first_chunk::<2>()?;
        let (mac, rest) = counted(rest)?;
        let (original_id, rest) = rest.split_first_chunk::<2>()?;
        let (error, rest) = rest.split_first_chunk::<2>()?;
        let (other, rest) = counted(rest)?;
        let seconds = time.iter().fold(0, |seconds, octet| seconds << 8 | u64::from(*octet));
        rest.is_empty().then_some(Self {
            start,
            key: expanded(packet, start)?,
            algorithm: algorithm.to_ascii_lowercase(),
            time: seconds,
            fudge: u16::from_be_bytes(*fudge),
            mac,
            original_id: *original_id,
            error: u16::from_be_bytes(*error),
            other,
        })
    }

    /// The packet as it was before it was signed.
    pub(super) fn unsigned(&self, packet: &[u8]) -> Vec<u8> {
        let mut unsigned = packet[..self.start].to_vec();
        let additional = u16_at(packet, 10).map_or(0, |count| count.saturating_sub(1));
        unsigned[10..HEADER].copy_from_slice(&additional.to_be_bytes());
        unsigned
    }

    /// Checks it, in the order of RFC 8945 section 5.2. `unsigned` is the packet as it was before.
    pub(super) fn check<'k>(&self, unsigned: &[u8], keys: &'k [Key], now: u64) -> Result<&'k Key, Wrong<'k>> {
        let key = keys
            .iter()
            .find(|key| *key.name.as_wire() == *self.key && *key.algorithm.wire() == *self.algorithm)
            .ok_or(Wrong::Unproven(TsigError::Key))?;
        if !(MIN_MAC.max(key.mac_len() / 2)..=key.mac_len()).contains(&self.mac.len()) {
            return Err(Wrong::Malformed);
        }
        let times = Times { time: self.time, fudge: self.fudge };
        let variables = variables(key, times, self.error, self.other);
        let mac = key.mac(&[&self.original_id, &unsigned[2..], &variables]);
        if verify_slices_are_equal(&mac.as_ref()[..self.mac.len()], self.mac).is_err() {
            return Err(Wrong::Unproven(TsigError::Sig));
        }
        if now.abs_diff(self.time) > u64::from(self.fudge) {
            return Err(Wrong::Proven(TsigError::Time, key));
        }
        if self.mac.len() < key.mac_len() {
            return Err(Wrong::Proven(TsigError::Trunc, key));
        }
        Ok(key)
    }

    /// Appends the record of a reply that says what is wrong with the signature, and is not signed (RFC 8945 section 5.3.2).
    pub(super) fn reject(&self, error: TsigError, now: u64, out: &mut [u8], len: usize) -> usize {
        let times = Times { time: now, fudge: FUDGE };
        let said = Said {
            owner: &self.key,
            algorithm: &self.algorithm,
            times,
            mac: &[],
            error: error as u16,
            other: &[],
        };
        said.append(out, len)
    }

    /// Octets of that record.
    pub(super) fn reject_len(&self) -> usize {
        self.key.len() + self.algorithm.len() + FIXED
    }

    /// The time it was made at.
    pub(super) fn time(&self) -> u64 {
        self.time
    }
}

/// Signs the messages of one reply, each with the code before it (RFC 8945 sections 5.3 and 5.3.1).
pub(super) struct Signer<'k> {
    pub(super) key: &'k Key,
    /// Of the request, then of the message before.
    before: Vec<u8>,
    is_first: bool,
}

impl<'k> Signer<'k> {
    /// For the reply to a request with the code `before`.
    pub(super) fn new(key: &'k Key, before: &[u8]) -> Self {
        Self { key, before: before.to_vec(), is_first: true }
    }

    /// The most octets a signature adds.
    pub(super) fn len(&self) -> usize {
        most(self.key)
    }

    /// Signs the `len` octets of a message; gives how many it then has. `out` has room for [`Self::len`] more.
    pub(super) fn sign(&mut self, now: u64, out: &mut [u8], len: usize) -> usize {
        self.append(Times { time: now, fudge: FUDGE }, 0, &[], out, len)
    }

    /// The same for a message that tells of an error; of a clock that differs, with ours.
    pub(super) fn sign_error(
        &mut self,
        error: TsigError,
        (theirs, now): (u64, u64),
        out: &mut [u8],
        len: usize,
    ) -> usize {
        match error {
            TsigError::Time => {
                let times = Times { time: theirs, fudge: FUDGE };
                self.append(times, error as u16, &now.to_be_bytes()[2..], out, len)
            }
            _ => self.append(Times { time: now, fudge: FUDGE }, error as u16, &[], out, len),
        }
    }

    fn append(&mut self, times: Times, error: u16, other: &[u8], out: &mut [u8], len: usize) -> usize {
        let before_len = (self.before.len() as u16).to_be_bytes();
        let variables =
            if self.is_first { variables(self.key, times, error, other) } else { times.wire().to_vec() };
        let mac = self.key.mac(&[&before_len, &self.before, &out[..len], &variables]);
        self.before = mac.as_ref().to_vec();
        self.is_first = false;
        let (owner, algorithm) = (self.key.name.as_wire(), self.key.algorithm.wire());
        Said { owner, algorithm, times, mac: mac.as_ref(), error, other }.append(out, len)
    }
}

/// The most octets a signature with this key adds.
fn most(key: &Key) -> usize {
    key.name.as_wire().len() + key.algorithm.wire().len() + FIXED + key.mac_len() + OTHER
}

/// Signs a message that this server sends of its own accord (RFC 8945 section 5.1).
pub(super) fn sign_request(key: &Key, now: u64, request: &mut Vec<u8>) {
    let (len, times) = (request.len(), Times { time: now, fudge: FUDGE });
    let mac = key.mac(&[request.as_slice(), &variables(key, times, 0, &[])]);
    request.resize(len + most(key), 0);
    let (owner, algorithm) = (key.name.as_wire(), key.algorithm.wire());
    let said = Said { owner, algorithm, times, mac: mac.as_ref(), error: 0, other: &[] };
    let end = said.append(request, len);
    request.truncate(end);
}

#[derive(Clone, Copy)]
struct Times {
    time: u64,
    fudge: u16,
}

impl Times {
    fn wire(self) -> [u8; 8] {
        (self.time << 16 | u64::from(self.fudge)).to_be_bytes()
    }
}

/// A TSIG record to write.
struct Said<'a> {
    owner: &'a [u8],
    algorithm: &'a [u8],
    times: Times,
    mac: &'a [u8],
    error: u16,
    other: &'a [u8],
}

impl Said<'_> {
    /// Puts the record behind a message of `len` octets and counts it there.
    fn append(&self, out: &mut [u8], len: usize) -> usize {
        let data_len = self.algorithm.len() + 16 + self.mac.len() + self.other.len();
        let id = [out[0], out[1]];
        let fixed =
            [&TYPE.to_be_bytes()[..], &CLASS_ANY.to_be_bytes(), &[0; 4], &(data_len as u16).to_be_bytes()];
        let lengths = [self.mac.len(), self.other.len()].map(|len| (len as u16).to_be_bytes());
        let (times, error) = (self.times.wire(), self.error.to_be_bytes());
        let data: [&[u8]; 7] = [self.algorithm, &times, &lengths[0], self.mac, &id, &error, &lengths[1]];
        let record = [self.owner, &fixed.concat(), &data.concat(), self.other].concat();
        let end = len + record.len();
        out[len..end].copy_from_slice(&record);
        let count = u16_at(out, 10).map_or(1, |count| count + 1);
        out[10..HEADER].copy_from_slice(&count.to_be_bytes());
        end
    }
}

/// What of a record goes into the code (RFC 8945 section 4.3.3).
fn variables(key: &Key, times: Times, error: u16, other: &[u8]) -> Vec<u8> {
    let (error, other_len) = (error.to_be_bytes(), (other.len() as u16).to_be_bytes());
    let class_and_ttl = [0, 255, 0, 0, 0, 0];
    let (name, algorithm) = (key.name.as_wire(), key.algorithm.wire());
    [name, &class_and_ttl, algorithm, &times.wire(), &error, &other_len, other].concat()
}

/// The octets behind a length of two octets, and what follows.
fn counted(octets: &[u8]) -> Option<(&[u8], &[u8])> {
    let (len, rest) = octets.split_first_chunk::<2>()?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(*len)))
}

/// The name at `at`, its pointers followed, in lower case.
fn expanded(packet: &[u8], mut at: usize) -> Option<Vec<u8>> {
    let mut name = Vec::new();
    loop {
        let len = *packet.get(at)?;
        if len >= 0xc0 {
            let target = usize::from(u16_at(packet, at)? & 0x3fff);
            // Only backwards, or the name grows: it ends.
            at = Some(target).filter(|target| *target < at)?;
            continue;
        }
        let end = at + 1 + usize::from(len);
        name.extend_from_slice(packet.get(at..end).filter(|_| len < 64)?);
        if len == 0 {
            name.make_ascii_lowercase();
            return Some(name).filter(|name| name.len() <= MAX_WIRE);
        }
        if name.len() > MAX_WIRE {
            return None;
        }
        at = end;
    }
}
