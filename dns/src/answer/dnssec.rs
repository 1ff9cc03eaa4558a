//! What a signed zone adds to an answer: a signature for each set, a proof for each denial, its keys (RFC 4035 section 3.1).
//!
//! Signatures and proofs go to clients that ask for them (DO). Answers made of a wildcard are signed as if the name itself
//! had the records, so nothing has to be proven about names beside it (route53.md section 16.9).

use super::Rcode;
use super::denial::{Denial, Denied};
use super::resolve::{Current, Home, Resolution, Set};
use super::signatures::{Content, Covered, Signature, Signatures};
use super::writer::{Pointer, Section};
use crate::compile::Node;
use crate::zone::{RenderedRecord, Signing};
use controlplane_types::dns::{RecordType, dnssec};

/// What signing an answer needs.
pub(super) struct Dnssec<'w> {
    /// The client asks for signatures.
    pub(super) wanted: bool,
    pub(super) signatures: &'w mut Signatures,
    /// Seconds since 1970.
    pub(super) now: u32,
}

impl<'s> Resolution<'s, '_, '_> {
    /// Adds the signature of a set, if the client wants it and the zone is signed.
    pub(super) fn sign(&mut self, home: Home<'s>, section: Section, set: Set, content: Content) {
        if let Some(signing) = home.zone.signing.as_deref().filter(|_| self.dnssec.wanted) {
            self.sign_with(signing, home, section, set, content);
        }
    }

    fn sign_with(&mut self, signing: &Signing, home: Home, section: Section, set: Set, content: Content) {
        let Set { name, kind, ttl, .. } = set;
        let exists = home.zone.node(name).is_some();
        let covered = Covered { owner: name, kind, ttl, content, apex: &home.zone.apex, exists };
        let made = self.dnssec.signatures.signature(signing, &covered, self.dnssec.now);
        // Without a signature there is no answer: it would be taken for a forgery.
        self.add(home, section, Set { kind: dnssec::RRSIG, ..set }, made.as_ref().map(Signature::as_slice));
    }

    /// Adds a record whose data is complete; without it, or without room for it, there is no answer.
    fn add<'d>(&mut self, home: Home, section: Section, set: Set, data: impl Into<Option<&'d [u8]>>) {
        let record = data.into().map(|data| RenderedRecord { data, in_zone: false });
        let Set { owner, kind, ttl, .. } = set;
        let written =
            record.and_then(|record| self.writer.record(section, owner, kind, ttl, record, home.apex));
        if written.is_none() {
            self.writer.overflow();
        }
    }

    /// What is denied at an existing name when it has no answer of the type.
    pub(super) fn missing_type(&self, home: Home, current: &Current, node: &Node) -> Denied {
        // The only question a delegation is asked itself is for its DS.
        match node {
            node if node.is_cut => Denied::Delegation,
            node if node.groups.is_empty() => Denied::AllTypes,
            _ => Denied::Type {
                kind: self.question.kind,
                at_apex: current.name.as_slice() == &*home.zone.apex,
            },
        }
    }

    /// What a signed zone is signed with, if DNSSEC's own records of a name are asked for.
    pub(super) fn asked_proof(&self, home: Home<'s>, current: &Current) -> Option<&'s Signing> {
        home.zone.signing.as_deref().filter(|_| match self.question.kind {
            dnssec::NSEC | dnssec::RRSIG => true,
            dnssec::DNSKEY => current.name.as_slice() == &*home.zone.apex,
            _ => false,
        })
    }

    /// Answers with them. Of the signatures of a name that of its NSEC is given; all of them would amplify, and nobody needs
    /// them (RFC 8482 section 4.1 says so for ANY).
    pub(super) fn proof(
        &mut self,
        home: Home<'s>,
        signing: &Signing,
        current: &Current,
        denied: Denied,
    ) -> Rcode {
        let (owner, name) = (current.at, current.name.as_slice());
        if self.question.kind == dnssec::DNSKEY {
            self.keys(home, signing, owner);
            return Rcode::NoError;
        }
        let denial = Denial::new(name, &home.zone.apex, denied);
        let set = Set { owner, name, kind: dnssec::NSEC, ttl: home.zone.served_ttl(home.soa.ttl) };
        if self.question.kind == dnssec::NSEC {
            self.add(home, Section::Answer, set, denial.as_slice());
        }
        if self.dnssec.wanted || self.question.kind == dnssec::RRSIG {
            self.sign_with(signing, home, Section::Answer, set, Content::Data(denial.as_slice()));
        }
        Rcode::NoError
    }

    /// The zone's keys, signed by its key-signing keys ahead of time.
    fn keys(&mut self, home: Home, signing: &Signing, owner: Pointer) {
        let set = Set { owner, name: &home.zone.apex, kind: dnssec::DNSKEY, ttl: signing.keys.ttl };
        for record in signing.keys.records() {
            self.add(home, Section::Answer, set, record.data);
        }
        if self.dnssec.wanted {
            for data in signing.key_signatures(self.dnssec.now) {
                self.add(home, Section::Answer, Set { kind: dnssec::RRSIG, ..set }, data);
            }
        }
    }

    /// Proves a denial to a client that wants that; whether it did. The TTL is the SOA's in the same answer (RFC 9077).
    pub(super) fn deny(&mut self, home: Home<'s>, current: &Current, denied: Denied) -> bool {
        let wanted = self.dnssec.wanted && home.zone.signing.is_some();
        if wanted {
            self.nsec(home, current.at, current.name.as_slice(), denied);
        }
        wanted
    }

    fn nsec(&mut self, home: Home<'s>, owner: Pointer, name: &[u8], denied: Denied) {
        let denial = Denial::new(name, &home.zone.apex, denied);
        let set = Set { owner, name, kind: dnssec::NSEC, ttl: home.zone.served_ttl(home.soa.ttl) };
        self.add(home, Section::Authority, set, denial.as_slice());
        self.sign(home, Section::Authority, set, Content::Data(denial.as_slice()));
    }

    /// What a referral says about the delegated zone's keys: its DS set, or that it has none.
    pub(super) fn delegation(&mut self, home: Home<'s>, owner: Pointer, cut: &[u8], node: &'s Node) {
        if !self.dnssec.wanted || home.zone.signing.is_none() {
            return;
        }
        let kind = RecordType::Ds.code();
        let Some(rendered) = node.group(kind).and_then(|group| group.member(0).rendered()) else {
            return self.nsec(home, owner, cut, Denied::Delegation);
        };
        let set = Set { owner, name: cut, kind, ttl: home.zone.served_ttl(rendered.ttl) };
        for record in rendered.records() {
            self.add(home, Section::Authority, set, record.data);
        }
        self.sign(home, Section::Authority, set, Content::Sets(&[rendered]));
    }
}
