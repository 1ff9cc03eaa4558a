//! From a question to records: the zone, the name in it, the group, and the CNAME chain inside the zone.

use super::Rcode;
use super::denial::Denied;
use super::dnssec::Dnssec;
use super::find::{self, Cut, Found, NameBuffer, find};
use super::message::Question;
use super::signatures::Content;
use super::writer::{Pointer, Section, Writer};
use crate::compile::{Answer, Chooser, CompiledZone, Group, MAX_PICKS, Node, Picks, Snapshot};
use crate::zone::{MAX_VALUES, Rendered, RenderedRecord};
use controlplane_types::dns::{RecordType, name};

const TYPE_ANY: u16 = 255;

/// CNAMEs followed in one answer; the client follows the rest.
const MAX_CHAIN: usize = 16;

/// One question on its way to its answer.
pub(super) struct Resolution<'s, 'w, 'o> {
    snapshot: &'s Snapshot,
    pub(super) question: &'w Question<'w>,
    pub(super) writer: &'w mut Writer<'o>,
    chooser: Chooser<'s, 'w>,
    pub(super) dnssec: Dnssec<'w>,
}

/// The name being looked up: the question's, later the target of a CNAME.
pub(super) struct Current {
    pub(super) name: NameBuffer,
    /// Where the reply holds it, at least down to the zone's name.
    pub(super) at: Pointer,
}

/// A set in the reply.
#[derive(Clone, Copy)]
pub(super) struct Set<'n> {
    pub(super) owner: Pointer,
    /// Lower case, wire form.
    pub(super) name: &'n [u8],
    pub(super) kind: u16,
    pub(super) ttl: u32,
}

/// The zone that answers, and where the reply holds its name.
#[derive(Clone, Copy)]
pub(super) struct Home<'s> {
    pub(super) zone: &'s CompiledZone,
    /// The zone's, as negative answers carry it.
    pub(super) soa: &'s Rendered,
    pub(super) apex: Pointer,
}

/// The last choice on the way down through aliases: members with records.
struct Settled<'s> {
    group: &'s Group,
    picks: Picks,
    /// Records of the first pick.
    first: &'s Rendered,
}

impl<'s, 'w, 'o> Resolution<'s, 'w, 'o> {
    pub(super) fn new(
        snapshot: &'s Snapshot,
        question: &'w Question<'w>,
        writer: &'w mut Writer<'o>,
        chooser: Chooser<'s, 'w>,
        dnssec: Dnssec<'w>,
    ) -> Self {
        Self { snapshot, question, writer, chooser, dnssec }
    }

    /// Writes the records and gives the response code.
    pub(super) fn run(mut self) -> Rcode {
        let rcode = self.lookup();
        self.writer.scope = self.chooser.scope();
        rcode
    }

    fn lookup(&mut self) -> Rcode {
        let asked = &self.question.octets[..self.question.name_len];
        let name = NameBuffer::new([asked, &[]]);
        let zone =
            name.as_ref().and_then(|name| find::zone(self.snapshot, name.as_slice(), self.question.kind));
        let Some((name, zone)) = name.zip(zone) else {
            return Rcode::Refused;
        };
        let Some(soa) = zone.negative_soa.as_deref() else {
            return Rcode::ServFail;
        };
        let apex = Pointer::QUESTION.behind(asked.len() - zone.apex.len());
        self.writer.authoritative = true;
        self.follow(Home { zone, soa, apex }, Current { name, at: Pointer::QUESTION })
    }

    fn follow(&mut self, home: Home<'s>, mut current: Current) -> Rcode {
        // Where each CNAME's owner stands in the reply, and how much of it before the zone's name.
        let mut visited = [(Pointer::QUESTION, 0); MAX_CHAIN];
        let mut step = 0;
        loop {
            let node = match find(home.zone, current.name.as_slice(), self.question.kind) {
                Found::Missing => return self.negative(home, &current, Denied::Name),
                Found::Cut(cut) => return self.referral(home, &current, cut, step),
                Found::Node(node) => node,
            };
            let denied = self.missing_type(home, &current, node);
            if let Some(signing) = self.asked_proof(home, &current) {
                return self.proof(home, signing, &current, denied);
            }
            if let Some(group) = self.asked_group(node) {
                return self.group(home, &current, group, denied);
            }
            let Some(group) = node.group(RecordType::Cname.code()) else {
                return self.negative(home, &current, denied);
            };
            let own = current.name.as_slice().len() - home.zone.apex.len();
            if step == MAX_CHAIN || self.was_visited(&visited[..step], &current, own) {
                return Rcode::NoError;
            }
            visited[step] = (current.at, own);
            let Some(settled) = self.settle(home.zone, group) else {
                return self.negative(home, &current, denied);
            };
            match self.cname(home, &current, &settled) {
                Some(target) => current = target,
                None => return Rcode::NoError,
            }
            step += 1;
        }
    }

    /// The group the question asks for. ANY gets one set, as RFC 8482 section 4.1 allows: nobody needs all of them,
    /// and all of them amplify.
    fn asked_group(&self, node: &'s Node) -> Option<&'s Group> {
        match self.question.kind {
            TYPE_ANY => node.groups.first(),
            kind => node.group(kind),
        }
    }

    fn was_visited(&self, visited: &[(Pointer, usize)], current: &Current, own: usize) -> bool {
        let label = &current.name.as_slice()[..own];
        visited.iter().any(|(at, len)| self.writer.written(*at, *len).eq_ignore_ascii_case(label))
    }

    /// Writes the chosen CNAME and gives its target if that lies in the same zone, and not in a zone of its own
    /// below it: chasing ends at the zone (route53.md section 8.5).
    fn cname(
        &mut self,
        home: Home<'s>,
        current: &Current,
        Settled { group, first, .. }: &Settled<'s>,
    ) -> Option<Current> {
        let record = first.record(0);
        let ttl = home.zone.served_ttl(first.ttl);
        let written = self.writer.record(Section::Answer, current.at, group.kind, ttl, record, home.apex);
        let Some(at) = written.and_then(Pointer::to) else {
            self.writer.overflow();
            return None;
        };
        let set = Set { owner: current.at, name: current.name.as_slice(), kind: group.kind, ttl };
        self.sign(home, Section::Answer, set, Content::Sets(&[first]));
        let name = record.in_zone.then(|| NameBuffer::new([record.data, &home.zone.apex])).flatten()?;
        let zone = self.snapshot.zone(name.as_slice());
        zone.is_some_and(|zone| zone.apex == home.zone.apex).then_some(Current { name, at })
    }

    /// The choice of a group, and down through aliases the choices of what they lead to (route53.md section 9.5). None:
    /// the client gets no answer, for nobody's area or block is its, or an alias's target is gone. Ends because no alias
    /// of a compiled zone leads back to itself.
    fn settle(&mut self, zone: &'s CompiledZone, mut group: &'s Group) -> Option<Settled<'s>> {
        loop {
            let picks = group.pick(&mut self.chooser);
            match &group.member(*picks.as_slice().first()?).answer {
                Answer::Records(first) => return Some(Settled { group, picks, first }),
                Answer::Alias(number) => group = zone.target(*number)?,
                Answer::Loop => return None,
            }
        }
    }

    fn group(&mut self, home: Home<'s>, current: &Current, group: &'s Group, denied: Denied) -> Rcode {
        let Some(Settled { group, picks, first }) = self.settle(home.zone, group) else {
            return self.negative(home, current, denied);
        };
        let mut set = Set { owner: current.at, name: current.name.as_slice(), kind: group.kind, ttl: 0 };
        for (place, rendered) in members(group, &picks).enumerate() {
            set.ttl = home.zone.served_ttl(group.shared_ttl().unwrap_or(rendered.ttl));
            self.records(home, set, rendered, |record| is_said(group, &picks, place, record));
        }
        if self.dnssec.wanted {
            let mut sets = [first; MAX_PICKS];
            sets.iter_mut().zip(members(group, &picks)).for_each(|(set, member)| *set = member);
            self.sign(home, Section::Answer, set, Content::Sets(&sets[..picks.as_slice().len()]));
        }
        Rcode::NoError
    }

    /// All records of a set but those that are said already, in random order (route53.md section 10, simple). A CNAME set
    /// answers with one record, whatever it holds.
    fn records(
        &mut self,
        home: Home,
        Set { owner, kind, ttl, .. }: Set,
        rendered: &Rendered,
        is_said: impl Fn(RenderedRecord) -> bool,
    ) {
        let count = if kind == RecordType::Cname.code() { 1 } else { rendered.len() };
        let mut order = [0u16; MAX_VALUES];
        let order = &mut order[..count];
        order.iter_mut().zip(0..).for_each(|(slot, number)| *slot = number);
        self.chooser.random.shuffle(order);
        for number in order {
            let record = rendered.record(usize::from(*number));
            if is_said(record) {
                continue;
            }
            if self.writer.record(Section::Answer, owner, kind, ttl, record, home.apex).is_none() {
                return self.writer.overflow();
            }
        }
    }

    /// NXDOMAIN or NODATA: the zone's SOA in authority (RFC 2308); for those who want proof, that, and no NXDOMAIN.
    fn negative(&mut self, home: Home<'s>, current: &Current, denied: Denied) -> Rcode {
        if denied == Denied::Name
            && let Some(signing) = self.asked_proof(home, current)
        {
            return self.proof(home, signing, current, denied);
        }
        let (kind, ttl) = (RecordType::Soa.code(), home.zone.served_ttl(home.soa.ttl));
        let record = home.soa.record(0);
        if self.writer.record(Section::Authority, home.apex, kind, ttl, record, home.apex).is_none() {
            self.writer.overflow();
        }
        let set = Set { owner: home.apex, name: &home.zone.apex, kind, ttl };
        self.sign(home, Section::Authority, set, Content::Sets(&[home.soa]));
        let proven = self.deny(home, current, denied);
        if denied == Denied::Name && !proven { Rcode::NxDomain } else { Rcode::NoError }
    }

    /// The delegation's NS set and what addresses the zone holds for its servers. AA speaks of the first name of
    /// the answer, so it stays set when a CNAME of ours led here.
    fn referral(&mut self, home: Home<'s>, current: &Current, cut: Cut<'s>, step: usize) -> Rcode {
        self.writer.authoritative = step > 0;
        let asked = current.name.as_slice();
        let (own, name) = asked.split_at(asked.len() - cut.len);
        let owner = current.at.behind(own.len());
        let start = self.writer.position();
        let (kind, ttl) = (RecordType::Ns.code(), home.zone.served_ttl(cut.servers.ttl));
        for record in cut.servers.records() {
            if self.writer.record(Section::Authority, owner, kind, ttl, record, home.apex).is_none() {
                self.writer.overflow();
                return Rcode::NoError;
            }
        }
        self.delegation(home, owner, name, cut.node);
        self.glue(home, name, cut.servers, start);
        Rcode::NoError
    }

    /// `start` is where the NS records begin; their data are where the glue's owners point to.
    fn glue(&mut self, home: Home<'s>, cut: &[u8], servers: &Rendered, start: usize) {
        let mut at = start;
        for number in 0..servers.len() {
            let record = servers.record(number);
            let data = at + 12;
            at = data + record.data.len() + if record.in_zone { 2 } else { 0 };
            let name = record.in_zone.then(|| NameBuffer::new([record.data, &home.zone.apex])).flatten();
            let node = name.as_ref().and_then(|name| home.zone.node(name.as_slice()));
            let (Some(name), Some(node), Some(owner)) = (name, node, Pointer::to(data)) else {
                continue;
            };
            // Without the addresses of servers inside the delegation nobody can get there (RFC 9471): if they do
            // not fit, the client has to come by TCP. Others are a courtesy.
            let needed = name::suffixes(name.as_slice()).any(|suffix| suffix == cut);
            if !self.addresses(home, node, owner) && needed {
                self.writer.overflow();
            }
        }
    }

    /// Whether all addresses of the node fitted.
    fn addresses(&mut self, home: Home<'s>, node: &'s Node, owner: Pointer) -> bool {
        let kinds = [RecordType::A.code(), RecordType::Aaaa.code()];
        for group in kinds.iter().filter_map(|kind| node.group(*kind)) {
            let Some(Settled { group, picks, .. }) = self.settle(home.zone, group) else {
                continue;
            };
            let members = members(group, &picks).enumerate();
            for (place, rendered, record) in members
                .flat_map(|(place, rendered)| rendered.records().map(move |record| (place, rendered, record)))
            {
                if is_said(group, &picks, place, record) {
                    continue;
                }
                let ttl = home.zone.served_ttl(group.shared_ttl().unwrap_or(rendered.ttl));
                if self
                    .writer
                    .record(Section::Additional, owner, group.kind, ttl, record, home.apex)
                    .is_none()
                {
                    return false;
                }
            }
        }
        true
    }
}

/// The records of the members picked.
fn members<'s>(group: &'s Group, picks: &Picks) -> impl Iterator<Item = &'s Rendered> {
    picks.as_slice().iter().filter_map(|number| group.member(*number).rendered()).map(|rendered| &**rendered)
}

/// Whether a member picked before the one at `place` says the record as well.
fn is_said(group: &Group, picks: &Picks, place: usize, record: RenderedRecord) -> bool {
    let mut earlier = members(group, picks).take(place);
    group.overlaps() && earlier.any(|rendered| rendered.records().any(|other| other == record))
}
