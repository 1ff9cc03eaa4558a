//! Which certificate may open which gRPC door, and for whom its holder may speak.

use crate::identity::Arrival;
use crate::pki::{Holder, Role};
use controlplane_raft::PeerId;
use tonic::{Request, Status};

/// Lets a request pass if its certificate has one of `roles`. TLS has already checked that the authority signed it.
pub(crate) fn require(roles: &'static [Role]) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone {
    move |request| {
        holder(&request, roles)?;
        Ok(request)
    }
}

/// The same for the members' door, which also wants to know which member calls.
pub(crate) fn require_member(mut request: Request<()>) -> Result<Request<()>, Status> {
    let number = holder(&request, &[Role::Server])?.name.parse();
    let number = number.map_err(|_| Status::permission_denied("the certificate names no server number"))?;
    request.extensions_mut().insert(PeerId(number));
    Ok(request)
}

/// Who calls, if his certificate has one of `roles`.
pub(crate) fn holder<'r, T>(request: &'r Request<T>, roles: &[Role]) -> Result<&'r Holder, Status> {
    match arrived(request) {
        Some(holder) if roles.contains(&holder.role) => Ok(holder),
        Some(_) => Err(Status::permission_denied("this certificate does not open this door")),
        None => Err(Status::unauthenticated("a client certificate of the cluster is needed")),
    }
}

/// The one name a caller of `role` may use for itself; callers of other roles speak for several.
pub(crate) fn bound_name<T>(request: &Request<T>, role: Role) -> Option<String> {
    arrived(request).filter(|holder| holder.role == role).map(|holder| holder.name.clone())
}

fn arrived<T>(request: &Request<T>) -> Option<&Holder> {
    request.extensions().get::<Arrival>()?.holder.as_deref()
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_types::Timestamp;
    use std::sync::Arc;

    fn request(role: Role, name: &str) -> Request<()> {
        let (not_before, not_after) = (Timestamp::from_millis(0), Timestamp::from_millis(1));
        let holder = Holder { role, name: name.into(), serial: "40".into(), not_before, not_after };
        let mut request = Request::new(());
        request.extensions_mut().insert(Arrival { holder: Some(Arc::new(holder)) });
        request
    }

    #[test]
    fn a_certificate_opens_its_own_door_only() {
        for held in Role::ALL {
            for door in &Role::ALL {
                let entered = holder(&request(held, "x"), std::slice::from_ref(door)).is_ok();
                assert_eq!(entered, held == *door, "{held:?} at the door of {door:?}");
            }
        }
    }

    #[test]
    fn nobody_enters_without_a_certificate() {
        let mut anonymous = Request::new(());
        anonymous.extensions_mut().insert(Arrival { holder: None });
        for request in [Request::new(()), anonymous] {
            let refused = require(&Role::ALL)(request).unwrap_err();
            assert_eq!(refused.code(), tonic::Code::Unauthenticated);
        }
    }

    #[test]
    fn members_are_known_by_number() {
        let passed = require_member(request(Role::Server, "7")).unwrap();
        assert_eq!(passed.extensions().get::<PeerId>(), Some(&PeerId(7)));
        for (role, name) in [(Role::Server, "seven"), (Role::Agent, "7")] {
            assert_eq!(
                require_member(request(role, name)).unwrap_err().code(),
                tonic::Code::PermissionDenied
            );
        }
    }

    #[test]
    fn an_agent_speaks_for_its_node_only() {
        assert_eq!(bound_name(&request(Role::Agent, "rack1"), Role::Agent).as_deref(), Some("rack1"));
        assert_eq!(bound_name(&request(Role::Server, "1"), Role::Agent), None);
    }
}
