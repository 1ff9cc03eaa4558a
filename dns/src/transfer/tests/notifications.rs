//! What a secondary is told, and how often.

use super::*;
use crate::board::Board;
use crate::tests::Hasty;
use crate::zone::tests::delta;
use hickory_proto::op::{MessageType, OpCode};
use hickory_proto::rr::DNSClass;
use tokio::net::UdpSocket;

/// Far beyond what is expected, so that only a defect reaches it.
const PATIENCE: Duration = Duration::from_secs(20);

/// A secondary, played by the test, and what it hears of.
struct Secondary {
    socket: UdpSocket,
    world: World,
    board: Arc<Board>,
}

impl Secondary {
    /// Of a server that has just started.
    async fn new(runtime: Arc<dyn Runtime>) -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let world = World::telling(&with_serial(Vec::new()), vec![socket.local_addr().unwrap()]);
        let (transfers, board) = (world.transfers.clone(), Arc::new(Board::new(0)));
        let from = Ipv4Addr::LOCALHOST.into();
        tokio::spawn(Teller { transfers, from, board: board.clone(), runtime }.run());
        let mut secondary = Self { socket, world, board };
        secondary.publish();
        secondary
    }

    /// As the keeper does.
    fn publish(&mut self) {
        let touched = self.world.compiler.take_touched();
        let transfers = &self.world.transfers;
        let changed = transfers.changed(touched, &self.board.snapshot(), &self.world.snapshot);
        self.board.publish(self.world.snapshot.clone());
        transfers.tell(&changed);
    }

    fn change(&mut self, generation: u64, serial: u32) {
        let zones = vec![zone(None, serial)];
        self.world.apply(&FeedMessage { zones, ..delta(generation, generation + 1) });
        self.publish();
    }

    async fn heard(&self) -> (Vec<u8>, SocketAddr) {
        let mut buffer = vec![0; 4096];
        let heard = tokio::time::timeout(PATIENCE, self.socket.recv_from(&mut buffer)).await;
        let (len, from) = heard.expect("it takes too long").unwrap();
        buffer.truncate(len);
        (buffer, from)
    }

    async fn say(&self, packet: &[u8], to: SocketAddr) {
        self.socket.send_to(packet, to).await.unwrap();
    }
}

/// The serial in the hint.
fn hint(packet: &[u8]) -> u32 {
    serial(&Message::from_vec(packet).unwrap().answers[0])
}

#[tokio::test]
async fn a_zone_is_told_of_as_rfc_1996_says_and_signed() {
    let secondary = Secondary::new(Arc::new(TestRuntime)).await;
    let (packet, from) = secondary.heard().await;
    assert_eq!(from.ip(), Ipv4Addr::LOCALHOST);
    let (_, at, _) = known().verify_message_byte(&packet, None, true).expect("it is signed right");
    assert!(at.abs_diff(now()) < 60);
    let message = Message::from_vec(&packet).unwrap();
    let metadata = &message.metadata;
    assert_eq!((metadata.message_type, metadata.op_code), (MessageType::Query, OpCode::Notify));
    assert_eq!((metadata.authoritative, metadata.recursion_desired), (true, false));
    let query = &message.queries[0];
    assert_eq!((&query.name, query.query_type), (&name("example.com."), RecordType::SOA));
    assert_eq!((message.queries.len(), query.query_class), (1, DNSClass::IN));
    let hint = &message.answers[0];
    assert_eq!((message.answers.len(), &hint.name, serial(hint)), (1, &name("example.com."), SERIAL));
    assert!(message.authorities.is_empty() && message.additionals.is_empty());
}

#[tokio::test]
async fn who_does_not_answer_is_told_three_times_and_of_the_next_change() {
    let runtime = Arc::new(Hasty::default());
    let mut secondary = Secondary::new(runtime.clone()).await;
    let (first, _) = secondary.heard().await;
    for _ in 0..2 {
        assert_eq!(secondary.heard().await.0, first, "the same again");
    }
    secondary.change(1, SERIAL + 1);
    let (next, _) = secondary.heard().await;
    assert_eq!((hint(&first), hint(&next)), (SERIAL, SERIAL + 1));
    let waited: Vec<u64> = runtime.0.lock().unwrap().iter().take(4).map(Duration::as_secs).collect();
    assert_eq!(waited, [1, 2, 4, 1], "three attempts, and a pause");
}

#[tokio::test]
async fn nothing_but_a_reply_to_the_notification_ends_the_attempts() {
    let mut secondary = Secondary::new(Arc::new(TestRuntime)).await;
    let (first, from) = secondary.heard().await;
    let mut reply = first[..12].to_vec();
    reply[2] |= 0x80;
    let with = |at: usize, octet: u8| {
        let mut reply = reply.clone();
        reply[at] = octet;
        reply
    };
    // Another id, no reply, a reply to a query, and too little.
    let others = [with(0, !first[0]), with(2, 0x24), with(2, 0x84), reply[..11].to_vec()];
    for other in &others {
        secondary.say(other, from).await;
    }
    assert_eq!(secondary.heard().await.0, first, "the second attempt");
    // Who does not want to hear has heard.
    secondary.say(&with(3, 5), from).await;
    secondary.change(1, SERIAL + 1);
    assert_eq!(hint(&secondary.heard().await.0), SERIAL + 1, "there is no third");
}

#[test]
fn only_what_has_a_new_serial_is_told() {
    let mut world = World::telling(&with_serial(Vec::new()), vec!["127.0.0.1:53".parse().unwrap()]);
    let mut with = |generation: u64, serial: u32| {
        let zones = vec![zone(None, serial)];
        world.apply(&FeedMessage { zones, ..delta(generation, generation + 1) });
        world.snapshot.clone()
    };
    let (nothing, first) = (Arc::<Snapshot>::default(), with(1, SERIAL + 1));
    // A control plane of before tells no serial.
    let (unknown, again, second) = (with(2, 0), with(3, SERIAL + 1), with(4, SERIAL + 2));
    let told = |world: &World, before: &Snapshot, after: &Snapshot| {
        let touched = world.compiler.zone("Z1").unwrap().apex.clone();
        world.transfers.changed([touched].into(), before, after).len()
    };
    for (before, after, count) in [
        (&nothing, &first, 1),
        (&nothing, &unknown, 0),
        (&unknown, &again, 1),
        (&first, &again, 0),
        (&first, &second, 1),
        (&second, &nothing, 0),
    ] {
        assert_eq!(told(&world, before, after), count);
    }
    let alone = World::new(&with_serial(Vec::new()));
    assert_eq!(told(&alone, &nothing, &first), 0, "there is nobody to tell");
}
