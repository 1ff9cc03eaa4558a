//! Being put out.

use super::house::{House, Session, channel, until};
use crate::pki::Role;
use crate::pki::renewal::renew;
use controlplane_proto::api::WatchRequest;
use controlplane_proto::api::hearth_client::HearthClient;
use controlplane_proto::dns::FeedStatus;
use controlplane_proto::dns::dns_feed_client::DnsFeedClient;
use controlplane_raft::TokioRuntime;
use std::time::Duration;
use tokio_stream::StreamExt;

const DAY: Duration = Duration::from_secs(24 * 3600);

#[tokio::test(flavor = "multi_thread")]
async fn revoking_cuts_the_session_and_refuses_the_next() {
    let house = House::start(DAY).await;
    let (guest, other) = (house.guest(Role::Agent, "rack1").await, house.guest(Role::Agent, "rack2").await);
    let mut session = Session::open(&house, &guest, "rack1").await.unwrap();
    let mut spared = Session::open(&house, &other, "rack2").await.unwrap();
    assert!(session.begun().await && spared.begun().await);
    let serial = guest.credentials.holder().serial;
    assert_eq!(house.revoke("agent/rack1").await.unwrap(), std::slice::from_ref(&serial));
    assert!(session.hear().await.is_none(), "the session is cut without a word from the agent");
    let refused = async || match Session::open(&house, &guest, "rack1").await {
        Ok(mut session) => session.hear().await.is_none(),
        Err(_) => true,
    };
    assert!(refused().await, "and no other begins");
    assert!(spared.is_alive().await, "nobody else is cut");
    let error = renew(&guest.credentials, &house.addresses(), &*TokioRuntime::current()).await;
    assert!(error.is_err(), "nor is the certificate renewed");
    assert_eq!(house.revoke(&serial).await.unwrap(), [] as [String; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn feeds_and_command_lines_are_cut_too() {
    let house = House::start(DAY).await;
    let dns = house.guest(Role::Dns, "ns1").await;
    let (statuses, messages) = tokio::sync::mpsc::channel(4);
    statuses.send(FeedStatus { server: "ns1".into(), ..FeedStatus::default() }).await.unwrap();
    let feed = DnsFeedClient::new(house.channel(&dns.credentials).await);
    let mut feed = feed
        .max_decoding_message_size(64 << 20)
        .subscribe(tokio_stream::wrappers::ReceiverStream::new(messages))
        .await
        .unwrap()
        .into_inner();
    assert!(feed.next().await.unwrap().is_ok(), "a snapshot comes");
    let client = house.guest(Role::Client, "laptop").await;
    let mut native = HearthClient::new(house.channel(&client.credentials).await);
    let watched = WatchRequest { kind: "node".into(), ..WatchRequest::default() };
    let mut watch = native.watch(watched).await.unwrap().into_inner();
    assert!(watch.next().await.unwrap().is_ok(), "the watch begins");
    house.revoke("dns/ns1").await.unwrap();
    house.revoke("client/laptop").await.unwrap();
    until("the feed breaks off", async || !matches!(feed.next().await, Some(Ok(_)))).await;
    until("the watch breaks off", async || !matches!(watch.next().await, Some(Ok(_)))).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_expired_certificate_is_refused() {
    let house = House::start(Duration::from_secs(8)).await;
    let guest = house.guest(Role::Agent, "rack1").await;
    assert!(Session::open(&house, &guest, "rack1").await.unwrap().hear().await.is_some());
    until("the certificate expires", async || match Session::open(&house, &guest, "rack1").await {
        Ok(mut session) => session.hear().await.is_none(),
        Err(_) => true,
    })
    .await;
    let connector = guest.credentials.connector(Role::Server).unwrap();
    assert!(
        channel(&house.addresses()[0], connector).await.is_ok(),
        "the server has renewed its own meanwhile"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_does_not_lock_himself_out() {
    let house = House::start(DAY).await;
    // It was signed before there was a log, and is on record a moment after the region is ready.
    until("his own certificate is refused", async || {
        house.revoke("client/admin").await.unwrap_err().message().contains("came with")
    })
    .await;
    assert_eq!(house.revoke("agent/nobody").await.unwrap_err().code(), tonic::Code::NotFound);
}
