//! An administrator lets somebody in, without a token.

use crate::certificate::{Issued, Role, Term, issue};
use crate::{errors, server};
use controlplane_services_kernel::{Context, Operation, ServiceError};
use serde::{Deserialize, Serialize};

/// Who wants to come in.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Admission {
    /// As what.
    pub role: Role,
    /// Name of the node, DNS server or administrator; of a server only for people, since its number is its name.
    pub name: String,
    /// A server's gRPC address as others reach it; empty for other roles.
    pub grpc_address: String,
    /// A server's AWS address as clients reach it; empty for other roles.
    pub aws_address: String,
}

impl Admission {
    /// Gives a server its number, and everybody a certificate.
    pub(crate) fn admit(&self, term: &Term, cx: &mut Context) -> Result<Issued, ServiceError> {
        match self.role {
            Role::Server => {
                let number = server::admit(&self.name, &self.grpc_address, &self.aws_address, cx)?;
                issue(self.role, &number.to_string(), term, cx)
            }
            role => issue(role, &self.name, term, cx),
        }
    }
}

/// Whom to let in, and for how long.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IssueCertificateInput {
    /// Who.
    pub admission: Admission,
    /// How long.
    pub term: Term,
}

/// See the module. Runs as the system, for a caller whose certificate says administrator: he could make a token for it.
pub struct IssueCertificate;

impl Operation for IssueCertificate {
    const NAME: &'static str = "IssueCertificate";
    type Input = IssueCertificateInput;
    type Output = Issued;

    fn run(input: &IssueCertificateInput, cx: &mut Context) -> Result<Issued, ServiceError> {
        if input.admission.role == Role::Server {
            let rule = "a server comes in with a token, so that asking again cannot give it a second number";
            return Err(errors::invalid_field("role", Role::Server.as_str(), rule));
        }
        input.admission.admit(&input.term, cx)
    }
}
