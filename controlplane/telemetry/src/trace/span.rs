//! One piece of work of a trace.

use super::context::{Context, Heard};
use super::exporter;
use std::borrow::Cow;
use std::future::Future;

tokio::task_local! {
    static CURRENT: Context;
}

/// Which end of a call a span is, in OpenTelemetry's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Work within a program.
    Internal,
    /// Answers a call.
    Server,
    /// Tells somebody who will act later.
    Producer,
    /// Acts on what was told.
    Consumer,
}

/// A piece of work; ends when dropped. Empty, and free, when nothing is recorded.
#[must_use]
#[derive(Debug, Default)]
pub struct Span(Option<Box<Open>>);

#[derive(Debug)]
pub(super) struct Open {
    pub(super) name: Cow<'static, str>,
    pub(super) side: Side,
    pub(super) context: Context,
    pub(super) parent: Option<Context>,
    pub(super) began: u64,
    pub(super) attributes: Vec<(&'static str, String)>,
    pub(super) error: Option<String>,
}

/// A request at a door: joins the trace its `traceparent` names, or begins one. Empty when the sender does not want
/// the trace recorded.
pub fn incoming(name: &'static str, traceparent: Option<&str>) -> Span {
    if !exporter::is_on() {
        return Span::none();
    }
    match Heard::parse(traceparent) {
        Heard::Sampled(parent) => Span::begin(name.into(), Side::Server, Some(parent)),
        Heard::Nothing => Span::begin(name.into(), Side::Server, None),
        Heard::Unsampled => Span::none(),
    }
}

/// The span this task works for.
pub fn current() -> Option<Context> {
    // Outside of every scope there is none.
    CURRENT.try_with(|context| *context).ok()
}

/// Runs `future` with `context` as its current span.
pub async fn scope<F: Future>(context: Option<Context>, future: F) -> F::Output {
    match context {
        Some(context) => CURRENT.scope(context, future).await,
        None => future.await,
    }
}

impl Span {
    /// No span.
    pub const fn none() -> Self {
        Self(None)
    }

    /// Work on behalf of `parent`; empty without one.
    pub fn under(parent: Option<Context>, name: impl Into<Cow<'static, str>>, side: Side) -> Self {
        match parent {
            Some(parent) if exporter::is_on() => Self::begin(name.into(), side, Some(parent)),
            _ => Self::none(),
        }
    }

    /// Work within the current span; empty outside of one.
    pub fn here(name: &'static str) -> Self {
        Self::under(current(), name, Side::Internal)
    }

    /// Ends this span; what comes next for the same parent.
    pub fn then(self, name: &'static str) -> Self {
        Self::under(self.parent(), name, Side::Internal)
    }

    fn begin(name: Cow<'static, str>, side: Side, parent: Option<Context>) -> Self {
        let Some((context, began)) = exporter::draw(parent) else { return Self::none() };
        Self(Some(Box::new(Open { name, side, context, parent, began, attributes: Vec::new(), error: None })))
    }

    /// What to hand on.
    pub fn context(&self) -> Option<Context> {
        self.0.as_ref().map(|open| open.context)
    }

    /// On whose behalf this is.
    pub fn parent(&self) -> Option<Context> {
        self.0.as_ref()?.parent
    }

    /// Whether anything is recorded: what costs to compute need not be computed otherwise.
    pub fn is_recorded(&self) -> bool {
        self.0.is_some()
    }

    /// Names it once it is known what it is.
    pub fn rename(&mut self, name: impl FnOnce() -> String) {
        if let Some(open) = &mut self.0 {
            open.name = name().into();
        }
    }

    /// Notes something about it.
    pub fn note(&mut self, key: &'static str, value: impl ToString) {
        if let Some(open) = &mut self.0 {
            open.attributes.push((key, value.to_string()));
        }
    }

    /// It went wrong.
    pub fn fail(&mut self, error: impl ToString) {
        if let Some(open) = &mut self.0 {
            open.error = Some(error.to_string());
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            exporter::ended(open);
        }
    }
}
