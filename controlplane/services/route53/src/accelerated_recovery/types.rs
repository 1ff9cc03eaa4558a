use super::VOTERS;
use crate::HostedZone;
use controlplane_services_kernel::Reader;
use controlplane_services_native::Server;
use serde::Serialize;

/// Whether a zone has it. AWS has more words, for what takes time; here nothing does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AcceleratedRecoveryStatus {
    /// It wants it and has it.
    Enabled,
    /// It wants it, and there are too few servers.
    EnableFailed,
    /// It does not want it.
    Disabled,
}

/// What a zone has beside its record sets, as AWS shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZoneFeatures {
    accelerated_recovery_status: AcceleratedRecoveryStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure_reasons: Option<HostedZoneFailureReasons>,
}

/// Why it does not have what it wants.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct HostedZoneFailureReasons {
    accelerated_recovery: String,
}

impl HostedZoneFeatures {
    /// Of a zone at this moment; private zones have none.
    pub(crate) fn of(zone: &HostedZone, reader: &Reader) -> Option<Self> {
        let voting = Server::voting(&reader.view).len();
        let status = match (zone.accelerated_recovery, voting >= VOTERS) {
            (false, _) => AcceleratedRecoveryStatus::Disabled,
            (true, true) => AcceleratedRecoveryStatus::Enabled,
            (true, false) => AcceleratedRecoveryStatus::EnableFailed,
        };
        let reason = || HostedZoneFailureReasons {
            accelerated_recovery: format!(
                "The control plane must have {VOTERS} servers that vote, so that any one may be lost, and has {voting}."
            ),
        };
        let failed = status == AcceleratedRecoveryStatus::EnableFailed;
        (!zone.is_private())
            .then(|| Self { accelerated_recovery_status: status, failure_reasons: failed.then(reason) })
    }

    /// The status.
    pub fn status(&self) -> AcceleratedRecoveryStatus {
        self.accelerated_recovery_status
    }

    /// Why it failed, if it did.
    pub fn failure_reason(&self) -> Option<&str> {
        self.failure_reasons.as_ref().map(|reasons| reasons.accelerated_recovery.as_str())
    }
}
