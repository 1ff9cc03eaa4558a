//! Registers: one value each, kept by real records and used through real requests.
//!
//! A *tag* of a VPC is written by CreateTags and DeleteTags; all tags of one VPC are one record, so clients of different
//! registers meet in it. A *name* is a Route 53 record set; a batch that deletes what it expects and creates what it wants
//! is a compare-and-swap.

use super::client::{Client, Told};
use super::history::History;
use super::invariant::linearizable::{ABSENT, Op, Value};
use super::request::{Answer, Request};
use http::Method;
use std::fmt::Write;

/// The zone of every name.
const ZONE: &str = "sim.test.";

/// Where a value is kept.
#[derive(Clone, Debug)]
pub enum Register {
    /// A tag with this key of this resource.
    Tag(String, String),
    /// A record set with this label in the zone with this id.
    Name(String, String),
}

/// What a client wants of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// What does it hold?
    Read,
    /// It shall hold this.
    Write(Value),
    /// It shall hold the second if it holds the first.
    Swap(Value, Value),
}

impl Register {
    /// A name for people and histories.
    pub fn name(&self) -> String {
        match self {
            Self::Tag(resource, key) => format!("tag {key} of {resource}"),
            Self::Name(_, label) => format!("name {label}.{ZONE}"),
        }
    }

    /// Whether it can be swapped.
    pub fn swaps(&self) -> bool {
        matches!(self, Self::Name(..))
    }

    /// The request that makes `wish` come true.
    pub fn request(&self, wish: Wish) -> Request {
        match (self, wish) {
            (Self::Tag(resource, key), Wish::Read) => Request::ec2(&format!(
                "Action=DescribeTags&Filter.1.Name=resource-id&Filter.1.Value.1={resource}\
                 &Filter.2.Name=key&Filter.2.Value.1={key}"
            )),
            (Self::Tag(resource, key), Wish::Write(ABSENT)) => {
                Request::ec2(&format!("Action=DeleteTags&ResourceId.1={resource}&Tag.1.Key={key}"))
            }
            (Self::Tag(resource, key), Wish::Write(value) | Wish::Swap(_, value)) => Request::ec2(&format!(
                "Action=CreateTags&ResourceId.1={resource}&Tag.1.Key={key}&Tag.1.Value={value}"
            )),
            (Self::Name(zone, label), Wish::Read) => {
                let path = format!("hostedzone/{zone}/rrset?name={label}.{ZONE}&type=A&maxitems=1");
                Request::route53(Method::GET, &path, String::new())
            }
            (Self::Name(zone, label), Wish::Write(value)) => batch(zone, label, &[("UPSERT", value)]),
            (Self::Name(zone, label), Wish::Swap(from, to)) => {
                let changes = [("DELETE", from), ("CREATE", to)];
                let real: Vec<_> = changes.into_iter().filter(|(_, value)| *value != ABSENT).collect();
                batch(zone, label, &real)
            }
        }
    }

    fn held(&self, answer: &Answer) -> Value {
        let text = match self {
            Self::Tag(..) => answer.text("value").and_then(|text| text.parse().ok()),
            Self::Name(_, label) => {
                let own = answer.text("Name") == Some(&format!("{label}.{ZONE}"));
                answer.text("Value").filter(|_| own).and_then(value_of)
            }
        };
        text.unwrap_or(ABSENT)
    }

    /// Reads it on server `id` and nowhere else, once.
    pub async fn read_at(&self, client: &Client, id: u64, history: &History) {
        let call = history.call(&self.name(), client.name());
        if let Some(answer) = client.try_at(id, &self.request(Wish::Read)).await.filter(|it| it.status == 200)
        {
            history.returned(&call, Op::Read(self.held(&answer)));
        }
    }

    /// Does what `client` wishes, and writes down what came of it. `number` tells the client's requests apart.
    ///
    /// # Panics
    /// When it is answered with an error that no register gives.
    pub async fn act(&self, client: &Client, number: usize, wish: Wish, history: &History, attempts: usize) {
        let call = history.call(&self.name(), client.name());
        let Told { answer, attempts } = client.ask_patiently(number, &self.request(wish), attempts).await;
        let done = match wish {
            Wish::Read => None,
            Wish::Write(value) => Some(Op::Write(value)),
            Wish::Swap(from, to) => Some(Op::Swap(from, to)),
        };
        let Some(answer) = answer else {
            return done.into_iter().for_each(|op| history.unknown(&call, op));
        };
        match (answer.code(), wish) {
            (None, Wish::Read) => history.returned(&call, Op::Read(self.held(&answer))),
            (None, _) => done.into_iter().for_each(|op| history.returned(&call, op)),
            (Some("InvalidChangeBatch"), Wish::Swap(from, _)) => {
                history.returned(&call, Op::SwapRefused(from));
                // A refusal is not remembered: another copy of the request may still be on its way and succeed.
                if attempts > 1 || client.may_double() {
                    done.into_iter().for_each(|op| history.unknown(&call, op));
                }
            }
            _ => panic!("{wish:?} of {}: {answer:?}", self.name()),
        }
    }
}

fn batch(zone: &str, label: &str, changes: &[(&str, Value)]) -> Request {
    let mut body = String::from(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>",
    );
    for (action, value) in changes {
        // Writing into a String cannot fail.
        let _ = write!(
            body,
            "<Change><Action>{action}</Action><ResourceRecordSet><Name>{label}.{ZONE}</Name><Type>A</Type><TTL>5</TTL>\
             <ResourceRecords><ResourceRecord><Value>{}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>",
            address_of(*value)
        );
    }
    body.push_str("</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>");
    Request::route53(Method::POST, &format!("hostedzone/{zone}/rrset"), body)
}

/// A value as an address: 10.a.b.c.
fn address_of(value: Value) -> String {
    format!("10.{}.{}.{}", value >> 16 & 0xff, value >> 8 & 0xff, value & 0xff)
}

fn value_of(address: &str) -> Option<Value> {
    let parts = address.split('.').skip(1).map(|part| part.parse::<Value>().ok());
    parts.reduce(|high, low| Some(high? << 8 | low?)).flatten()
}
