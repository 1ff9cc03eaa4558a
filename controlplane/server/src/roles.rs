//! Which certificate may open which gRPC door, and for whom its holder may speak.
//!
//! A request that another server passed on comes with that server's certificate and, in [`PASSED_ON`], the role the
//! caller had there. It is treated as that role: a detour opens no door that the straight way does not. Where the caller's
//! own certificate counts, not its role alone ([`holder`], [`bound_name`]), a detour counts for nothing.

use crate::identity::Arrival;
use crate::pki::{Holder, Role};
use controlplane_raft::PeerId;
use tonic::{Request, Status};

/// Header of a request that a server passed on: the role of who asked it.
pub(crate) const PASSED_ON: &str = "hearth-passed-on";

/// Lets a request pass if its certificate has one of `roles`, and notes which beside it. TLS has already checked that
/// the authority signed it.
pub(crate) fn require(roles: &'static [Role]) -> impl Fn(Request<()>) -> Result<Request<()>, Status> + Clone {
    move |mut request| {
        let holder = arrived(&request).ok_or_else(nobody)?.role;
        let passed_on = request.metadata().get(PASSED_ON).map(|role| role.to_str().unwrap_or_default());
        let role = acting(holder, passed_on)?;
        if !roles.contains(&role) {
            return Err(another_door());
        }
        request.extensions_mut().insert(role);
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

/// Who calls, if his own certificate has one of `roles`.
pub(crate) fn holder<'r, T>(request: &'r Request<T>, roles: &[Role]) -> Result<&'r Holder, Status> {
    match arrived(request) {
        Some(holder) if roles.contains(&holder.role) => Ok(holder),
        Some(_) => Err(another_door()),
        None => Err(nobody()),
    }
}

/// The one name a caller of `role` may use for itself; callers of other roles speak for several.
pub(crate) fn bound_name<T>(request: &Request<T>, role: Role) -> Option<String> {
    arrived(request).filter(|holder| holder.role == role).map(|holder| holder.name.clone())
}

fn arrived<T>(request: &Request<T>) -> Option<&Holder> {
    request.extensions().get::<Arrival>()?.holder.as_deref()
}

fn nobody() -> Status {
    Status::unauthenticated("a client certificate of the cluster is needed")
}

fn another_door() -> Status {
    Status::permission_denied("this certificate does not open this door")
}

/// Whose request this is: the holder's of the certificate, or of whom a server says it passes on.
fn acting(holder: Role, passed_on: Option<&str>) -> Result<Role, Status> {
    match passed_on {
        None => Ok(holder),
        Some(_) if holder != Role::Server => Err(Status::permission_denied("only servers pass requests on")),
        Some(name) => Role::parse(name).ok_or_else(another_door),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use controlplane_types::Timestamp;
    use std::sync::Arc;
    use tonic::metadata::MetadataValue;

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
            let passed = require(&Role::ALL)(request(held, "x")).unwrap();
            assert_eq!(passed.extensions().get::<Role>(), Some(&held));
            assert_eq!(require(&[Role::Client])(request(held, "x")).is_ok(), held == Role::Client);
        }
    }

    #[test]
    fn only_servers_speak_for_others() {
        let code = |holder, passed_on| acting(holder, passed_on).map_err(|status| status.code());
        let denied = Err(tonic::Code::PermissionDenied);
        assert_eq!(code(Role::Client, None), Ok(Role::Client));
        assert_eq!(code(Role::Server, Some("client")), Ok(Role::Client));
        assert_eq!(code(Role::Server, Some("agent")), Ok(Role::Agent));
        assert_eq!(code(Role::Server, Some("king")), denied);
        for holder in [Role::Agent, Role::Dns, Role::Client] {
            assert_eq!(code(holder, Some("client")), denied, "{holder:?}");
            assert_eq!(code(holder, Some("server")), denied, "{holder:?}");
        }
    }

    #[test]
    fn a_detour_gives_nobody_anothers_certificate() {
        let mut passed_on = request(Role::Server, "1");
        passed_on.metadata_mut().insert(PASSED_ON, MetadataValue::from_static("client"));
        assert!(require(&[Role::Client])(passed_on).is_ok());
        let mut passed_on = request(Role::Server, "1");
        passed_on.metadata_mut().insert(PASSED_ON, MetadataValue::from_static("client"));
        assert!(holder(&passed_on, &[Role::Client]).is_err());
        assert_eq!(bound_name(&passed_on, Role::Client), None);
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
        assert_eq!(passed.extensions().get::<PeerId>().map(|peer| peer.0), Some(7));
        for (role, name) in [(Role::Server, "seven"), (Role::Agent, "7")] {
            let refused = require_member(request(role, name)).unwrap_err();
            assert_eq!(refused.code(), tonic::Code::PermissionDenied);
        }
    }

    #[test]
    fn an_agent_speaks_for_its_node_only() {
        assert_eq!(bound_name(&request(Role::Agent, "rack1"), Role::Agent).as_deref(), Some("rack1"));
        assert_eq!(bound_name(&request(Role::Server, "1"), Role::Agent), None);
    }
}
