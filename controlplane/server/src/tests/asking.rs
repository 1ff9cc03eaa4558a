//! Asking DNS servers about themselves.

use super::*;
use crate::dns_feed::AskError;
use controlplane_proto::debug::{InspectRequest, InspectResponse};
use controlplane_proto::dns::{Answer, FeedMessage, FeedStatus, Question};
use tokio::sync::mpsc;

/// A DNS server's end of the feed.
struct Ns {
    statuses: mpsc::Sender<FeedStatus>,
    messages: mpsc::Receiver<FeedMessage>,
}

impl Ns {
    async fn join(core: &Core) -> Self {
        let (statuses, mut messages) = core.dns_feed.connect();
        statuses.send(FeedStatus { server: "ns1".into(), ..FeedStatus::default() }).await.unwrap();
        messages.recv().await.expect("a snapshot comes");
        Self { statuses, messages }
    }

    async fn question(&mut self) -> Question {
        loop {
            if let Some(question) = self.messages.recv().await.expect("the session goes on").question {
                return question;
            }
        }
    }

    async fn answer(&self, answer: Answer) {
        let status = FeedStatus { server: "ns1".into(), answer: Some(answer), ..FeedStatus::default() };
        self.statuses.send(status).await.unwrap();
    }
}

#[test]
fn a_dns_server_answers_for_itself() {
    run(1, async |cluster| {
        let (_, core) = cluster.leader().await;
        let mut ns = Ns::join(core).await;
        let ask = |levels: &str| InspectRequest { levels: levels.to_owned(), whole: false };
        let answering = async {
            let question = ns.question().await;
            let inspect = question.inspect.unwrap();
            let inspected = Some(InspectResponse { levels: inspect.levels, ..InspectResponse::default() });
            // What nobody asked for is nobody's answer.
            ns.answer(Answer { number: 99, ..Answer::default() }).await;
            ns.answer(Answer { number: question.number, inspected, refused: String::new() }).await;
            let question = ns.question().await;
            ns.answer(Answer { number: question.number, inspected: None, refused: "no".into() }).await;
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
