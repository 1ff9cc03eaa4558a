//! Traces: the way of one request through gateway, writer, commit, agent and back, as OpenTelemetry spans.
//!
//! A [`Span`] is made where the work is and ends when it is dropped. Without an exporter ([`install`]) a span is an empty
//! `Option`: no clock is read, nothing is allocated, no lock is taken. A span exists only as part of a trace that somebody
//! asked for at a door ([`incoming`]): heartbeats, elections and sweeps make none.
//!
//! Which span is the current one travels with the task ([`scope`]), so that what is called need not be told. Where work changes
//! hands (a queue, a commit, a machine) it is handed over as a [`Context`], which on the wire is the W3C `traceparent`.
//!
//! What readers get wrong: these are not the spans of the `tracing` crate. Those are made whether anybody listens
//! or not, cannot be carried through the writer's queue without entering them on its thread, and their OpenTelemetry
//! bridge takes time and randomness from the system, which the simulator could not replay. Here both come from the
//! [`Runtime`](controlplane_types::Runtime) given to [`install`].

mod context;
mod exporter;
mod otlp;
mod settings;
mod span;

pub use context::Context;
pub use exporter::{flush, install};
pub use settings::{Settings, SettingsError};
pub use span::{Side, Span, current, incoming, scope};

#[cfg(test)]
mod tests;
