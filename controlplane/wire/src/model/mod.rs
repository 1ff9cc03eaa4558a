//! What AWS publishes about its APIs, as plain tables.
//!
//! Each served service has a file `models/<service>.json`, embedded in the program and read once, on first use, into
//! vectors whose entries name each other by index ([`ShapeId`]). Everything a codec looks up per request (the
//! parameter name under EC2's rules, the element of a flattened list) is worked out here, once, so that the codecs
//! hold no rule about names. Generated Rust types were rejected: 1,100 shapes of which we serve a quarter would
//! be most of the source, and unserved members could not be told from unknown ones.
//!
//! What readers get wrong: a [`Member`] has three names. `name` is what AWS's documentation and our Input and
//! Output types say, `query` is the request parameter, `element` the XML element (or header, label, query key).

mod constraint;
mod file;
mod load;
mod names;
mod overlay;
mod protocol;
mod route;
mod services;

pub use constraint::{Length, Range, TextRule};
#[cfg(test)]
pub(crate) use load::load;
pub use overlay::Neutral;
pub use protocol::{Location, Protocol, TimestampFormat};
pub use route::Template;
pub(crate) use services::in_cbor;
pub use services::{by_endpoint, by_name, by_signing_name, by_target, by_version, services, spoken};

use names::Names;
use overlay::Overlay;
use route::Router;
use std::collections::{BTreeMap, BTreeSet};

/// The one service with an endpoint for all regions beside one in each.
const GLOBAL_AND_REGIONAL: &str = "sts";

/// A position in [`Service`]'s table of shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ShapeId(pub(crate) u32);

/// One AWS service as it is spoken in one protocol. Who speaks two has two of these, alike but for that.
#[derive(Debug)]
pub struct Service {
    name: &'static str,
    protocol: Protocol,
    api_version: Box<str>,
    endpoint_prefix: Box<str>,
    signing_name: Box<str>,
    namespace: Box<str>,
    target_prefix: Box<str>,
    query_compatible: bool,
    global: bool,
    operations: Vec<Operation>,
    others: BTreeSet<Box<str>>,
    errors: BTreeMap<Box<str>, ErrorShape>,
    shapes: Vec<Shape>,
    router: Router,
    overlay: Overlay,
}

/// An operation whose shapes are known. Whether it is served is the service registry's affair.
#[derive(Debug)]
pub struct Operation {
    /// AWS's name, such as `RunInstances`.
    pub name: Box<str>,
    /// HTTP method.
    pub method: http::Method,
    /// Path and query template; `/` for the query protocols.
    pub uri: Template,
    /// Status of success.
    pub status: u16,
    /// Shape of the request; one without members where AWS has none.
    pub input: ShapeId,
    /// Root element of the request body (REST-XML).
    pub input_name: Option<Box<str>>,
    /// Shape of the response, if it says anything.
    pub output: Option<ShapeId>,
    /// Element between the root and the members (query protocol).
    pub result_wrapper: Option<Box<str>>,
    /// Names of the errors the operation is documented to give, as in [`Service::error`].
    pub errors: Vec<Box<str>>,
}

/// How AWS reports one modelled error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorShape {
    /// The code on the wire.
    pub code: Box<str>,
    /// HTTP status.
    pub status: u16,
}

/// A named type.
#[derive(Debug)]
pub struct Shape {
    /// AWS's name, such as `IpPermissionList`.
    pub name: Box<str>,
    /// Values must not appear in messages.
    pub sensitive: bool,
    /// What it is.
    pub kind: Kind,
}

/// The kinds of type the codecs know.
#[derive(Debug)]
pub enum Kind {
    /// Named members.
    Structure(Structure),
    /// Values of one shape in order.
    List(List),
    /// Text.
    Text(TextRule),
    /// Bytes, in base64 on the wire.
    Blob(Length),
    /// `true` or `false`.
    Boolean,
    /// 32 bits, signed.
    Integer(Range),
    /// 64 bits, signed.
    Long(Range),
    /// A float of 64 bits.
    Double(Range),
    /// A moment.
    Timestamp(Option<TimestampFormat>),
}

/// Members sorted by name, with an index for each other name a request may use.
#[derive(Debug)]
pub struct Structure {
    members: Vec<Member>,
    by_name: Names,
    by_query: Vec<u16>,
    by_element: Vec<u16>,
    payload: Option<u16>,
}

/// One member of a structure.
#[derive(Debug)]
pub struct Member {
    /// The documented name.
    pub name: Box<str>,
    /// Shape of the value.
    pub shape: ShapeId,
    /// XML element, key in JSON, header or what headers begin with, label or query key.
    pub element: Box<str>,
    /// Request parameter of the query protocols.
    pub query: Box<str>,
    /// Where it travels.
    pub location: Location,
    /// AWS refuses a request without it.
    pub required: bool,
    /// Overrides the format of a timestamp.
    pub timestamp: Option<TimestampFormat>,
}

/// A list type.
#[derive(Debug)]
pub struct List {
    /// Shape of each item.
    pub member: ShapeId,
    /// Items stand beside each other under the list's own name, without an element around them.
    pub flattened: bool,
    /// Its items are structures of a `key` and a `value`, and where a protocol has maps it is one of those.
    pub is_map: bool,
    /// XML element of an item of a list that is not flattened.
    pub item: Box<str>,
    /// What stands between the list's parameter and the number; empty where the protocol has nothing there.
    pub query_item: Box<str>,
    /// Bounds on the number of items.
    pub length: Length,
}

/// What a request asks for.
#[derive(Clone, Copy, Debug)]
pub enum Lookup<'a> {
    /// Shapes are known.
    Modelled(&'a Operation),
    /// AWS has an operation of this name; its shapes were not imported.
    Unmodelled(&'a str),
}

impl Service {
    /// The folder name AWS uses for the service: `ec2`, `route53`.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The wire protocol.
    pub fn protocol(&self) -> Protocol {
        self.protocol
    }

    /// The `Version` of the query protocols: a date.
    pub fn api_version(&self) -> &str {
        &self.api_version
    }

    /// First label of the service's host names.
    pub fn endpoint_prefix(&self) -> &str {
        &self.endpoint_prefix
    }

    /// The service in a credential scope.
    pub fn signing_name(&self) -> &str {
        &self.signing_name
    }

    /// What stands before the operation in `X-Amz-Target`, and in the path of Smithy's RPC.
    pub fn target_prefix(&self) -> &str {
        &self.target_prefix
    }

    /// Whether a prefix in `X-Amz-Target` or in a path is this service's: SDKs that are made from Smithy's models leave
    /// out the name space, as in `CloudTrail_20131101`.
    pub(crate) fn is_target(&self, prefix: &str) -> bool {
        let full = self.target_prefix();
        !full.is_empty() && (full == prefix || full.rsplit('.').next() == Some(prefix))
    }

    /// Whether clients of its former query protocol still want that one's error codes.
    pub(crate) fn is_query_compatible(&self) -> bool {
        self.query_compatible
    }

    /// XML namespace of responses (and of REST-XML requests).
    pub fn namespace(&self) -> &str {
        &self.namespace
    }

    /// The service has one endpoint for all regions, whose requests are signed for `us-east-1`.
    pub fn is_global(&self) -> bool {
        self.global
    }

    /// Whether AWS lets pages of any origin call the service and read its answers.
    pub fn is_for_any_origin(&self) -> bool {
        self.overlay.is_for_any_origin()
    }

    /// Whether bodies of its requests may come in pieces.
    pub(crate) fn takes_chunks(&self) -> bool {
        self.overlay.takes_chunks()
    }

    /// What it serves is of a region; what is of an account as a whole (users, hosted zones) is of none.
    pub fn has_regions(&self) -> bool {
        !self.global || self.name == GLOBAL_AND_REGIONAL
    }

    /// Modelled operations, sorted by name.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// How many operations AWS's service has, modelled or not.
    pub fn operation_count(&self) -> usize {
        self.operations.len() + self.others.len()
    }

    /// Names of all operations AWS's service has, modelled or not, sorted.
    pub fn operation_names(&self) -> BTreeSet<&str> {
        let modelled = self.operations.iter().map(|operation| &*operation.name);
        modelled.chain(self.others.iter().map(|name| &**name)).collect()
    }

    /// A modelled operation.
    pub fn operation(&self, name: &str) -> Option<&Operation> {
        let at = self.operations.binary_search_by(|operation| (*operation.name).cmp(name)).ok()?;
        self.operations.get(at)
    }

    /// Anything AWS calls by this name.
    pub fn lookup(&self, name: &str) -> Option<Lookup<'_>> {
        let other = || self.others.get(name).map(|name| Lookup::Unmodelled(name));
        self.operation(name).map(Lookup::Modelled).or_else(other)
    }

    /// The operation a REST request addresses, with what its labels hold (still percent-encoded).
    pub fn route<'p>(
        &self,
        method: &http::Method,
        path: &'p str,
        query: &str,
    ) -> Option<(Lookup<'_>, Vec<&'p str>)> {
        let (name, labels) = self.router.find(method, path, query)?;
        Some((self.lookup(name)?, labels))
    }

    /// A modelled error by its shape's name.
    pub fn error(&self, name: &str) -> Option<&ErrorShape> {
        self.errors.get(name)
    }

    /// The name of the modelled error that has this code on the wire.
    pub(crate) fn error_named(&self, code: &str) -> Option<&str> {
        self.errors.iter().find(|(_, error)| *error.code == *code).map(|(name, _)| &**name)
    }

    /// The name of the modelled error with which the service tells somebody to slow down.
    pub(crate) fn throttling_error(&self) -> Option<&str> {
        self.errors.values().find(|error| error.status == 429).map(|error| &*error.code)
    }

    /// The shape without members, which stands for an absent input or output. Its empty name sorts first.
    pub(crate) fn nothing(&self) -> ShapeId {
        ShapeId(0)
    }

    /// The shape at an index.
    pub fn shape(&self, id: ShapeId) -> &Shape {
        &self.shapes[id.0 as usize]
    }

    /// A shape by name.
    pub fn shape_named(&self, name: &str) -> Option<ShapeId> {
        let at = self.shapes.binary_search_by(|shape| (*shape.name).cmp(name)).ok()?;
        u32::try_from(at).ok().map(ShapeId)
    }

    /// All shapes, sorted by name.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// What we decided about values of members that are not served.
    pub(crate) fn overlay(&self) -> &Overlay {
        &self.overlay
    }
}

impl Shape {
    /// The structure, if it is one.
    pub fn structure(&self) -> Option<&Structure> {
        match &self.kind {
            Kind::Structure(structure) => Some(structure),
            _ => None,
        }
    }
}

impl Structure {
    /// Members sorted by name.
    pub fn members(&self) -> &[Member] {
        &self.members
    }

    /// The member at an index.
    pub(crate) fn member(&self, index: u16) -> &Member {
        &self.members[usize::from(index)]
    }

    /// Index of the member with this documented name.
    pub fn index_of(&self, name: &str) -> Option<u16> {
        self.by_name.find(&self.members, name)
    }

    /// Index of the member with this request parameter.
    pub(crate) fn by_query(&self, name: &str) -> Option<u16> {
        self.find(&self.by_query, name, |member| &member.query)
    }

    /// Index of the member that is the whole body, where one is.
    pub(crate) fn payload(&self) -> Option<u16> {
        self.payload
    }

    /// Whether anything of it is in a body of members.
    pub(crate) fn has_body(&self) -> bool {
        !self.by_element.is_empty()
    }

    /// Index of the member of the body with this XML element, or key in JSON.
    pub(crate) fn by_element(&self, name: &str) -> Option<u16> {
        self.find(&self.by_element, name, |member| &member.element)
    }

    fn find(&self, order: &[u16], name: &str, key: fn(&Member) -> &str) -> Option<u16> {
        let at = order.binary_search_by(|&index| key(self.member(index)).cmp(name)).ok()?;
        order.get(at).copied()
    }
}
