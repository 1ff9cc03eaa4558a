//! Wire form back to presentation form: what TestDNSAnswer and logs print, and the other half of the round trip
//! the tests make.

use super::super::{RecordType, name};
use super::{svcb, text};
use base64::Engine;
use std::fmt::Write;
use std::net::{Ipv4Addr, Ipv6Addr};

/// The presentation form, or `None` where the octets do not fit the type.
pub(super) fn format(kind: RecordType, wire: &[u8]) -> Option<String> {
    let mut octets = Octets(wire);
    let text = match kind {
        RecordType::A => Ipv4Addr::from(octets.array::<4>()?).to_string(),
        RecordType::Aaaa => Ipv6Addr::from(octets.array::<16>()?).to_string(),
        RecordType::Ns | RecordType::Cname | RecordType::Ptr => octets.name()?,
        RecordType::Soa => soa(&mut octets)?,
        RecordType::Mx => format!("{} {}", octets.u16()?, octets.name()?),
        RecordType::Srv => {
            format!("{} {} {} {}", octets.u16()?, octets.u16()?, octets.u16()?, octets.name()?)
        }
        RecordType::Naptr => naptr(&mut octets)?,
        RecordType::Txt | RecordType::Spf => strings(&mut octets)?,
        RecordType::Caa => caa(&mut octets)?,
        RecordType::Ds => format!("{} {} {} {}", octets.u16()?, octets.u8()?, octets.u8()?, octets.hex()?),
        RecordType::Sshfp => format!("{} {} {}", octets.u8()?, octets.u8()?, octets.hex()?),
        RecordType::Tlsa => format!("{} {} {} {}", octets.u8()?, octets.u8()?, octets.u8()?, octets.hex()?),
        RecordType::Svcb | RecordType::Https => service(&mut octets)?,
    };
    octets.0.is_empty().then_some(text)
}

/// A cursor over record data.
struct Octets<'a>(&'a [u8]);

impl<'a> Octets<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(len)?;
        self.0 = rest;
        Some(taken)
    }

    fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    fn u8(&mut self) -> Option<u8> {
        self.array().map(u8::from_be_bytes)
    }

    fn u16(&mut self) -> Option<u16> {
        self.array().map(u16::from_be_bytes)
    }

    fn u32(&mut self) -> Option<u32> {
        self.array().map(u32::from_be_bytes)
    }

    fn name(&mut self) -> Option<String> {
        let len = name::wire_len(self.0)?;
        self.take(len).map(name::format)
    }

    fn string(&mut self) -> Option<String> {
        let len = usize::from(self.u8()?);
        self.take(len).map(quote)
    }

    /// All that is left, in lower-case hexadecimal.
    fn hex(&mut self) -> Option<String> {
        let digits = std::mem::take(&mut self.0);
        let mut text = String::with_capacity(digits.len() * 2);
        digits.iter().try_for_each(|octet| write!(text, "{octet:02x}")).ok()?;
        (!text.is_empty()).then_some(text)
    }
}

/// A string in quotation marks with Route 53's escapes.
pub(super) fn quote(octets: &[u8]) -> String {
    let mut text = String::with_capacity(octets.len() + 2);
    text.push('"');
    for octet in octets {
        match octet {
            b'"' => text.push_str("\\\""),
            b'\\' => text.push_str("\\\\"),
            32..=126 => text.push(char::from(*octet)),
            _ => name::push_octal(*octet, &mut text),
        }
    }
    text.push('"');
    text
}

fn soa(octets: &mut Octets) -> Option<String> {
    let mut text = format!("{} {}", octets.name()?, octets.name()?);
    for _ in 0..5 {
        write!(text, " {}", octets.u32()?).ok()?;
    }
    Some(text)
}

fn naptr(octets: &mut Octets) -> Option<String> {
    let (order, preference) = (octets.u16()?, octets.u16()?);
    let (flags, service, regexp) = (octets.string()?, octets.string()?, octets.string()?);
    Some(format!("{order} {preference} {flags} {service} {regexp} {}", octets.name()?))
}

fn strings(octets: &mut Octets) -> Option<String> {
    let mut text = octets.string()?;
    while !octets.0.is_empty() {
        text.push(' ');
        text.push_str(&octets.string()?);
    }
    Some(text)
}

fn caa(octets: &mut Octets) -> Option<String> {
    let flags = octets.u8()?;
    let len = usize::from(octets.u8()?);
    let tag = octets.take(len).filter(|tag| text::is_tag(tag))?;
    let tag = std::str::from_utf8(tag).ok()?;
    let value = quote(std::mem::take(&mut octets.0));
    Some(format!("{flags} {tag} {value}"))
}

fn service(octets: &mut Octets) -> Option<String> {
    let mut text = format!("{} {}", octets.u16()?, octets.name()?);
    let mut last = None;
    while !octets.0.is_empty() {
        let key = octets.u16()?;
        // Each key once, in ascending order (RFC 9460 section 2.2).
        if last.replace(key).is_some_and(|last| last >= key) {
            return None;
        }
        let len = usize::from(octets.u16()?);
        text.push(' ');
        text.push_str(&param(key, Octets(octets.take(len)?))?);
    }
    Some(text)
}

fn param(key: u16, mut value: Octets) -> Option<String> {
    let name = key_name(key);
    Some(match key {
        svcb::NO_DEFAULT_ALPN => name,
        svcb::MANDATORY => format!("{name}={}", list(&mut value, |item| item.u16().map(key_name))?),
        svcb::ALPN => format!("{name}={}", quote(&alpn(&mut value)?)),
        svcb::PORT => format!("{name}={}", value.u16()?),
        svcb::IPV4_HINT => {
            format!(
                "{name}={}",
                list(&mut value, |item| Some(Ipv4Addr::from(item.array::<4>()?).to_string()))?
            )
        }
        svcb::IPV6_HINT => {
            format!(
                "{name}={}",
                list(&mut value, |item| Some(Ipv6Addr::from(item.array::<16>()?).to_string()))?
            )
        }
        svcb::ECH => format!("{name}={}", base64::engine::general_purpose::STANDARD.encode(value.0)),
        _ if value.0.is_empty() => name,
        _ => format!("{name}={}", quote(value.0)),
    })
}

fn key_name(key: u16) -> String {
    let known = svcb::KEYS.iter().find(|(_, number)| *number == key);
    known.map_or_else(|| format!("key{key}"), |(name, _)| (*name).to_owned())
}

fn list(value: &mut Octets, item: impl Fn(&mut Octets) -> Option<String>) -> Option<String> {
    let mut items = Vec::new();
    while !value.0.is_empty() {
        items.push(item(value)?);
    }
    Some(items.join(","))
}

fn alpn(value: &mut Octets) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(value.0.len());
    while !value.0.is_empty() {
        if !text.is_empty() {
            text.push(b',');
        }
        let len = usize::from(value.u8()?);
        for octet in value.take(len)? {
            if matches!(octet, b',' | b'\\') {
                text.push(b'\\');
            }
            text.push(*octet);
        }
    }
    Some(text)
}
