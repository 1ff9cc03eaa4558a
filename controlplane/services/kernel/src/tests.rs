//! A small service to test the kernel with, and the tables of cases.

use crate::manifest::{Declarative, Deletion, Reference};
use crate::operation::bind;
use crate::*;
use controlplane_types::{Key, Scope, Timestamp};
use minicbor::{Decode, Encode};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub(crate) struct Box {
    #[n(0)]
    pub(crate) label: String,
    #[n(1)]
    pub(crate) inside_of: Option<String>,
    #[n(2)]
    pub(crate) friend: Option<String>,
}

const BY_LABEL: &str = "label";
const BOXES: &str = "boxes";
const LETTERS: &str = "letters";

impl Record for Box {
    const KIND: &'static str = "box";

    fn tally(&self, add: &mut dyn FnMut(&'static str, &str, i64)) {
        add(BOXES, &self.label, 1);
    }

    fn numbers(&self, add: &mut dyn FnMut(&'static str, &str, u64)) {
        self.label.bytes().take(1).for_each(|letter| add(LETTERS, "", letter.into()));
    }

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        add(BY_LABEL, &self.label);
    }
}

impl Tabular for Box {
    const PLURAL: &'static str = "boxes";

    fn columns() -> &'static [Column] {
        &[Column { name: "ID", wide: false }]
    }

    fn cells(&self, id: &str, _: &Reader) -> Vec<String> {
        vec![id.to_owned()]
    }

    fn spec(&self, _: &str, _: &Reader) -> Value {
        json!({"label": self.label, "insideOf": self.inside_of, "friend": self.friend})
    }

    fn status(&self, _: &str, _: &Reader) -> Value {
        json!({"label": self.label})
    }
}

/// A box.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct BoxSpec {
    /// What stands on it.
    label: String,
    /// The box around it.
    inside_of: Option<String>,
    /// A box it likes.
    friend: Option<String>,
}

impl From<BoxSpec> for Box {
    fn from(spec: BoxSpec) -> Self {
        Self { label: spec.label, inside_of: spec.inside_of, friend: spec.friend }
    }
}

impl Declarative for Box {
    type Spec = BoxSpec;
    const REFERENCES: &'static [Reference] =
        &[Reference::new("insideOf", "box"), Reference::deferred("friend", "box")];

    fn create(_: &str, spec: BoxSpec, cx: &mut Context) -> Result<String, ServiceError> {
        let id = cx.new_id("box-");
        cx.put(&id, Box::from(spec));
        Ok(id)
    }

    fn update(id: &str, _: BoxSpec, new: BoxSpec, cx: &mut Context) -> Result<(), ServiceError> {
        cx.put(id, Box::from(new));
        Ok(())
    }

    fn delete(id: &str, cx: &mut Context) -> Result<Deletion, ServiceError> {
        cx.delete::<Box>(id);
        Ok(Deletion::Done)
    }
}

#[derive(Debug, Serialize, Deserialize)]
struct CreateBoxInput {
    label: String,
    client_token: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
struct CreateBoxOutput {
    id: String,
}

struct CreateBox;

impl Operation for CreateBox {
    const NAME: &'static str = "CreateBox";
    type Input = CreateBoxInput;
    type Output = CreateBoxOutput;

    fn run(input: &CreateBoxInput, cx: &mut Context) -> Result<CreateBoxOutput, ServiceError> {
        let id = cx.new_id("box-");
        cx.put(&id, Box { label: input.label.clone(), inside_of: None, friend: None });
        Ok(CreateBoxOutput { id })
    }

    fn client_token(input: &CreateBoxInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}

static SERVICE: Service = Service {
    name: "boxes",
    operations: &[OperationEntry::write::<CreateBox>()],
    accesses: access::anything,
    kinds: &[
        KindEntry::declared::<Box>(),
        KindEntry::internal::<outcome::Outcome>(),
        KindEntry::internal::<manifest::Applied>(),
    ],
    controllers: &[],
};

pub(crate) const SERVICES: &[&Service] = &[&SERVICE];

fn caller() -> Caller {
    Caller {
        account: "123456789012".into(),
        region: "us-east-1".into(),
        principal: "arn:aws:iam::123456789012:root".into(),
        access_key_id: "AK".into(),
        request_id: "r-1".into(),
        client: None,
    }
}

pub(crate) fn context() -> Context {
    context_over(View::new(SERVICE.kinds))
}

fn context_over(view: View) -> Context {
    Context::new(view, caller(), Timestamp::from_millis(1_000), [7; 32])
}

fn boxed(label: &str) -> Box {
    Box { label: label.to_owned(), inside_of: None, friend: None }
}

#[test]
fn a_clone_of_a_view_stays_as_it_was() {
    let mut view = View::new(SERVICE.kinds);
    let key = Key::new(&"1".into(), &Scope::Global, "box", "a");
    let before = view.clone();
    let mut changes = Changes::default();
    changes.put(key.clone(), boxed("x"));
    view.apply(5, &changes);
    assert!(before.get::<Box>(&key).is_none());
    assert_eq!(view.get::<Box>(&key), Some(&boxed("x")));
    assert_eq!((view.revision(), view.revision_of(&key)), (5, Some(5)));
}

#[test]
fn no_record_is_older_than_the_store_it_was_read_from() {
    let mut view = View::new(SERVICE.kinds);
    let key = |id: &str| Key::new(&"1".into(), &Scope::Global, "box", id);
    for id in ["a", "b"] {
        view.put(0, &key(id), StoredRecord::new(boxed(id)));
    }
    view.settle(7);
    view.put(8, &key("b"), StoredRecord::new(boxed("x")));
    assert_eq!((view.revision_of(&key("a")), view.revision_of(&key("b"))), (Some(7), Some(8)));
    assert_eq!(view.stored::<Box>(&key("a")).map(|stored| stored.revision), Some(7));
    let behind = |id: &str| view.untyped_after("box", &key(id)).map(|(key, _)| key.id()).collect::<Vec<_>>();
    assert_eq!((behind(""), behind("a"), behind("b")), (vec!["a", "b"], vec!["b"], vec![]));
}

#[test]
fn indexes_follow_the_records() {
    let mut cx = context();
    cx.put("a", boxed("red"));
    cx.put("b", boxed("red"));
    cx.put("c", boxed("blue"));
    let ids = |cx: &Context, label: &str| -> Vec<String> {
        cx.find::<Box>(BY_LABEL, label).map(|found| found.key.id().to_owned()).collect()
    };
    assert_eq!(ids(&cx, "red"), ["a", "b"]);
    cx.put("a", boxed("blue"));
    cx.delete::<Box>("b");
    assert_eq!(ids(&cx, "red"), [""; 0]);
    assert_eq!(ids(&cx, "blue"), ["a", "c"]);
}

#[test]
fn tallies_follow_the_records() {
    let mut cx = context();
    let mut tallies = |change: &dyn Fn(&mut Context)| {
        change(&mut cx);
        ["red", "blue"].map(|label| cx.view.tally::<Box>(&cx.scope::<Box>(), BOXES, label))
    };
    assert_eq!(tallies(&|cx| cx.put("a", boxed("red"))), [1, 0]);
    assert_eq!(tallies(&|cx| cx.put("b", boxed("red"))), [2, 0]);
    assert_eq!(tallies(&|cx| cx.put("a", boxed("red"))), [2, 0], "the same again");
    assert_eq!(tallies(&|cx| cx.put("a", boxed("blue"))), [1, 1]);
    assert_eq!(tallies(&|cx| cx.delete::<Box>("b")), [0, 1]);
    assert_eq!(tallies(&|cx| cx.delete::<Box>("never")), [0, 1]);
    let elsewhere = Scope::Region("eu-west-7".into());
    assert_eq!(cx.view.tally::<Box>(&elsewhere, BOXES, "blue"), 0, "each scope counts its own");
}

#[test]
fn a_number_is_taken_as_long_as_somebody_holds_it() {
    let mut cx = context();
    let mut free = |change: &dyn Fn(&mut Context)| {
        change(&mut cx);
        cx.view.first_free::<Box>(&cx.scope::<Box>(), LETTERS, "", u64::from(b'a'))
    };
    assert_eq!(free(&|cx| cx.put("1", boxed("a"))), u64::from(b'b'));
    assert_eq!(free(&|cx| cx.put("2", boxed("a"))), u64::from(b'b'));
    assert_eq!(free(&|cx| cx.put("1", boxed("b"))), u64::from(b'c'));
    assert_eq!(free(&|cx| cx.delete::<Box>("2")), u64::from(b'a'));
}

#[test]
fn listing_keeps_to_account_and_region() {
    let mut cx = context();
    cx.put("a", boxed("mine"));
    let other = Key::new(&"999999999999".into(), &Scope::Region("us-east-1".into()), "box", "b");
    cx.put_at(other, boxed("theirs"));
    assert_eq!(cx.list::<Box>().map(|found| found.label.clone()).collect::<Vec<_>>(), ["mine"]);
    assert_eq!(cx.view.all::<Box>().count(), 2);
    assert_eq!(cx.list_from::<Box>("b").count(), 0);
}

#[test]
fn records_survive_encoding_and_newer_shapes_are_refused() {
    let record = boxed("x");
    let bytes = record::encode(&record);
    assert_eq!(record::decode::<Box>(&bytes).unwrap(), record);
    let mut newer = bytes.clone();
    newer[0] = 9;
    assert!(record::decode::<Box>(&newer).unwrap_err().to_string().contains("newer server"));
    assert!(record::decode::<Box>(b"").is_err());
}

#[test]
fn the_same_token_gives_the_first_answer_and_creates_once() {
    let mut cx = context();
    let request = |label: &str| {
        bind::<CreateBox>(CreateBoxInput { label: label.into(), client_token: Some("t".into()) })
    };
    let run = |cx: &mut Context, label: &str| {
        let answer = outcome::run_once(request(label).as_ref(), None, cx)?;
        Ok::<_, ServiceError>(serde_json::to_string(&answer).unwrap())
    };
    let first = run(&mut cx, "x").unwrap();
    assert_eq!(run(&mut cx, "x").unwrap(), first);
    assert_eq!(cx.list::<Box>().count(), 1);
    assert_eq!(run(&mut cx, "y").unwrap_err().code, "IdempotentParameterMismatch");
}

/// AWS keeps tokens for a day, each account and region its own.
#[test]
fn a_token_is_kept_for_a_day() {
    const DAY: u64 = 24 * 3_600 * 1_000;
    let first = context();
    let begun = first.now;
    let mut view = first.view.clone();
    let mut made = |caller: Caller, after: u64| {
        let input = CreateBoxInput { label: "x".into(), client_token: Some("t".into()) };
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&view.revision().to_le_bytes());
        let mut cx = Context::new(view.clone(), caller, begun + Duration::from_millis(after), seed);
        let answer = outcome::run_once(bind::<CreateBox>(input).as_ref(), None, &mut cx).unwrap();
        view.apply(view.revision() + 1, &cx.into_changes());
        serde_json::to_string(&answer).unwrap()
    };
    let id = made(caller(), 0);
    let other_account = Caller { account: "210987654321".into(), ..caller() };
    let other_region = Caller { region: "eu-west-1".into(), ..caller() };
    assert_ne!(made(other_account, 1), id);
    assert_ne!(made(other_region, 1), id);
    assert_eq!(made(caller(), DAY - 1), id);
    assert_ne!(made(caller(), DAY), id);
}

#[test]
fn one_seed_one_set_of_ids() {
    let (mut a, mut b) = (context(), context());
    assert_eq!(a.new_id("i-"), b.new_id("i-"));
    assert_ne!(a.new_id("i-"), a.new_id("i-"));
    assert_eq!(a.new_id("i-").len(), 19);
}

#[test]
fn an_intent_falls_when_its_ground_moves() {
    let mut cx = context();
    cx.put("a", boxed("x"));
    let key = cx.key::<Box>("a");
    let mut view = cx.view.clone();
    let input = CreateBoxInput { label: "l".into(), client_token: None };
    let intent = Intent::new::<CreateBox>(caller(), input).relying_on(&view, &key);
    assert!(intent.holds(&view));
    let mut changes = Changes::default();
    changes.put(key, boxed("y"));
    view.apply(9, &changes);
    assert!(!intent.holds(&view));
}

#[test]
fn an_index_is_also_read_in_order_and_across_kinds() {
    let mut cx = context();
    for (id, label) in [("a", "3"), ("b", "1"), ("c", "2"), ("d", "4")] {
        cx.put(id, boxed(label));
    }
    let ids: Vec<&str> = cx.view.find_through::<Box>(BY_LABEL, "3").map(|found| found.key.id()).collect();
    assert_eq!(ids, ["b", "c", "a"]);
    let any: Vec<&str> = cx.view.find_any(BY_LABEL, "4").map(Key::id).collect();
    assert_eq!(any, ["d"]);
    assert_eq!(cx.view.find_any(BY_LABEL, "5").count(), 0);
}

struct MakeSecret;

impl Operation for MakeSecret {
    const NAME: &'static str = "MakeSecret";
    const REMEMBER: bool = false;
    type Input = CreateBoxInput;
    type Output = CreateBoxOutput;

    fn run(_: &CreateBoxInput, cx: &mut Context) -> Result<CreateBoxOutput, ServiceError> {
        Ok(CreateBoxOutput { id: cx.new_id("secret-") })
    }

    fn client_token(input: &CreateBoxInput) -> Option<&str> {
        input.client_token.as_deref()
    }
}

#[test]
fn a_secret_answer_is_remembered_nowhere() {
    let mut cx = context();
    let request = bind::<MakeSecret>(CreateBoxInput { label: "x".into(), client_token: Some("t".into()) });
    outcome::run_once(request.as_ref(), Some("invocation"), &mut cx).unwrap();
    assert_eq!(cx.list::<outcome::Outcome>().count(), 0);
}
