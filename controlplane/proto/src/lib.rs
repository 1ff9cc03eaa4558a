//! The gRPC contracts of the house, compiled from `proto/*.proto`; the comments there are the documentation.

pub mod desired;
pub mod directory;
pub mod tls;

/// What several of the contracts speak of.
pub mod cluster {
    tonic::include_proto!("hearth.cluster.v1");
}

/// Server and agent: desired and observed state of one node.
pub mod agent {
    tonic::include_proto!("hearth.agent.v1");
}

/// Server and DNS server: the feed of zones, health tables between DNS servers.
pub mod dns {
    tonic::include_proto!("hearth.dns.v1");

    /// Private keys stay out of logs.
    impl std::fmt::Debug for Signing {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.debug_struct("Signing").field("keys", &self.keys.len()).finish_non_exhaustive()
        }
    }
}

/// Command line and server: what processes say of themselves, and how much they log.
pub mod debug {
    tonic::include_proto!("hearth.debug.v1");
}

/// Command line and server: kinds, rows, manifests, logs, exec.
pub mod api {
    tonic::include_proto!("hearth.api.v1");
}

/// Everybody and server: joining, renewing, revoking.
pub mod identity {
    tonic::include_proto!("hearth.identity.v1");
}

/// Server and server: openraft's messages, opaque here.
pub mod raft {
    tonic::include_proto!("hearth.raft.v1");
}
