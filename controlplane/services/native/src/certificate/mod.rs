//! A certificate of the cluster's authority: who may speak on an internal link, as what, and until when.
//!
//! The record comes first and the signature second: a number, a life and a name are decided here, in the log, and only then
//! does the leader sign exactly that. So no certificate exists that `hearth certificate list` does not show, whatever
//! crashes in between, and taking one back is a write like any other. (The two that a first server signs for itself before
//! there is a log are recorded as soon as there is one: [`RecordCertificate`].)
//!
//! What people get wrong: a record says what was *signed*, not what is trusted. Trust is the authority's signature, minus the
//! records that say [`revoked`](Certificate::revoked_at). A certificate without a record is therefore still good;
//! revocation by name reaches only what is recorded. Expired certificates are forgotten with their records, since their date
//! refuses them everywhere.

mod columns;
mod issue;
mod ops;
mod types;
mod validate;

#[cfg(test)]
mod tests;

pub(crate) use issue::issue;
pub use issue::{Issued, Term};
pub use ops::issue_certificate::{Admission, IssueCertificate, IssueCertificateInput};
pub use ops::record_certificate::{RecordCertificate, RecordCertificateInput};
pub use ops::renew_certificate::{RenewCertificate, RenewCertificateInput};
pub(crate) use ops::revoke_certificate::revoke_all_of;
pub use ops::revoke_certificate::{RevokeCertificate, RevokeCertificateInput, RevokeCertificateOutput};
pub use types::{Certificate, DOMAIN, EXPIRES, Role};
pub use validate::name as validate_name;
