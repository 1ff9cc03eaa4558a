//! Which certificate may open which gRPC door.
//!
//! A request that another server passed on comes with that server's certificate and, in [`PASSED_ON`], the role the
//! caller had there. It is treated as that role: a detour opens no door that the straight way does not.

use crate::pki::Role;
use rustls::pki_types::{CertificateDer, ServerName};
use tonic::transport::server::{TcpConnectInfo, TlsConnectInfo};
use tonic::{Request, Status};

/// Header of a request that a server passed on: the role of who asked it.
pub(crate) const PASSED_ON: &str = "hearth-passed-on";

/// Lets a request pass if its certificate has one of `roles`, and notes which beside it. TLS has already checked that
/// the CA signed it.
pub(crate) fn require(roles: &'static [Role]) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone {
    move |mut request| {
        let certificates =
            request.extensions().get::<TlsConnectInfo<TcpConnectInfo>>().and_then(|info| info.peer_certs());
        let Some(certificate) = certificates.as_ref().and_then(|certificates| certificates.first()) else {
            return Err(Status::unauthenticated("a client certificate of the cluster is needed"));
        };
        let holder = Role::ALL.into_iter().find(|role| has_role(certificate, *role));
        let passed_on = request.metadata().get(PASSED_ON).map(|role| role.to_str().unwrap_or_default());
        let role = acting(holder, passed_on)?;
        if !roles.contains(&role) {
            return Err(Status::permission_denied("this certificate does not open this door"));
        }
        request.extensions_mut().insert(role);
        Ok(request)
    }
}

/// Whose request this is: the holder's of the certificate, or of whom a server says it passes on.
fn acting(holder: Option<Role>, passed_on: Option<&str>) -> Result<Role, Status> {
    let unknown = || Status::permission_denied("this certificate does not open this door");
    let holder = holder.ok_or_else(unknown)?;
    match passed_on {
        None => Ok(holder),
        Some(_) if holder != Role::Server => Err(Status::permission_denied("only servers pass requests on")),
        Some(name) => Role::ALL.into_iter().find(|role| role.as_str() == name).ok_or_else(unknown),
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
    fn only_servers_speak_for_others() {
        let code = |holder, passed_on| acting(holder, passed_on).map_err(|status| status.code());
        let denied = Err(tonic::Code::PermissionDenied);
        assert_eq!(code(Some(Role::Client), None), Ok(Role::Client));
        assert_eq!(code(Some(Role::Server), Some("client")), Ok(Role::Client));
        assert_eq!(code(Some(Role::Server), Some("agent")), Ok(Role::Agent));
        assert_eq!(code(Some(Role::Server), Some("king")), denied);
        for holder in [Role::Agent, Role::Dns, Role::Client] {
            assert_eq!(code(Some(holder), Some("client")), denied, "{holder:?}");
            assert_eq!(code(Some(holder), Some("server")), denied, "{holder:?}");
        }
        assert_eq!(code(None, None), denied);
    }

    #[test]
    fn nobody_enters_without_a_certificate() {
        let refused = require(&Role::ALL)(Request::new(())).unwrap_err();
        assert_eq!(refused.code(), tonic::Code::Unauthenticated);
    }
}
