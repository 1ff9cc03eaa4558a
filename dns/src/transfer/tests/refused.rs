//! What is not transferred, and what is said then.

use super::*;
use crate::zone::tests::{Keys, alias, failover, member, multivalue, weighted};
use hickory_proto::rr::rdata::opt::EdnsOption;

/// Code and text of the extended error.
fn reason(message: &Message) -> Option<(u16, String)> {
    let options = message.edns.as_ref()?.options();
    let (_, option) = options.as_ref().iter().find(|(code, _)| u16::from(*code) == 15)?;
    let EdnsOption::Unknown(_, value) = option else { panic!("{option:?}") };
    let (code, text) = value.split_first_chunk::<2>()?;
    Some((u16::from_be_bytes(*code), String::from_utf8(text.to_vec()).unwrap()))
}

async fn refused(message: &FeedMessage, mut request: Message) -> (ResponseCode, u16, String) {
    request.set_edns(Edns::new());
    let (packet, mut verifier) = signed(request);
    let replies = verified(&mut verifier, &World::new(message).transfer(&packet).await);
    assert_eq!((replies.len(), replies[0].answers.len()), (1, 0));
    let (code, text) = reason(&replies[0]).expect("it is told why");
    (replies[0].metadata.response_code, code, text)
}

#[tokio::test]
async fn a_zone_that_answers_more_than_records_can_say_is_refused() {
    let a = || set("x.example.com.", "A", 60, &["192.0.2.1"]);
    let policy = "x.example.com. A answers by a routing policy, which no transfer can tell";
    let nowhere = "x.example.com. A is an alias that leads nowhere, which no transfer can tell";
    let cases = [
        (vec![member(a(), "1", weighted(1), "")], policy),
        (vec![member(a(), "1", multivalue(), "")], policy),
        (vec![member(a(), "1", failover(true), "check")], policy),
        (vec![alias("x.example.com.", "A", "y.example.com.", false)], nowhere),
        (vec![alias("x.example.com.", "A", "x.example.com.", false)], nowhere),
    ];
    for (sets, text) in cases {
        for request in [question("example.com.", RecordType::AXFR), since("example.com.", 1)] {
            let found = refused(&with_serial(sets.clone()), request).await;
            assert_eq!(found, (ResponseCode::Refused, 21, text.to_owned()));
        }
    }
}

#[tokio::test]
async fn a_zone_that_is_not_there_not_ready_or_signed_is_refused() {
    let here = with_serial(Vec::new());
    let unknown = snapshot(1, Vec::new());
    let signed = FeedMessage { zones: vec![zone(Some(Keys::new().signing()), SERIAL)], ..here.clone() };
    let cases = [
        (&here, "example.net.", (ResponseCode::NotAuth, 20, "not authoritative for this zone")),
        (&here, "www.example.com.", (ResponseCode::NotAuth, 20, "not authoritative for this zone")),
        (&here, ".", (ResponseCode::NotAuth, 20, "not authoritative for this zone")),
        (&unknown, "example.com.", (ResponseCode::ServFail, 14, "the zone's serial number is not known yet")),
        (
            &signed,
            "example.com.",
            (
                ResponseCode::Refused,
                21,
                "the zone is signed as it is answered, so it has no signatures to transfer",
            ),
        ),
    ];
    for (message, zone, (rcode, code, text)) in cases {
        let found = refused(message, question(zone, RecordType::AXFR)).await;
        assert_eq!(found, (rcode, code, text.to_owned()), "{zone}");
    }
    let (rcode, _, text) = refused(&here, question("example.com.", RecordType::IXFR)).await;
    assert_eq!((rcode, text.as_str()), (ResponseCode::FormErr, "no serial number is given to start from"));
}

#[tokio::test]
async fn more_transfers_than_may_run_at_once_are_refused_for_now() {
    let world = World::new(&with_serial(Vec::new()));
    let held: Vec<_> = (0..4).map(|_| world.transfers.slots.take(PEER).unwrap()).collect();
    let (packet, mut verifier) = signed(question("example.com.", RecordType::AXFR));
    let replies = verified(&mut verifier, &world.transfer(&packet).await);
    assert_eq!(replies[0].metadata.response_code, ResponseCode::Refused);
    drop(held);
    let (packet, mut verifier) = signed(question("example.com.", RecordType::AXFR));
    assert_eq!(verified(&mut verifier, &world.transfer(&packet).await)[0].answers.len(), 4);
}

#[test]
fn over_udp_no_zone_is_transferred_and_others_are_answered_as_ever() {
    let world = World::new(&with_serial(Vec::new()));
    let (packet, mut verifier) = signed(question("example.com.", RecordType::AXFR));
    let replies = verified(&mut verifier, &[world.answer(&packet, Transport::Udp)]);
    assert_eq!(replies[0].metadata.response_code, ResponseCode::Refused);
    let stranger = "192.0.3.7".parse().unwrap();
    assert!(world.transfers.request(&packet, stranger, TestRuntime.now()).is_none(), "from elsewhere");
    let unsigned = question("example.com.", RecordType::AXFR).to_vec().unwrap();
    assert!(world.request(&unsigned).is_none());
}
