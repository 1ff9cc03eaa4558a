//! Why a server does not start, and what of it the settings alone say.

use super::ServerConfig;
use crate::agents::LEAST_GRACE;
use crate::backup;
use crate::cluster::OriginError;
use crate::core::CoreError;
use crate::gateway::AwsLink;
use crate::pki::PkiError;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

/// Why a server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A door that checks nothing must not face the network.
    #[error("{flag} is for loopback addresses only; {address} is not one")]
    NotLoopback {
        /// The flag.
        flag: &'static str,
        /// The address.
        address: SocketAddr,
    },
    /// Plain HTTP beyond this machine is nobody's wish by accident.
    #[error(
        "the AWS port would be plain HTTP on {0}, which is no loopback address: \
         give --aws-tls, --aws-cert and --aws-key, or --aws-plaintext"
    )]
    Plaintext(SocketAddr),
    /// Healthy instances would be replaced whenever the leader changes.
    #[error(
        "--node-grace: {} s cannot work: after a leader's death healthy agents may need nearly {} s to be heard again; \
         give {} s or more",
        given.as_secs(), LEAST_GRACE.as_secs(), LEAST_GRACE.as_secs()
    )]
    NodeGrace {
        /// What was given.
        given: Duration,
    },
    /// Others cannot reach it there.
    #[error(
        "--grpc-addr: {0} is every address of this machine; say with --advertise HOST:PORT where others reach it"
    )]
    Unspecified(SocketAddr),
    /// Not an address.
    #[error("--advertise: {0:?} is no HOST:PORT that others can reach")]
    Advertise(String),
    /// A port cannot be opened.
    #[error("{what} {address} cannot be opened")]
    Listen {
        /// Which port.
        what: &'static str,
        /// Where.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The archives of images.
    #[error("{path} cannot be used")]
    Images {
        /// Where they lie.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The data folder, and what it shall become.
    #[error(transparent)]
    Origin(#[from] OriginError),
    /// The data folder was to be restored.
    #[error(transparent)]
    Unfinished(#[from] backup::Unfinished),
    /// Certificates.
    #[error(transparent)]
    Pki(#[from] PkiError),
    /// Raft or the records.
    #[error(transparent)]
    Core(#[from] CoreError),
}

/// What the settings alone say.
pub(super) fn refuse(config: &ServerConfig) -> Result<(), StartError> {
    refuse_open_doors(config)?;
    if config.node_grace < LEAST_GRACE {
        return Err(StartError::NodeGrace { given: config.node_grace });
    }
    if config.advertise.is_none() && config.grpc_addr.ip().is_unspecified() {
        return Err(StartError::Unspecified(config.grpc_addr));
    }
    Ok(backup::refuse_unfinished(&config.data_dir)?)
}

fn refuse_open_doors(config: &ServerConfig) -> Result<(), StartError> {
    if config.aws_link == AwsLink::Loopback && !config.aws_addr.ip().is_loopback() {
        return Err(StartError::Plaintext(config.aws_addr));
    }
    let flags = [
        ("--any-credentials", config.any_credentials),
        ("--allow-reset", config.allow_reset),
        ("--enable-bench", config.enable_bench),
    ];
    match flags.iter().find(|(_, on)| *on && !config.aws_addr.ip().is_loopback()) {
        Some((flag, _)) => Err(StartError::NotLoopback { flag, address: config.aws_addr }),
        None => Ok(()),
    }
}
