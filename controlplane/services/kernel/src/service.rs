//! What a service consists of, as one table the server walks: operations, kinds, controllers.
//!
//! A service crate exports one `SERVICE`; the server's registry names it in one line. Nothing else has to be told about
//! a new operation, kind or controller.

use crate::access::Rule;
use crate::manifest::{DeclarativeEntry, Deletion};
use crate::operation::{self, BoundOperation, BoundQuery};
use crate::record::{self, StoredRecord};
use crate::table::{Column, Owner};
use crate::{
    Context, Controller, Declarative, Operation, Plan, Query, Reader, Record, ServiceError, Tabular, View,
};
use controlplane_types::{Key, Timestamp};
use controlplane_wire::{Call, WireError};
use http::request::Parts;
use serde_json::Value;

/// One service.
pub struct Service {
    /// Name of its model file and of the AWS service: `ec2`.
    pub name: &'static str,
    /// Actions at the AWS door. A native service has none.
    pub operations: &'static [OperationEntry],
    /// What policies are asked before an action of it that does not say so itself.
    pub accesses: Rule,
    /// Kinds of records it owns.
    pub kinds: &'static [KindEntry],
    /// Its controllers.
    pub controllers: &'static [ControllerEntry],
}

/// A request as the wire identified it; decoding checks it against the API model.
pub struct WireRequest<'r> {
    /// Service and operation.
    pub call: &'r Call,
    /// Method, path, headers.
    pub parts: &'r Parts,
    /// The whole body.
    pub body: &'r [u8],
}

/// One action.
pub struct OperationEntry {
    /// The AWS action name.
    pub name: &'static str,
    /// Reads or writes.
    pub action: Action,
    /// [`Operation::UNSIGNED`].
    pub unsigned: bool,
}

/// How to make a bound action from a request.
pub enum Action {
    /// See [`Operation`].
    Write(fn(&WireRequest<'_>) -> Result<Box<dyn BoundOperation>, WireError>),
    /// See [`Query`].
    Read(fn(&WireRequest<'_>) -> Result<Box<dyn BoundQuery>, WireError>),
}

impl OperationEntry {
    /// An action that changes records.
    pub const fn write<O: Operation>() -> Self {
        Self {
            name: O::NAME,
            action: Action::Write(|request| {
                controlplane_wire::decode(request.call, request.parts, request.body).map(operation::bind::<O>)
            }),
            unsigned: O::UNSIGNED,
        }
    }

    /// An action that only reads.
    pub const fn read<Q: Query>() -> Self {
        Self {
            name: Q::NAME,
            action: Action::Read(|request| {
                controlplane_wire::decode(request.call, request.parts, request.body)
                    .map(operation::bind_query::<Q>)
            }),
            unsigned: false,
        }
    }
}

/// One kind of record.
pub struct KindEntry {
    /// [`Record::KIND`].
    pub name: &'static str,
    /// [`Record::GLOBAL`].
    pub global: bool,
    /// The cluster's own and not a region's: seen from each of them, wherever its records lie.
    pub everywhere: bool,
    /// Reads a stored record.
    pub decode: fn(&[u8]) -> Result<StoredRecord, minicbor::decode::Error>,
    /// What people see of it; `None` for internal kinds.
    pub table: Option<TableEntry>,
    /// How manifests declare it; `None` when they cannot.
    pub declarative: Option<DeclarativeEntry>,
    /// How `delete` removes one; `None` when only the AWS API or a controller does.
    pub delete: Option<Delete>,
    /// What else people can tell one to do.
    pub verbs: &'static [Verb],
}

/// Something a kind can be told to do.
pub struct Verb {
    /// As the command line says it: `stop`.
    pub name: &'static str,
    /// Does it, or begins to, for the record with this id, and answers the state it is in then.
    pub act: fn(&str, &mut Context) -> Result<&'static str, ServiceError>,
}

/// Deletes the record with this id, or begins to.
pub type Delete = fn(&str, &mut Context) -> Result<Deletion, ServiceError>;

/// A [`Tabular`] kind, type erased.
pub struct TableEntry {
    /// [`Tabular::PLURAL`].
    pub plural: &'static str,
    /// [`Tabular::SHORT_NAMES`].
    pub short_names: &'static [&'static str],
    /// [`Tabular::columns`].
    pub columns: fn() -> &'static [Column],
    /// Cells, name, owner, spec and status of one record.
    pub row: fn(&StoredRecord, &str, &Reader) -> Option<TableRow>,
}

/// One record as people see it.
#[derive(Clone, Debug, PartialEq)]
pub struct TableRow {
    /// [`Tabular::cells`].
    pub cells: Vec<String>,
    /// [`Tabular::name`].
    pub name: String,
    /// [`Tabular::owner`].
    pub owner: Option<Owner>,
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
            everywhere: false,
            decode: |bytes| record::decode::<R>(bytes).map(StoredRecord::new),
            table: None,
            declarative: None,
            delete: None,
            verbs: &[],
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
                    owner: record.owner(reader),
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
        entry.delete = Some(R::delete);
        entry
    }

    /// The same kind, which people may also tell to do `verbs`.
    pub const fn told_to(mut self, verbs: &'static [Verb]) -> Self {
        self.verbs = verbs;
        self
    }

    /// The same kind, which people may also delete although no manifest declares it (a node).
    pub const fn deleted_by(mut self, delete: Delete) -> Self {
        self.delete = Some(delete);
        self
    }

    /// The same kind, seen from every region.
    pub const fn everywhere(mut self) -> Self {
        self.everywhere = true;
        self
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
