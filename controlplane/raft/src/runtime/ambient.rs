//! The runtime that code on this thread belongs to right now.

use super::TokioRuntime;
use controlplane_types::Runtime;
use std::cell::RefCell;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

thread_local! {
    static CURRENT: RefCell<Option<Arc<dyn Runtime>>> = const { RefCell::new(None) };
}

/// Restores the runtime that was current before, so that scopes nest.
pub(crate) struct Entered(Option<Arc<dyn Runtime>>);

/// Makes `runtime` current until the guard is dropped.
pub(crate) fn enter(runtime: Arc<dyn Runtime>) -> Entered {
    Entered(CURRENT.with(|current| current.borrow_mut().replace(runtime)))
}

impl Drop for Entered {
    fn drop(&mut self) {
        let previous = self.0.take();
        CURRENT.with(|current| *current.borrow_mut() = previous);
    }
}

/// The current runtime; tokio's when none was entered.
///
/// # Panics
/// As tokio does, when called outside both a simulator and a tokio runtime.
pub(crate) fn current() -> Arc<dyn Runtime> {
    CURRENT.with(|current| current.borrow().clone()).unwrap_or_else(|| TokioRuntime::current())
}

/// Whether a runtime was entered, so that [`current`] is not tokio's by default.
pub(crate) fn is_entered() -> bool {
    CURRENT.with(|current| current.borrow().is_some())
}

/// Runs `future` with `runtime` current at every poll.
pub(crate) fn scope<F: Future>(runtime: Arc<dyn Runtime>, future: F) -> Scope<F> {
    Scope { runtime, future: Box::pin(future) }
}

/// See [`scope`].
pub(crate) struct Scope<F> {
    runtime: Arc<dyn Runtime>,
    future: Pin<Box<F>>,
}

impl<F: Future> Future for Scope<F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = enter(self.runtime.clone());
        self.future.as_mut().poll(cx)
    }
}
