//! `DryRun=true`: every check, no change, and the answer that all would have gone well.
//!
//! Wrapped once around every action instead of being asked for in each: the action runs on its scratch
//! context as always, and then its answer is exchanged for the error `DryRunOperation`, with which the
//! context and all changes are dropped. So a dry run checks exactly what a real one does, because it is one.
//!
//! The form of a `ClientToken`, which only actions with `DryRun` have, is checked here for the same reason.

use crate::errors;
use controlplane_services_kernel::{
    Access, Context, Need, Operation, OperationEntry, Query, Random, Reader, ServiceError,
};
use std::marker::PhantomData;

/// The longest `ClientToken`: AWS's bound.
const MAX_TOKEN: usize = 64;

/// An input with a `DryRun` member.
pub trait MayDryRun {
    /// Whether the caller only asks.
    fn dry_run(&self) -> bool;
}

/// Implements [`MayDryRun`] for inputs with a field `dry_run: Option<bool>`.
macro_rules! may_dry_run {
    ($($input:ty),+ $(,)?) => {$(
        impl $crate::dry_run::MayDryRun for $input {
            fn dry_run(&self) -> bool {
                self.dry_run.unwrap_or(false)
            }
        }
    )+};
}
pub(crate) use may_dry_run;

/// The entry of an action that changes records.
pub(crate) const fn write<O: Operation>() -> OperationEntry
where
    O::Input: MayDryRun,
{
    OperationEntry::write::<Dry<O>>()
}

/// The entry of an action that only reads.
pub(crate) const fn read<Q: Query>() -> OperationEntry
where
    Q::Input: MayDryRun,
{
    OperationEntry::read::<Dry<Q>>()
}

/// A token becomes the name of a record, so it may be no longer than AWS lets it be.
fn check_token(token: &str) -> Result<(), ServiceError> {
    let fine = (1..=MAX_TOKEN).contains(&token.len()) && token.bytes().all(|byte| byte.is_ascii_graphic());
    if fine { Ok(()) } else { Err(errors::client_token(token, MAX_TOKEN)) }
}

/// An action that knows `DryRun`.
pub(crate) struct Dry<A>(PhantomData<A>);

impl<O: Operation> Operation for Dry<O>
where
    O::Input: MayDryRun,
{
    const NAME: &'static str = O::NAME;
    type Input = O::Input;
    type Output = O::Output;
    const REMEMBER: bool = O::REMEMBER;

    fn prepare(input: &mut O::Input, random: &mut Random) -> Result<(), ServiceError> {
        O::prepare(input, random)
    }

    fn accesses(input: &O::Input, cx: &Reader) -> Option<Vec<Access>> {
        O::accesses(input, cx)
    }

    fn run(input: &O::Input, cx: &mut Context) -> Result<O::Output, ServiceError> {
        O::client_token(input).map_or(Ok(()), check_token)?;
        let output = O::run(input, cx)?;
        if input.dry_run() { Err(errors::dry_run()) } else { Ok(output) }
    }

    fn client_token(input: &O::Input) -> Option<&str> {
        O::client_token(input)
    }
}

impl<Q: Query> Query for Dry<Q>
where
    Q::Input: MayDryRun,
{
    const NAME: &'static str = Q::NAME;
    type Input = Q::Input;
    type Output = Q::Output;

    fn accesses(input: &Q::Input, cx: &Reader) -> Option<Vec<Access>> {
        Q::accesses(input, cx)
    }

    fn needs(input: &Q::Input, cx: &Reader) -> Result<Vec<Need>, ServiceError> {
        Q::needs(input, cx)
    }

    fn run(input: &Q::Input, cx: &Reader) -> Result<Q::Output, ServiceError> {
        let output = Q::run(input, cx)?;
        if input.dry_run() { Err(errors::dry_run()) } else { Ok(output) }
    }
}
