use controlplane_services_kernel::{Context, Record};
use controlplane_types::Timestamp;
use minicbor::{Decode, Encode};
use serde::Serialize;

/// Index of changes that not every DNS server has yet.
pub const PENDING: &str = "pending";

/// One accepted write. Id: `C` and capitals.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Change {
    /// When it was accepted.
    #[n(0)]
    pub submitted_at: Timestamp,
    /// What the client wrote about it.
    #[n(1)]
    pub comment: Option<String>,
    /// Every DNS server has it.
    #[n(2)]
    pub in_sync: bool,
}

impl Record for Change {
    const KIND: &'static str = "change";
    const GLOBAL: bool = true;

    fn index(&self, add: &mut dyn FnMut(&'static str, &str)) {
        if !self.in_sync {
            add(PENDING, "");
        }
    }
}

/// A change as AWS shows it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct ChangeInfo {
    /// With its path.
    pub id: String,
    /// `PENDING` or `INSYNC`.
    pub status: &'static str,
    /// When it was accepted.
    pub submitted_at: Timestamp,
    /// What the client wrote about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comment: Option<String>,
}

impl ChangeInfo {
    pub(super) fn of(id: &str, change: &Change) -> Self {
        Self {
            id: format!("/change/{id}"),
            status: if change.in_sync { "INSYNC" } else { "PENDING" },
            submitted_at: change.submitted_at,
            comment: change.comment.clone(),
        }
    }
}

/// Records that a write was accepted, in the same commit as the write.
pub fn submit(comment: Option<String>, cx: &mut Context) -> ChangeInfo {
    let id = format!("C{}", cx.random().capitals(20));
    let change = Change { submitted_at: cx.now, comment, in_sync: false };
    let info = ChangeInfo::of(&id, &change);
    cx.put(&id, change);
    info
}
