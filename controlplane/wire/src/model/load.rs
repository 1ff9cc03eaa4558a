//! From a model file to tables: names become indices, and each protocol's naming rules are applied once.
//!
//! A model file is part of the program. One that contradicts itself is a defect that every test meets at once, so
//! loading reports an error and [`super::services`] stops the program on it.

use super::file::{MemberEntry, ModelFile, OperationEntry, ShapeEntry};
use super::names::Names;
use super::overlay::Overlay;
use super::route::{Router, Template};
use super::{
    ErrorShape, Kind, Length, List, Location, Member, Operation, Protocol, Range, Service, Shape, ShapeId,
    Structure, TextRule, TimestampFormat,
};
use std::collections::BTreeMap;

/// Name of a shape of our own: what an operation without input takes. No AWS shape can have it.
pub(super) const NOTHING: &str = "";

/// Reads a model file and the overlay of the same service, as it is spoken in its first protocol, and in CBOR if it is.
pub(crate) fn load(
    name: &'static str,
    model: &str,
    overlay: &str,
) -> Result<(Service, Option<Service>), String> {
    let read = || -> Result<ModelFile, String> {
        serde_json::from_str(model).map_err(|error| format!("{name}.json: {error}"))
    };
    let file = read()?;
    let (spoken, cbor) = (protocol(&file)?, file.cbor);
    let second = if cbor { Some(spoken_in(Protocol::Cbor, name, read()?, overlay)?) } else { None };
    Ok((spoken_in(spoken, name, file, overlay)?, second))
}

fn spoken_in(
    protocol: Protocol,
    name: &'static str,
    mut file: ModelFile,
    overlay: &str,
) -> Result<Service, String> {
    file.shapes.insert(NOTHING.to_owned(), ShapeEntry::nothing());
    let overlay: Overlay =
        serde_json::from_str(overlay).map_err(|error| format!("neutral/{name}.json: {error}"))?;
    let loader = Loader { protocol, entries: &file.shapes, ids: ids(&file.shapes), overlay: &overlay };
    let shapes =
        file.shapes.iter().map(|(name, entry)| loader.shape(name, entry)).collect::<Result<_, _>>()?;
    let operations: Vec<Operation> = file
        .operations
        .iter()
        .map(|(name, entry)| loader.operation(name, entry))
        .collect::<Result<_, _>>()?;
    Ok(Service {
        name,
        protocol,
        // EC2's published namespace lacks the slash its responses have.
        namespace: format!("{}/", file.xml_namespace.unwrap_or_default().trim_end_matches('/')).into(),
        target_prefix: file.target_prefix.into(),
        query_compatible: file.query_compatible,
        api_version: file.api_version.into(),
        endpoint_prefix: file.endpoint_prefix.into(),
        signing_name: file.signing_name.into(),
        global: file.global_endpoint.is_some(),
        router: router(&operations, &file.others)?,
        others: file.others.into_keys().map(Box::from).collect(),
        errors: file.errors.into_iter().map(|(name, error)| (name.into(), error.into())).collect(),
        operations,
        shapes,
        overlay,
    })
}

fn protocol(file: &ModelFile) -> Result<Protocol, String> {
    match (file.protocol.as_str(), file.json_version.as_deref()) {
        ("ec2", _) => Ok(Protocol::Ec2Query),
        ("query", _) => Ok(Protocol::Query),
        ("rest-xml", _) => Ok(Protocol::RestXml),
        ("rest-json", _) => Ok(Protocol::RestJson),
        ("json", Some("1.0")) => Ok(Protocol::Json10),
        ("json", Some("1.1")) => Ok(Protocol::Json11),
        (other, _) => Err(format!("protocol {other} is not built")),
    }
}

fn ids(shapes: &BTreeMap<String, ShapeEntry>) -> BTreeMap<&str, ShapeId> {
    shapes.keys().zip(0..).map(|(name, index)| (name.as_str(), ShapeId(index))).collect()
}

fn router(operations: &[Operation], others: &BTreeMap<String, Vec<String>>) -> Result<Router, String> {
    let mut router = Router::default();
    for operation in operations {
        router.add(&operation.name, &operation.method, &operation.uri);
    }
    for (name, binding) in others {
        if let [method, uri] = binding.as_slice() {
            router.add(name, &method_named(method)?, &Template::parse(uri)?);
        }
    }
    router.sort();
    Ok(router)
}

fn method_named(name: &str) -> Result<http::Method, String> {
    name.parse().map_err(|_| format!("method {name}"))
}

impl From<super::file::ErrorEntry> for ErrorShape {
    fn from(entry: super::file::ErrorEntry) -> Self {
        Self { code: entry.code.into(), status: entry.status }
    }
}

struct Loader<'a> {
    protocol: Protocol,
    entries: &'a BTreeMap<String, ShapeEntry>,
    ids: BTreeMap<&'a str, ShapeId>,
    overlay: &'a Overlay,
}

impl Loader<'_> {
    fn id(&self, name: &str) -> Result<ShapeId, String> {
        self.ids.get(name).copied().ok_or_else(|| format!("no shape {name}"))
    }

    fn operation(&self, name: &str, entry: &OperationEntry) -> Result<Operation, String> {
        let boxed = |text: &Option<String>| text.as_deref().map(Box::from);
        Ok(Operation {
            name: name.into(),
            method: method_named(&entry.method)?,
            uri: Template::parse(&entry.request_uri)?,
            status: entry.response_code.unwrap_or(200),
            input: self.id(entry.input.as_deref().unwrap_or(NOTHING))?,
            input_name: boxed(&entry.input_name),
            output: entry.output.as_deref().map(|name| self.id(name)).transpose()?,
            result_wrapper: boxed(&entry.result_wrapper),
            errors: entry.errors.iter().map(|name| name.as_str().into()).collect(),
        })
    }

    fn shape(&self, name: &str, entry: &ShapeEntry) -> Result<Shape, String> {
        let kind = self.kind(name, entry).map_err(|error| format!("shape {name}: {error}"))?;
        Ok(Shape { name: name.into(), sensitive: entry.sensitive, kind })
    }

    fn kind(&self, name: &str, entry: &ShapeEntry) -> Result<Kind, String> {
        let range = Range { min: entry.min, max: entry.max };
        Ok(match entry.kind.as_str() {
            "structure" => Kind::Structure(self.structure(entry)?),
            "list" => Kind::List(self.list(entry)?),
            "string" => Kind::Text(self.text_rule(name, entry)),
            "blob" => Kind::Blob(length(entry)),
            "boolean" => Kind::Boolean,
            "integer" => Kind::Integer(range),
            "long" => Kind::Long(range),
            "double" | "float" => Kind::Double(range),
            "timestamp" => Kind::Timestamp(timestamp_format(entry.timestamp_format.as_deref())?),
            other => return Err(format!("type {other} is not built")),
        })
    }

    fn text_rule(&self, name: &str, entry: &ShapeEntry) -> TextRule {
        let closed = !self.overlay.is_open(name);
        let values = entry.values.iter().filter(|_| closed).map(|value| value.as_str().into()).collect();
        TextRule::new(length(entry), values, entry.pattern.clone())
    }

    fn list(&self, entry: &ShapeEntry) -> Result<List, String> {
        let member = entry.member.as_ref().ok_or("a list without member")?;
        let item = member.location_name.as_deref().unwrap_or("member");
        let bare = entry.flattened || self.protocol == Protocol::Ec2Query || self.protocol.is_modern();
        Ok(List {
            member: self.id(&member.shape)?,
            flattened: entry.flattened,
            is_map: entry.map,
            item: item.into(),
            query_item: if bare { "" } else { item }.into(),
            length: length(entry),
        })
    }

    fn structure(&self, entry: &ShapeEntry) -> Result<Structure, String> {
        let mut members = Vec::with_capacity(entry.members.len());
        for (name, member) in &entry.members {
            members.push(self.member(name, member, entry.required.contains(name))?);
        }
        let by_query = order(&members, |member| &member.query)?;
        let by_element = order(&members, |member| &member.element)?;
        let by_name = Names::new(&members);
        let place = |name: &String| by_name.find(&members, name).ok_or(format!("no payload {name}"));
        let payload = entry.payload.as_ref().map(place).transpose()?;
        Ok(Structure { by_name, members, by_query, by_element, payload })
    }

    fn member(&self, name: &str, entry: &MemberEntry, required: bool) -> Result<Member, String> {
        let target = self.entries.get(&entry.shape);
        let flattened = entry.flattened || target.is_some_and(|target| target.flattened);
        let own = entry.location_name.as_deref();
        // The items of a flattened list carry the list member's name, if it has one, in place of the list's.
        let item =
            target.and_then(|target| target.member.as_ref()).and_then(|item| item.location_name.as_deref());
        let element = item.filter(|_| flattened).or(own).unwrap_or(name);
        Ok(Member {
            name: name.into(),
            shape: self.id(&entry.shape)?,
            element: element.into(),
            query: self.query_name(entry, element).into(),
            location: self.location(entry)?,
            required,
            timestamp: timestamp_format(entry.timestamp_format.as_deref())?,
        })
    }

    /// Where a member travels: in the body wherever the protocol knows no other place.
    fn location(&self, entry: &MemberEntry) -> Result<Location, String> {
        let shape = self.entries.get(&entry.shape);
        let is_map = shape.is_some_and(|shape| shape.map);
        let item = shape.and_then(|shape| self.entries.get(&shape.member.as_ref()?.shape));
        // A list of dates in a header: they have commas themselves.
        let has_dates = item.is_some_and(|item| item.kind == "timestamp");
        match entry.location.as_deref().filter(|_| self.protocol.is_rest()) {
            None => Ok(Location::Body),
            Some("uri") => Ok(Location::Label),
            Some("querystring") if !is_map => Ok(Location::Query),
            Some("header") if !has_dates => Ok(Location::Header),
            Some("headers") if is_map && entry.location_name.is_some() => Ok(Location::Prefix),
            Some("statusCode") => Ok(Location::Status),
            Some(other) => Err(format!("location {other} is not built for {}", entry.shape)),
        }
    }

    /// EC2 capitalises the element's name unless the model states a parameter of its own.
    fn query_name(&self, entry: &MemberEntry, element: &str) -> String {
        match (self.protocol, &entry.query_name) {
            (Protocol::Ec2Query, Some(name)) => name.clone(),
            (Protocol::Ec2Query, None) => capitalised(element),
            _ => element.to_owned(),
        }
    }
}

fn capitalised(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Indices of those `members` that are in the body, in the order of another name, which must be unique there.
fn order(members: &[Member], key: fn(&Member) -> &str) -> Result<Vec<u16>, String> {
    let count = u16::try_from(members.len()).map_err(|_| "too many members")?;
    let in_body = |&index: &u16| members[usize::from(index)].location == Location::Body;
    let mut order: Vec<u16> = (0..count).filter(in_body).collect();
    let name = |index: u16| key(&members[usize::from(index)]);
    order.sort_by_key(|&index| name(index));
    match order.windows(2).find(|pair| name(pair[0]) == name(pair[1])) {
        Some(pair) => Err(format!("two members are called {} on the wire", name(pair[0]))),
        None => Ok(order),
    }
}

fn timestamp_format(name: Option<&str>) -> Result<Option<TimestampFormat>, String> {
    match name {
        None => Ok(None),
        Some("iso8601") => Ok(Some(TimestampFormat::Iso8601)),
        Some("rfc822") => Ok(Some(TimestampFormat::Rfc822)),
        Some("unixTimestamp") => Ok(Some(TimestampFormat::UnixSeconds)),
        Some(other) => Err(format!("timestamp format {other} is not built")),
    }
}

/// Bounds on a length; the file has them as plain numbers.
fn length(entry: &ShapeEntry) -> Length {
    let whole = |bound: Option<f64>| bound.map(|bound| bound.max(0.0) as usize);
    Length { min: whole(entry.min), max: whole(entry.max) }
}
