//! Which certificate may open which gRPC door.

use crate::pki::Role;
use rustls::pki_types::{CertificateDer, ServerName};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Request, Status};

/// Lets a request pass if its certificate has one of `roles`. TLS has already checked that the CA signed it.
pub(crate) fn require(roles: &'static [Role]) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone {
    move |request| {
        let certificates =
            request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>().and_then(|info| info.peer_certs());
        let certificate = certificates.as_ref().and_then(|certificates| certificates.first());
        match certificate {
            Some(certificate) if roles.iter().any(|role| has_role(certificate, *role)) => Ok(request),
            Some(_) => Err(Status::permission_denied("this certificate does not open this door")),
            None => Err(Status::unauthenticated("a client certificate of the cluster is needed")),
        }
    }
}

fn has_role(certificate: &CertificateDer<'_>, role: Role) -> bool {
    let Ok(certificate) = webpki::EndEntityCert::try_from(certificate) else { return false };
    let Ok(name) = ServerName::try_from(role.dns_name()) else { return false };
    certificate.verify_is_valid_for_subject_name(&name).is_ok()
}
