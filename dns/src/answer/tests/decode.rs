//! Reads replies the slow way, following every pointer; shares nothing with the writer.

use controlplane_types::dns::{RecordType, name, rdata};

/// A reply, as text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Reply {
    pub(super) id: u16,
    pub(super) rcode: u16,
    pub(super) aa: bool,
    pub(super) tc: bool,
    /// RD, RA, AD, CD.
    pub(super) bits: [bool; 4],
    /// The name as it stands in the reply, case included.
    pub(super) question: Option<(String, u16, u16)>,
    pub(super) answer: Vec<Record>,
    pub(super) authority: Vec<Record>,
    pub(super) additional: Vec<Record>,
    pub(super) opt: Option<Opt>,
    pub(super) len: usize,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Record {
    pub(super) owner: String,
    pub(super) ttl: u32,
    pub(super) kind: String,
    pub(super) data: String,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) struct Opt {
    pub(super) size: u16,
    pub(super) version: u8,
    pub(super) dnssec_ok: bool,
    pub(super) options: Vec<u8>,
}

impl Record {
    pub(super) fn line(&self) -> String {
        format!("{} {} {} {}", self.owner, self.ttl, self.kind, self.data)
    }
}

struct Cursor<'a> {
    packet: &'a [u8],
    at: usize,
}

impl Reply {
    /// Panics on anything that is no well-formed reply.
    pub(super) fn read(packet: &[u8]) -> Reply {
        let mut cursor = Cursor { packet, at: 0 };
        let id = cursor.u16();
        let flags = cursor.u16();
        assert!(flags & 0x8000 != 0, "QR is set");
        let counts: Vec<u16> = (0..4).map(|_| cursor.u16()).collect();
        assert!(counts[0] <= 1);
        let question = (counts[0] == 1).then(|| (name::format(&cursor.name()), cursor.u16(), cursor.u16()));
        let mut opt = None;
        let mut sections = counts[1..]
            .iter()
            .map(|count| (0..*count).filter_map(|_| cursor.record(&mut opt)).collect::<Vec<Record>>());
        let (answer, authority, additional) =
            (sections.next().unwrap(), sections.next().unwrap(), sections.next().unwrap());
        drop(sections);
        assert_eq!(cursor.at, packet.len(), "nothing is left over");
        let (extended, opt) = opt.map_or((0, None), |(extended, opt)| (extended, Some(opt)));
        Reply {
            id,
            rcode: u16::from(extended) << 4 | flags & 0xf,
            aa: flags & 0x400 != 0,
            tc: flags & 0x200 != 0,
            bits: [0x100, 0x80, 0x20, 0x10].map(|bit| flags & bit != 0),
            question,
            answer,
            authority,
            additional,
            opt,
            len: packet.len(),
        }
    }

    /// The scope of the client subnet, if one is said; an error if what was asked for is not said back.
    pub(super) fn scope(&self, asked: Option<ipnet::IpNet>) -> Result<Option<u8>, String> {
        let options = self.opt.as_ref().map(|opt| opt.options.as_slice()).unwrap_or_default();
        let Some(asked) = asked else {
            return if options.is_empty() { Ok(None) } else { Err("an option nobody asked for".to_owned()) };
        };
        match options {
            [0, 8, 0, _, 0, _, prefix, scope, ..] if *prefix == asked.prefix_len() => {
                if *prefix == 0 && *scope > 0 {
                    Err("a scope for nobody".to_owned())
                } else {
                    Ok(Some(*scope))
                }
            }
            other => Err(format!("{other:?} as client subnet")),
        }
    }

    pub(super) fn answer_lines(&self) -> Vec<String> {
        let mut lines: Vec<String> = self.answer.iter().map(Record::line).collect();
        lines.sort();
        lines
    }
}

impl Cursor<'_> {
    fn take(&mut self, len: usize) -> &[u8] {
        self.at += len;
        &self.packet[self.at - len..self.at]
    }

    fn u16(&mut self) -> u16 {
        u16::from_be_bytes(self.take(2).try_into().unwrap())
    }

    fn u32(&mut self) -> u32 {
        u32::from_be_bytes(self.take(4).try_into().unwrap())
    }

    /// The name here, uncompressed.
    fn name(&mut self) -> Vec<u8> {
        let mut wire = Vec::new();
        let mut at = self.at;
        let mut end = None;
        loop {
            let len = usize::from(self.packet[at]);
            if len >= 0xc0 {
                end.get_or_insert(at + 2);
                let target = (len & 0x3f) << 8 | usize::from(self.packet[at + 1]);
                assert!(target < at, "pointers lead back");
                at = target;
                continue;
            }
            wire.extend_from_slice(&self.packet[at..=at + len]);
            at += len + 1;
            if len == 0 {
                self.at = end.unwrap_or(at);
                assert!(name::wire_len(&wire) == Some(wire.len()));
                return wire;
            }
        }
    }

    fn record(&mut self, opt: &mut Option<(u8, Opt)>) -> Option<Record> {
        let owner = name::format(&self.name());
        let (kind, class, ttl, len) = (self.u16(), self.u16(), self.u32(), usize::from(self.u16()));
        let end = self.at + len;
        if kind == 41 {
            assert_eq!(owner, ".");
            let options = self.take(len).to_vec();
            let version = (ttl >> 16) as u8;
            let read = Opt { size: class, version, dnssec_ok: ttl & 0x8000 != 0, options };
            assert!(opt.replace(((ttl >> 24) as u8, read)).is_none(), "one OPT record");
            return None;
        }
        assert_eq!(class, 1);
        let kind = RecordType::from_code(kind).unwrap();
        let data = self.data(kind, end);
        assert_eq!(self.at, end, "the length of the data is right");
        let data = rdata::format(kind, &data).unwrap();
        Some(Record { owner, ttl, kind: kind.to_string(), data })
    }

    fn data(&mut self, kind: RecordType, end: usize) -> Vec<u8> {
        match kind {
            RecordType::Ns | RecordType::Cname | RecordType::Ptr => self.name(),
            RecordType::Mx => [self.take(2).to_vec(), self.name()].concat(),
            _ => self.take(end - self.at).to_vec(),
        }
    }
}
