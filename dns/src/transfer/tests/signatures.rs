//! Signatures that are wrong, and packets that nobody should send.

use super::*;
use hickory_proto::rr::rdata::tsig::TsigError as OtherError;
use proptest::prelude::*;

/// Response code, TSIG error, and whether the reply is signed.
fn told(reply: &[u8]) -> (ResponseCode, Option<OtherError>, bool) {
    let message = Message::from_vec(reply).unwrap();
    let signature = message.signature();
    let error = signature.and_then(|record| record.data.error);
    let is_signed = signature.is_some_and(|record| !record.data.mac.is_empty());
    (message.metadata.response_code, error, is_signed)
}

fn soa_by(signer: &TSigner, at: u64) -> (Vec<u8>, TSigVerifier) {
    let mut message = question("example.com.", RecordType::SOA);
    let verifier = message.finalize(signer, at).unwrap().unwrap();
    (message.to_vec().unwrap(), verifier)
}

#[test]
fn what_is_wrong_with_a_signature_is_said() {
    let world = World::new(&with_serial(Vec::new()));
    let sha256 = TsigAlgorithm::HmacSha256;
    let other_secret = [1; 32];
    let not_auth = |error, is_signed| (ResponseCode::NotAuth, Some(error), is_signed);
    let cases = [
        (key(SECRET, "other.example.", sha256.clone()), now(), not_auth(OtherError::BadKey, false)),
        (key(SECRET, "peer.example.", TsigAlgorithm::HmacSha512), now(), not_auth(OtherError::BadKey, false)),
        (key(&other_secret, "peer.example.", sha256.clone()), now(), not_auth(OtherError::BadSig, false)),
        (known(), now() - 400, not_auth(OtherError::BadTime, true)),
        (known(), now() + 400, not_auth(OtherError::BadTime, true)),
        (known(), now() - 200, (ResponseCode::NoError, None, true)),
        (key(SECRET, "PEER.example.", sha256), now(), (ResponseCode::NoError, None, true)),
    ];
    for (signer, at, expected) in cases {
        let (packet, _) = soa_by(&signer, at);
        for transport in [Transport::Udp, Transport::Tcp] {
            assert_eq!(told(&world.answer(&packet, transport)), expected);
        }
    }
    let (packet, _) = soa_by(&known(), now() - 400);
    let reply = Message::from_vec(&world.answer(&packet, Transport::Udp)).unwrap();
    let data = &reply.signature().unwrap().data;
    assert_eq!((data.time, data.other.len()), (now() - 400, 6), "their time, and beside it ours");
}

#[test]
fn records_out_of_place_and_codes_of_no_length_are_malformed() {
    let world = World::new(&with_serial(Vec::new()));
    let (packet, _) = soa_by(&known(), now());
    let malformed = (ResponseCode::FormErr, None, false);
    let start = packet.len() - (14 + 10 + 13 + 16 + 32);
    assert_eq!(packet[start..start + 14], *b"\x04peer\x07example\0", "here the record begins");
    let twice = {
        let mut packet = [&packet[..], &packet[start..]].concat();
        packet[11] += 1;
        packet
    };
    let changed = |at: usize, octet: u8| {
        let mut packet = packet.clone();
        packet[start + at] = octet;
        packet
    };
    // Class, TTL; then a length of the code that leaves octets over.
    for packet in [twice, changed(17, 1), changed(21, 1), changed(14 + 10 + 13 + 9, 31)] {
        assert_eq!(told(&world.answer(&packet, Transport::Tcp)), malformed);
    }
    let shorter = |len: usize| {
        let code = start + 14 + 10 + 13 + 8;
        let mut packet = [&packet[..code + 2 + len], &packet[code + 34..]].concat();
        packet[code + 1] = len as u8;
        packet[start + 23] -= 32 - len as u8;
        packet
    };
    assert_eq!(told(&world.answer(&shorter(15), Transport::Tcp)), malformed);
    let (rcode, error, is_signed) = told(&world.answer(&shorter(16), Transport::Tcp));
    assert_eq!((rcode, error, is_signed), (ResponseCode::NotAuth, Some(OtherError::BadTrunc), true));
    let mut forged = shorter(16);
    forged[start + 14 + 10 + 13 + 10] ^= 1;
    assert_eq!(told(&world.answer(&forged, Transport::Tcp)).1, Some(OtherError::BadSig));
}

#[test]
fn responses_get_no_answer_whoever_signs_them() {
    let world = World::new(&with_serial(Vec::new()));
    let mut message = question("example.com.", RecordType::SOA);
    message.metadata.message_type = hickory_proto::op::MessageType::Response;
    let (packet, _) = signed(message);
    assert!(world.request(&packet).is_none());
}

proptest! {
    #[test]
    fn octets_changed_anywhere_are_found_or_harmless(at: prop::sample::Index, octet: u8, tcp: bool) {
        let world = World::new(&with_serial(Vec::new()));
        let (mut packet, _) = soa_by(&known(), now());
        let at = at.index(packet.len());
        let before = std::mem::replace(&mut packet[at], octet);
        let transport = if tcp { Transport::Tcp } else { Transport::Udp };
        if let Some(Request::Signed(_)) = world.request(&packet) {
            // Names of keys and algorithms may be written in either case, and the id by whoever passes the packet on.
            prop_assert!(at < 2 || octet.eq_ignore_ascii_case(&before), "octet {at} is not covered");
        }
        if world.request(&packet).is_some() {
            world.answer(&packet, transport);
        }
    }

    #[test]
    fn octets_of_any_kind_do_no_harm(packet in prop::collection::vec(any::<u8>(), 0..200)) {
        let world = World::new(&with_serial(Vec::new()));
        let (head, _) = soa_by(&known(), now());
        for packet in [packet.clone(), [&head[..12], &packet].concat(), [&head[..43], &packet].concat()] {
            if world.request(&packet).is_some() {
                world.answer(&packet, Transport::Udp);
            }
        }
    }
}
