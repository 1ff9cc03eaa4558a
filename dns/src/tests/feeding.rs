//! The feed: acknowledgements, gaps, broken links, servers that are gone.

use super::*;
use crate::GrpcFeed;
use crate::zone::tests::{delta, key, set};
use controlplane_proto::cluster::Servers;
use controlplane_proto::debug::InspectRequest;
use controlplane_proto::dns::Question;
use controlplane_proto::dns::answer::Said;
use controlplane_proto::dns::dns_feed_server::{DnsFeed, DnsFeedServer};
use controlplane_proto::dns::question::About;
use std::pin::Pin;
use tokio_stream::wrappers::{ReceiverStream, TcpListenerStream};
use tokio_stream::{Stream, StreamExt};
use tonic::{Request, Response, Status, Streaming};

#[tokio::test(flavor = "multi_thread")]
async fn an_acknowledged_generation_is_what_every_worker_answers() {
    let mut fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    for generation in 2..30 {
        let mut message = delta(generation - 1, generation);
        message.record_sets = vec![set("www.example.com.", "A", 60, &[&format!("192.0.2.{generation}")])];
        fixture.send(message).await;
        assert_eq!(fixture.server.served_generation(), generation);
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        socket.connect(fixture.address()).await.unwrap();
        let packet = b"\0\x01\0\0\0\x01\0\0\0\0\0\0\x03www\x07example\x03com\0\0\x01\0\x01";
        socket.send(packet).await.unwrap();
        let mut reply = [0; 512];
        let len = soon(socket.recv(&mut reply)).await.unwrap();
        assert_eq!(u64::from(reply[len - 1]), generation);
    }
    let mut message = delta(29, 30);
    message.removed_record_sets = vec![key("www.example.com.", "A", "")];
    fixture.send(message).await;
    assert!(fixture.dig("www.example.com A").await.contains("status: NXDOMAIN"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_status_says_what_is_held_and_after_a_gap_that_nothing_is() {
    let mut fixture = Fixture::start(tempfile::tempdir().unwrap(), |_| {}).await;
    let hello = fixture.status(|_| true).await;
    assert_eq!((hello.server.as_str(), hello.cluster_id.as_str(), hello.generation), ("dns-1", "", 0));
    fixture.send(zone(5, "192.0.2.1")).await;

    fixture.lose_link().await;
    let hello = fixture.status(|_| true).await;
    assert_eq!((hello.cluster_id.as_str(), hello.incarnation, hello.generation), ("c1", 1, 5));

    fixture.control.messages.send(delta(7, 8)).await.unwrap();
    fixture.control = soon(fixture.subscribers.recv()).await.unwrap();
    let hello = fixture.status(|_| true).await;
    assert_eq!((hello.cluster_id.as_str(), hello.generation), ("", 0), "a snapshot is asked for");
    assert_eq!(fixture.dig("+short www.example.com A").await, "192.0.2.1", "answers go on meanwhile");
    fixture.send(zone(8, "192.0.2.8")).await;
    assert_eq!(fixture.dig("+short www.example.com A").await, "192.0.2.8");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_behind_is_left_for_another() {
    let mut fixture = Fixture::new(zone(9, "192.0.2.9")).await;
    fixture.control.messages.send(zone(8, "192.0.2.8")).await.unwrap();
    fixture.control = soon(fixture.subscribers.recv()).await.unwrap();
    assert_eq!(fixture.status(|_| true).await.generation, 9);
    assert_eq!(fixture.dig("+short www.example.com A").await, "192.0.2.9");
}

/// A control plane behind gRPC that hands each subscription to the test.
pub(super) struct Remote(pub(super) mpsc::Sender<Subscriber>);

#[tonic::async_trait]
impl DnsFeed for Remote {
    type SubscribeStream = Pin<Box<dyn Stream<Item = Result<FeedMessage, Status>> + Send>>;

    async fn subscribe(
        &self,
        request: Request<Streaming<FeedStatus>>,
    ) -> Result<Response<Self::SubscribeStream>, Status> {
        let mut incoming = request.into_inner();
        // As a real server does: nothing is answered before the first status is here.
        let hello = incoming.next().await.unwrap()?;
        let (statuses, their_statuses) = mpsc::channel(16);
        let (their_messages, messages) = mpsc::channel(16);
        statuses.send(hello).await.unwrap();
        tokio::spawn(async move {
            while let Some(Ok(status)) = incoming.next().await {
                if statuses.send(status).await.is_err() {
                    return;
                }
            }
        });
        self.0.send(Subscriber { statuses: their_statuses, messages: their_messages }).await.unwrap();
        Ok(Response::new(Box::pin(ReceiverStream::new(messages).map(Ok))))
    }
}

/// A control plane on the loopback: its address, and where its subscriptions arrive.
async fn remote() -> (String, mpsc::Receiver<Subscriber>) {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let (sender, subscribers) = mpsc::channel(4);
    let service = tonic::transport::Server::builder().add_service(DnsFeedServer::new(Remote(sender)));
    tokio::spawn(service.serve_with_incoming(TcpListenerStream::new(listener)));
    (address, subscribers)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_does_not_lead_sends_on_and_all_servers_are_remembered() {
    let (follower, mut at_follower) = remote().await;
    let (leader, mut at_leader) = remote().await;
    let folder = tempfile::tempdir().unwrap();
    let feed = GrpcFeed::new(vec![follower.clone()], folder.path(), None, Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(feed)).await.unwrap();
    let control = soon(at_follower.recv()).await.unwrap();
    let sent_on = Instant::now();
    let servers = Servers { addresses: vec![follower, leader.clone()], leader };
    let not_leading = FeedMessage { servers: Some(servers), not_leading: true, ..FeedMessage::default() };
    control.messages.send(not_leading).await.unwrap();
    let mut control = soon(at_leader.recv()).await.unwrap();
    assert!(sent_on.elapsed() < Duration::from_millis(500), "{:?}", sent_on.elapsed());
    control.messages.send(zone(1, "192.0.2.1")).await.unwrap();
    assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, 0);
    assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, 1);
    server.shutdown().await;

    // Nobody tells the next life where the servers are.
    let feed = GrpcFeed::new(vec![], folder.path(), None, Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(feed)).await.unwrap();
    let either = async {
        tokio::select! { found = at_follower.recv() => found, found = at_leader.recv() => found }
    };
    assert!(soon(either).await.is_some());
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn over_grpc_the_next_server_is_tried_and_a_broken_link_is_made_again() {
    let (alive, mut subscribers) = remote().await;
    let nobody = {
        let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        closed.local_addr().unwrap()
    };

    let folder = tempfile::tempdir().unwrap();
    let servers = vec![nobody.to_string(), alive];
    let feed = GrpcFeed::new(servers, folder.path(), None, Arc::new(TestRuntime));
    let server = Server::start(config(folder.path()), Arc::new(TestRuntime), Arc::new(feed)).await.unwrap();
    for generation in 1..4 {
        let mut control = soon(subscribers.recv()).await.unwrap();
        assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, generation - 1);
        control.messages.send(zone(generation, &format!("192.0.2.{generation}"))).await.unwrap();
        assert_eq!(soon(control.statuses.recv()).await.unwrap().generation, generation);
        assert_eq!(
            dig(server.local_addr(), "+short www.example.com A").await,
            format!("192.0.2.{generation}")
        );
    }
    server.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_question_about_the_server_is_answered_and_changes_no_zone() {
    let mut fixture = Fixture::new(zone(1, "192.0.2.1")).await;
    let about = Some(About::Inspect(InspectRequest { levels: String::new(), whole: true }));
    let question = Question { number: 7, about };
    let message = FeedMessage { question: Some(question), ..FeedMessage::default() };
    fixture.control.messages.send(message).await.unwrap();
    let status = fixture.status(|status| status.answer.is_some()).await;
    let answer = status.answer.unwrap();
    assert_eq!((status.server.as_str(), answer.number), ("dns-1", 7));
    // The log of a test's process is not ours to look into.
    assert!(matches!(&answer.said, Some(Said::Refused(reason)) if reason.contains("log")), "{answer:?}");
    assert_eq!(fixture.dig("+short www.example.com A").await, "192.0.2.1");
    assert_eq!(fixture.server.served_generation(), 1);
}
