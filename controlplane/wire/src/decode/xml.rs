//! XML documents to a tree, guided by the model.
//!
//! Only what AWS's protocols use is accepted: elements, text, the five predefined entities and character
//! references. A document type, another entity or a processing instruction ends the request, so entity bombs and
//! external entities have nothing to hold on to; depth and number of values are bounded.

use super::form::not_a;
use super::tree::{Label, NodeId, Tree, join};
use crate::error::{Rule, WireError};
use crate::limits;
use crate::model::{Kind, ShapeId, Structure};
use quick_xml::Reader;
use quick_xml::events::{BytesRef, BytesStart, Event};
use std::borrow::Cow;

/// Reads one document.
pub(crate) struct XmlReader<'a> {
    reader: Reader<&'a [u8]>,
    depth: usize,
}

/// What a document holds next, once noise is skipped.
pub(crate) enum Piece<'a> {
    /// An element begins.
    Open(BytesStart<'a>),
    /// An element begins and ends.
    Empty(BytesStart<'a>),
    /// The innermost element ends.
    Close,
    /// Text, references resolved.
    Text(Cow<'a, str>),
    /// The document ends.
    End,
}

fn malformed(what: impl std::fmt::Display) -> WireError {
    WireError::Malformed(format!("invalid XML: {}", limits::echo(&what.to_string())))
}

impl<'a> XmlReader<'a> {
    pub(crate) fn new(document: &'a str) -> Self {
        let mut reader = Reader::from_str(document);
        reader.config_mut().check_comments = true;
        Self { reader, depth: 0 }
    }

    pub(crate) fn next(&mut self) -> Result<Piece<'a>, WireError> {
        loop {
            return match self.reader.read_event().map_err(malformed)? {
                Event::Start(start) => self.deeper().map(|()| Piece::Open(start)),
                Event::Empty(start) => Ok(Piece::Empty(start)),
                Event::End(_) => {
                    self.depth -= 1;
                    Ok(Piece::Close)
                }
                Event::Text(text) => Ok(Piece::Text(text.xml10_content())),
                Event::CData(text) => Ok(Piece::Text(text.xml10_content())),
                Event::GeneralRef(reference) => resolve(&reference).map(Piece::Text),
                Event::Comment(_) | Event::Decl(_) => continue,
                Event::DocType(_) => Err(malformed("a document type is not allowed")),
                Event::PI(_) => Err(malformed("a processing instruction is not allowed")),
                Event::Eof if self.depth > 0 => Err(malformed("the document ends inside an element")),
                Event::Eof => Ok(Piece::End),
            };
        }
    }

    fn deeper(&mut self) -> Result<(), WireError> {
        self.depth += 1;
        if self.depth > limits::DEPTH {
            return Err(WireError::Limit { what: "a depth of elements", limit: limits::DEPTH });
        }
        Ok(())
    }

    /// The root element: its name and whether it has content.
    pub(crate) fn root(&mut self, namespace: &str) -> Result<(String, bool), WireError> {
        let (start, open) = match self.next_solid()? {
            Piece::Open(start) => (start, true),
            Piece::Empty(start) => (start, false),
            _ => return Err(malformed("no root element")),
        };
        check_namespace(&start, namespace)?;
        Ok((start.name().0.to_owned(), open))
    }

    /// Nothing but white space may follow the root.
    pub(crate) fn finish(&mut self) -> Result<(), WireError> {
        match self.next_solid()? {
            Piece::End => Ok(()),
            _ => Err(malformed("content after the root element")),
        }
    }

    /// The next piece that is not white space between elements.
    pub(crate) fn next_solid(&mut self) -> Result<Piece<'a>, WireError> {
        loop {
            match self.next()? {
                Piece::Text(text) if text.trim_ascii().is_empty() => {}
                Piece::Text(text) => {
                    let text = limits::echo(&text);
                    return Err(malformed(format_args!("text {text:?} where an element should be")));
                }
                piece => return Ok(piece),
            }
        }
    }

    /// Reads the content of an open element into a node.
    pub(crate) fn value(&mut self, tree: &mut Tree<'a>, at: NodeId) -> Result<(), WireError> {
        match &tree.shape(at).kind {
            Kind::Structure(structure) => self.structure(tree, at, structure),
            Kind::List(list) if list.flattened => {
                Err(WireError::Internal("a flattened list has no element".into()))
            }
            Kind::List(list) => self.list(tree, at, &list.item, list.member),
            _ => self.scalar(tree, at),
        }
    }

    fn structure(
        &mut self,
        tree: &mut Tree<'a>,
        at: NodeId,
        structure: &'static Structure,
    ) -> Result<(), WireError> {
        while let Some((start, open)) = self.next_child()? {
            self.member(tree, at, structure, &start, open)?;
        }
        Ok(())
    }

    /// The next child element of the current one, `None` at its end.
    pub(crate) fn next_child(&mut self) -> Result<Option<(BytesStart<'a>, bool)>, WireError> {
        match self.next_solid()? {
            Piece::Open(start) => Ok(Some((start, true))),
            Piece::Empty(start) => Ok(Some((start, false))),
            Piece::Close | Piece::End | Piece::Text(_) => Ok(None),
        }
    }

    /// Reads one child element of a structure.
    pub(crate) fn member(
        &mut self,
        tree: &mut Tree<'a>,
        at: NodeId,
        structure: &'static Structure,
        start: &BytesStart<'a>,
        open: bool,
    ) -> Result<(), WireError> {
        let name = start.name().0;
        check_attributes(start)?;
        let Some(index) = structure.by_element(name) else {
            tree.violate(&join(&tree.path(at), name), Rule::Unknown);
            return self.skip(open);
        };
        let shape = structure.member(index).shape;
        let label = Label::Member(index);
        if let Kind::List(list) = &tree.service.shape(shape).kind
            && list.flattened
        {
            return self.flattened_item(tree, at, (label, shape), list.member, open);
        }
        if let Some(earlier) = tree.child(at, label) {
            let path = tree.path(earlier);
            tree.violate(&path, Rule::Duplicate);
            return self.skip(open);
        }
        let child = tree.add(at, label, shape)?;
        if open { self.value(tree, child) } else { Ok(()) }
    }

    fn flattened_item(
        &mut self,
        tree: &mut Tree<'a>,
        at: NodeId,
        (label, shape): (Label, ShapeId),
        item: ShapeId,
        open: bool,
    ) -> Result<(), WireError> {
        let list = match tree.child(at, label) {
            Some(list) => list,
            None => tree.add(at, label, shape)?,
        };
        let child = tree.add(list, tree.next_item(list), item)?;
        if open { self.value(tree, child) } else { Ok(()) }
    }

    fn list(&mut self, tree: &mut Tree<'a>, at: NodeId, item: &str, shape: ShapeId) -> Result<(), WireError> {
        while let Some((start, open)) = self.next_child()? {
            check_attributes(&start)?;
            let name = start.name().0;
            if name != item {
                tree.violate(&join(&tree.path(at), name), Rule::Unknown);
                self.skip(open)?;
                continue;
            }
            let child = tree.add(at, tree.next_item(at), shape)?;
            if open {
                self.value(tree, child)?;
            }
        }
        Ok(())
    }

    fn scalar(&mut self, tree: &mut Tree<'a>, at: NodeId) -> Result<(), WireError> {
        let mut text = Cow::Borrowed("");
        loop {
            match self.next()? {
                Piece::Text(more) if text.is_empty() => text = more,
                Piece::Text(more) => text.to_mut().push_str(&more),
                Piece::Close => break,
                Piece::Open(_) => return self.refuse_element(tree, at, true),
                Piece::Empty(_) => return self.refuse_element(tree, at, false),
                Piece::End => return Err(malformed("the document ends inside an element")),
            }
        }
        tree.set_text(at, text);
        Ok(())
    }

    /// An element inside a scalar: the rest of the scalar is skipped.
    fn refuse_element(&mut self, tree: &mut Tree<'a>, at: NodeId, open: bool) -> Result<(), WireError> {
        let path = tree.path(at);
        tree.violate(&path, not_a("a text", "an element"));
        self.skip(open)?;
        self.skip(true)
    }

    /// Reads past the rest of an open element.
    pub(crate) fn skip(&mut self, open: bool) -> Result<(), WireError> {
        let mut open = usize::from(open);
        while open > 0 {
            match self.next()? {
                Piece::Open(_) => open += 1,
                Piece::Close => open -= 1,
                Piece::Empty(_) | Piece::Text(_) => {}
                Piece::End => return Err(malformed("the document ends inside an element")),
            }
        }
        Ok(())
    }
}

fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, WireError> {
    if let Some(letter) = reference.resolve_char_ref().map_err(malformed)? {
        return Ok(Cow::Owned(letter.to_string()));
    }
    match &**reference {
        "amp" => Ok("&".into()),
        "lt" => Ok("<".into()),
        "gt" => Ok(">".into()),
        "quot" => Ok("\"".into()),
        "apos" => Ok("'".into()),
        _ => Err(malformed("an entity is not allowed")),
    }
}

/// The root may declare the service's namespace as default, and nothing else.
fn check_namespace(start: &BytesStart<'_>, namespace: &str) -> Result<(), WireError> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(malformed)?;
        let expected = attribute.value.trim_end_matches('/') == namespace.trim_end_matches('/');
        if attribute.key.0 != "xmlns" || !expected {
            return Err(malformed(format_args!(
                "only the namespace {namespace} is allowed on the root element"
            )));
        }
    }
    Ok(())
}

fn check_attributes(start: &BytesStart<'_>) -> Result<(), WireError> {
    match start.attributes_raw().trim_ascii() {
        "" => Ok(()),
        _ => Err(malformed("attributes are not allowed")),
    }
}
