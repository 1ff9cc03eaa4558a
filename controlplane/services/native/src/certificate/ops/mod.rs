pub(super) mod issue_certificate;
pub(super) mod record_certificate;
pub(super) mod renew_certificate;
pub(super) mod revoke_certificate;
