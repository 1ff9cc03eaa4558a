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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::Pki;
    use rustls::pki_types::pem::PemObject;

    fn certificate(pki: &Pki, role: Role) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pki.pem(role).unwrap().certificate.as_bytes()).unwrap()
    }

    #[test]
    fn a_certificate_opens_its_own_door_only() {
        let dir = tempfile::tempdir().unwrap();
        let pki = Pki::ensure(dir.path(), &[]).unwrap();
        for holder in Role::ALL {
            let certificate = certificate(&pki, holder);
            for door in Role::ALL {
                assert_eq!(
                    has_role(&certificate, door),
                    holder == door,
                    "{holder:?} at the door of {door:?}"
                );
            }
        }
    }

    #[test]
    fn nobody_enters_without_a_certificate() {
        let refused = require(&Role::ALL)(Request::new(())).unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    }
}
