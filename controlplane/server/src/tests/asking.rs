//! Asking DNS servers about themselves, and about what they answer.

use super::*;
use crate::dns_feed::AskError;
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use controlplane_proto::dns::answer::Said;
use controlplane_proto::dns::question::About;
use controlplane_proto::dns::{Answer, FeedMessage, FeedStatus, LookUp, LookedUp, Question};
use tokio::sync::mpsc;

/// A DNS server's end of the feed.
struct Ns {
    name: &'static str,
    statuses: mpsc::Sender<FeedStatus>,
    messages: mpsc::Receiver<FeedMessage>,
}

impl Ns {
    async fn join(name: &'static str, core: &Core) -> Self {
        let (statuses, mut messages) = core.dns_feed.connect();
        statuses.send(FeedStatus { server: name.into(), ..FeedStatus::default() }).await.unwrap();
        messages.recv().await.expect("a snapshot comes");
        Self { name, statuses, messages }
    }

    async fn question(&mut self) -> Question {
        loop {
            if let Some(question) = self.messages.recv().await.expect("the session goes on").question {
                return question;
            }
        }
    }

    async fn answer(&self, number: u64, said: Said) {
        let answer = Some(Answer { number, said: Some(said) });
        let status = FeedStatus { server: self.name.into(), answer, ..FeedStatus::default() };
        self.statuses.send(status).await.unwrap();
    }
}

#[test]
fn a_dns_server_answers_for_itself() {
    run(1, async |cluster| {
        let (_, core) = cluster.leader().await;
        let mut ns = Ns::join("ns1", core).await;
        let ask = |levels: &str| InspectRequest { levels: levels.to_owned(), whole: false };
        let answering = async {
            let question = ns.question().await;
            let Some(About::Inspect(inspect)) = question.about else { panic!("{question:?}") };
            let inspected = InspectResponse { levels: inspect.levels, ..InspectResponse::default() };
            // What nobody asked for is nobody's answer.
            ns.answer(99, Said::Drawn(String::new())).await;
            ns.answer(question.number, Said::Inspected(inspected)).await;
            let question = ns.question().await;
            ns.answer(question.number, Said::Refused("no".into())).await;
            ns.question().await;
        };
        let asking = async {
            assert_eq!(core.dns_feed.inspect("ns1", ask("dns=debug")).await.unwrap().levels, "dns=debug");
            let refused = AskError::Refused { server: "ns1".into(), reason: "no".into() };
            assert_eq!(core.dns_feed.inspect("ns1", ask("")).await, Err(refused));
            assert_eq!(core.dns_feed.inspect("ns1", ask("")).await, Err(AskError::Silent("ns1".into())));
            assert_eq!(
                core.dns_feed.inspect("ns2", ask("")).await,
                Err(AskError::NotConnected("ns2".into()))
            );
        };
        tokio::join!(answering, asking);
    });
}

#[test]
fn a_dns_server_that_says_nothing_is_not_the_only_one() {
    run(1, async |cluster| {
        let (_, core) = cluster.leader().await;
        let look_up = |name: &str| LookUp { name: name.to_owned(), ..LookUp::default() };
        assert_eq!(core.dns_feed.look_up(look_up("a.test")).await, Err(AskError::Nobody));

        let mut first = Ns::join("ns1", core).await;
        let mut second = Ns::join("ns2", core).await;
        let answering = async {
            first.question().await;
            let question = second.question().await;
            let Some(About::LookUp(asked)) = question.about else { panic!("{question:?}") };
            let found = LookedUp { data: vec![asked.name], ..LookedUp::default() };
            second.answer(question.number, Said::LookedUp(found)).await;
            // One that does not know the question, being older, says so with nothing.
            let question = first.question().await;
            first.answer(question.number, Said::Inspected(InspectResponse::default())).await;
        };
        let asking = async {
            let (server, found) = core.dns_feed.look_up(look_up("a.test")).await.unwrap();
            assert_eq!((server.as_str(), found.data), ("ns2", vec!["a.test".to_owned()]));
            let reason = "it does not know the question".to_owned();
            let refused = AskError::Refused { server: "ns1".into(), reason };
            assert_eq!(core.dns_feed.look_up(look_up("a.test")).await, Err(refused));
        };
        tokio::join!(answering, asking);
    });
}
