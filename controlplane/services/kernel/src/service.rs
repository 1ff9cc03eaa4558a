//! What a service consists of, as one table the server walks: operations, kinds, controllers.
//!
//! A service crate exports one `SERVICE`; the server's registry names it in one line. Nothing else has to be told about
//! a new operation, kind or controller.

use crate::manifest::DeclarativeEntry;
use crate::operation::{self, BoundOperation, BoundQuery};
use crate::record::{self, StoredRecord};
use crate::table::Column;
use crate::{Controller, Declarative, Operation, Plan, Query, Reader, Record, Tabular, View};
use controlplane_types::{Key, Timestamp};
use serde::Deserialize;
use serde_json::Value;

/// One service.
pub struct Service {
    /// Name of its model file and of the AWS service: `ec2`.
    pub name: &'static str,
    /// Actions at the AWS door. A native service has none.
    pub operations: &'static [OperationEntry],
    /// Kinds of records it owns.
    pub kinds: &'static [KindEntry],
    /// Its controllers.
    pub controllers: &'static [ControllerEntry],
}

/// A decoder the wire hands to an operation.
pub type Decoder<'a, 'de> = &'a mut dyn erased_serde::Deserializer<'de>;

/// What decoding an input ends with when it fails; the wire keeps the details.
pub type DecodeError = erased_serde::Error;

/// One action.
pub struct OperationEntry {
    /// The AWS action name.
    pub name: &'static str,
    /// Reads or writes.
    pub action: Action,
}

/// How to make a bound action from a request.
pub enum Action {
    /// See [`Operation`].
    Write(fn(Decoder<'_, '_>) -> Result<Box<dyn BoundOperation>, DecodeError>),
    /// See [`Query`].
    Read(fn(Decoder<'_, '_>) -> Result<Box<dyn BoundQuery>, DecodeError>),
}

impl OperationEntry {
    /// An action that changes records.
    pub const fn write<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            action: Action::Write(|decoder| O::Input::deserialize(decoder).map(operation::bind::<O>)),
        }
    }

    /// An action that only reads.
    pub const fn read<Q: Query>() -> Self {
        Self {
            name: Q::NAME,
            action: Action::Read(|decoder| Q::Input::deserialize(decoder).map(operation::bind_query::<Q>)),
        }
    }
}

/// One kind of record.
pub struct KindEntry {
    /// [`Record::KIND`].
    pub name: &'static str,
    /// [`Record::GLOBAL`].
    pub global: bool,
    /// Reads a stored record.
    pub decode: fn(&[u8]) -> Result<StoredRecord, minicbor::decode::Error>,
    /// What people see of it; `None` for internal kinds.
    pub table: Option<TableEntry>,
    /// How manifests declare it; `None` when they cannot.
    pub declarative: Option<DeclarativeEntry>,
}

/// A [`Tabular`] kind, type erased.
pub struct TableEntry {
    /// [`Tabular::PLURAL`].
    pub plural: &'static str,
    /// [`Tabular::SHORT_NAMES`].
    pub short_names: &'static [&'static str],
    /// [`Tabular::columns`].
    pub columns: fn() -> &'static [Column],
    /// Cells, name, spec and status of one record.
    pub row: fn(&StoredRecord, &str, &Reader) -> Option<TableRow>,
}

/// One record as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// [`Tabular::cells`].
    pub cells: Vec<String>,
    /// [`Tabular::name`].
    pub name: String,
    /// [`Tabular::spec`].
    pub spec: Value,
    /// [`Tabular::status`].
    pub status: Value,
}

impl KindEntry {
    /// A kind nobody looks at.
    pub const fn internal<R: Record>() -> Self {
        Self {
            name: R::KIND,
            global: R::GLOBAL,
            decode: |bytes| record::decode::<R>(bytes).map(StoredRecord::new),
            table: None,
            declarative: None,
        }
    }

    /// A kind people look at.
    pub const fn visible<R: Tabular>() -> Self {
        let mut entry = Self::internal::<R>();
        entry.table = Some(TableEntry {
            plural: R::PLURAL,
            short_names: R::SHORT_NAMES,
            columns: R::columns,
            row: |record, id, reader| {
                let record: &R = record.downcast()?;
                Some(TableRow {
                    cells: record.cells(id, reader),
                    name: record.name(id),
                    spec: record.spec(id, reader),
                    status: record.status(id, reader),
                })
            },
        });
        entry
    }

    /// A kind people look at and declare.
    pub const fn declared<R: Tabular + Declarative>() -> Self {
        let mut entry = Self::visible::<R>();
        entry.declarative = Some(DeclarativeEntry::of::<R>());
        entry
    }
}

/// One controller, type erased.
pub struct ControllerEntry {
    /// [`Controller::NAME`].
    pub name: &'static str,
    /// [`Controller::concerned`].
    pub concerned: fn(&View, &Key) -> Vec<Key>,
    /// [`Controller::sweep`].
    pub sweep: fn(&View) -> Vec<Key>,
    /// [`Controller::plan`].
    pub plan: fn(&View, &Key, Timestamp) -> Plan,
}

impl ControllerEntry {
    /// A controller.
    pub const fn of<C: Controller>() -> Self {
        Self { name: C::NAME, concerned: C::concerned, sweep: C::sweep, plan: C::plan }
    }
}
