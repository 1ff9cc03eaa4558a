//! The identity service: decides in the log, then signs.
//!
//! Calls are not passed on to the leader like those of other services: who renews proves it by his own certificate, which a
//! detour would replace by a server's. Callers are told where the leader is and go there.

use super::records::entered;
use crate::core::Core;
use crate::native::error::write_failed;
use crate::pki::join::LEADER_KEY;
use crate::pki::{Authority, Folder, Holder, PkiError, PublicKey, Role, Token, server_names};
use crate::roles::{bound_name, holder};
use crate::writer::WriteError;
use controlplane_proto::identity as api;
use controlplane_proto::identity::identity_server::Identity;
use controlplane_raft::{Leadership, MembershipError};
use controlplane_services_kernel::{Caller, Operation, View};
use controlplane_services_native::Server;
use controlplane_services_native::certificate::{
    Admission, IssueCertificate, IssueCertificateInput, Issued, RenewCertificate, RenewCertificateInput,
    RevokeCertificate, RevokeCertificateInput, Term,
};
use controlplane_services_native::join_token::{
    CreateJoinToken, CreateJoinTokenInput, RedeemJoinToken, RedeemJoinTokenInput,
};
use controlplane_services_native::server::{EnterServer, EnterServerInput};
use controlplane_types::RegionName;
use std::time::Duration;
use tonic::metadata::MetadataValue;
use tonic::{Request, Response, Status};

/// All a stranger is told. Which part of his token was wrong is in the server's log.
const REFUSED: &str =
    "the token does not open this door: it may be unknown, used, expired, or for another role or name";

/// What the door needs of the house.
#[derive(Clone)]
pub(crate) struct IdentityDoor {
    /// The server behind the door.
    pub(crate) core: Core,
    /// Region of this server.
    pub(crate) region: RegionName,
    /// Where the authority is kept.
    pub(crate) folder: Folder,
    /// How long certificates live.
    pub(crate) life: Duration,
}

#[tonic::async_trait]
impl Identity for IdentityDoor {
    async fn join(&self, request: Request<api::JoinRequest>) -> Result<Response<api::JoinResponse>, Status> {
        let administrator = bound_name(&request, Role::Client);
        let request = request.into_inner();
        let key = PublicKey::of_request(&request.csr).map_err(malformed)?;
        let admission = admission(&request)?;
        let authority = self.leading_authority()?;
        if admission.role == Role::Server && !request.token.is_empty() {
            self.fits(&request).await?;
        }
        let term = self.term(&authority);
        let issued = if !request.token.is_empty() {
            self.redeem(&request.token, &key, admission, term).await?
        } else if administrator.is_some() {
            let input = IssueCertificateInput { admission, term };
            self.write::<IssueCertificate>(input).await.map_err(|error| self.failed(error))?
        } else {
            return Err(Status::unauthenticated(
                "token: missing, and no administrator's certificate instead",
            ));
        };
        let certificate = self.sign(&authority, &issued, &key)?;
        let is_server = issued.role == Role::Server;
        tracing::info!(role = issued.role.as_str(), name = %issued.name, serial = %issued.serial, "joined");
        Ok(Response::new(api::JoinResponse {
            certificate,
            authorities: self.folder.authorities().map_err(|error| internal(&error))?,
            cluster_id: self.core.cluster_id.clone(),
            servers: self.core.cluster.servers().addresses,
            number: if is_server { issued.name.parse().unwrap_or(0) } else { 0 },
            authority_key: match is_server {
                true => self.folder.authority_key().map_err(|error| internal(&error))?,
                false => String::new(),
            },
        }))
    }

    async fn renew(
        &self,
        request: Request<api::RenewRequest>,
    ) -> Result<Response<api::RenewResponse>, Status> {
        let Holder { role, name, serial, .. } = holder(&request, &Role::ALL)?.clone();
        let key = PublicKey::of_request(&request.into_inner().csr).map_err(malformed)?;
        let authority = self.leading_authority()?;
        let input = RenewCertificateInput { serial, role, name, term: self.term(&authority) };
        let issued = self.write::<RenewCertificate>(input).await.map_err(|error| self.failed(error))?;
        Ok(Response::new(api::RenewResponse {
            certificate: self.sign(&authority, &issued, &key)?,
            authorities: self.folder.authorities().map_err(|error| internal(&error))?,
            servers: self.core.cluster.servers().addresses,
        }))
    }

    async fn enter(
        &self,
        request: Request<api::EnterRequest>,
    ) -> Result<Response<api::EnterResponse>, Status> {
        let holder = holder(&request, &[Role::Server])?;
        let number = holder.name.parse();
        let number =
            number.map_err(|_| Status::permission_denied("the certificate names no server number"))?;
        let request = request.into_inner();
        self.leads()?;
        self.reads_records(request.record_version).await?;
        self.add(number, &request.grpc_address).await?;
        let input = EnterServerInput {
            number,
            grpc_address: request.grpc_address,
            aws_address: request.aws_address,
            entered: entered(&self.core),
        };
        self.write::<EnterServer>(input).await.map_err(|error| self.failed(error))?;
        Ok(Response::new(api::EnterResponse {}))
    }

    async fn standing(
        &self,
        request: Request<api::StandingRequest>,
    ) -> Result<Response<api::StandingResponse>, Status> {
        let view = self.core.replica.applied().view;
        let removed = Server::is_removed(&view, &self.region, request.into_inner().number);
        Ok(Response::new(api::StandingResponse { removed }))
    }

    async fn create_token(
        &self,
        request: Request<api::CreateTokenRequest>,
    ) -> Result<Response<api::CreateTokenResponse>, Status> {
        holder(&request, &[Role::Client])?;
        let request = request.into_inner();
        let authority = self.leading_authority()?;
        let secret = Token::secret(&*self.core.runtime);
        let input = CreateJoinTokenInput {
            secret_hash: Token::hash(&secret).to_vec(),
            role: role(&request.role)?,
            name: (!request.name.is_empty()).then_some(request.name),
            ttl: Duration::from_secs(request.ttl_seconds),
        };
        let made = self.write::<CreateJoinToken>(input).await.map_err(|error| self.failed(error))?;
        let token = Token::new(authority.fingerprint(), made.id.clone(), secret);
        Ok(Response::new(api::CreateTokenResponse {
            token: token.reveal(),
            id: made.id,
            expires_at_ms: made.expires_at.as_millis(),
        }))
    }

    async fn revoke(
        &self,
        request: Request<api::RevokeRequest>,
    ) -> Result<Response<api::RevokeResponse>, Status> {
        let own_serial = holder(&request, &[Role::Client])?.serial.clone();
        let input = RevokeCertificateInput { target: request.into_inner().target, own_serial };
        self.leads()?;
        let revoked = self.write::<RevokeCertificate>(input).await.map_err(|error| self.failed(error))?;
        Ok(Response::new(api::RevokeResponse { serials: revoked.serials }))
    }
}

impl IdentityDoor {
    async fn redeem(
        &self,
        token: &str,
        key: &PublicKey,
        admission: Admission,
        term: Term,
    ) -> Result<Issued, Status> {
        let token: Token = token.parse().map_err(|_| Status::permission_denied(REFUSED))?;
        let input = RedeemJoinTokenInput {
            id: token.id().to_owned(),
            secret_hash: token.secret_hash().to_vec(),
            key_hash: key.hash().to_vec(),
            admission,
            term,
        };
        self.write::<RedeemJoinToken>(input).await.map_err(|error| match error {
            WriteError::Service(refused) if refused.code == "JoinRefused" => {
                tracing::warn!(token = token.id(), reason = %refused.message, "a join was refused");
                Status::permission_denied(REFUSED)
            }
            error => self.failed(error),
        })
    }

    /// Whether a new server belongs here: asked before its token is used up.
    async fn fits(&self, request: &api::JoinRequest) -> Result<(), Status> {
        self.reads_records(request.record_version).await?;
        let account = self.core.first_start.account.to_string();
        let own = [
            ("--region", &request.region, self.region.to_string()),
            ("--account-id", &request.account_id, account),
        ];
        for (flag, asked, own) in own {
            if *asked != own {
                let message =
                    format!("{flag}: this cluster serves {own}, and the server was started for {asked:?}");
                return Err(Status::failed_precondition(message));
            }
        }
        let members = self.core.cluster.addresses();
        match members.iter().find(|(_, address)| **address == request.grpc_address) {
            Some((number, address)) => Err(Status::failed_precondition(format!(
                "{address} is the address of server {number}; if that one is dead, remove it first: \
                 `hearth server remove {number}`"
            ))),
            None => Ok(()),
        }
    }

    /// A server that cannot read what is written here would be of no use, and would find out in the middle of a copy.
    async fn reads_records(&self, known: u32) -> Result<(), Status> {
        let cluster = self.core.node.cluster().await;
        let cluster = cluster.map_err(|error| Status::internal(error.to_string()))?;
        match cluster {
            Some(cluster) if cluster.version > known => Err(Status::failed_precondition(format!(
                "this cluster's records have format {}, and the server's program knows up to {known}: use a newer one",
                cluster.version
            ))),
            _ => Ok(()),
        }
    }

    /// Makes a server that has come in a member, at the address it has now.
    async fn add(&self, number: u64, address: &str) -> Result<(), Status> {
        let node = &self.core.node;
        if self.server(&self.core.replica.applied().view, number).is_none() {
            return Err(Status::failed_precondition(format!("there is no server {number} any more")));
        }
        let added = match node.add_learner(number, address.to_owned()).await {
            Err(MembershipError::AlreadyMember(_)) => node.set_address(number, address.to_owned()).await,
            added => added,
        };
        added.map_err(|error| match error {
            MembershipError::NotLeader { leader } => self.elsewhere(leader),
            MembershipError::InProgress | MembershipError::LostLeadership | MembershipError::Stopped => {
                Status::unavailable(error.to_string())
            }
            error => Status::failed_precondition(error.to_string()),
        })
    }

    /// Runs an operation as the region's own hand; what it answered, once committed.
    async fn write<O: Operation>(&self, input: O::Input) -> Result<O::Output, WriteError> {
        self.core.writer.run(Caller::system(self.region.clone()), move |cx| O::run(&input, cx)).await
    }

    fn sign(&self, authority: &Authority, issued: &Issued, key: &PublicKey) -> Result<String, Status> {
        let holder = Holder {
            role: issued.role,
            name: issued.name.clone(),
            serial: issued.serial.clone(),
            not_before: issued.not_before,
            not_after: issued.not_after,
        };
        let view = self.core.replica.applied().view;
        let server = issued.name.parse().ok().and_then(|number| self.server(&view, number));
        let addresses = server.map_or(vec![], |server| vec![&*server.grpc_address, &*server.aws_address]);
        authority.sign(key, &holder, &server_names(addresses)).map_err(|error| internal(&error))
    }

    fn term(&self, authority: &Authority) -> Term {
        Term { life: self.life, last: authority.not_after() }
    }

    fn leading_authority(&self) -> Result<Authority, Status> {
        self.leads()?;
        self.folder.authority().map_err(|error| internal(&error))
    }

    fn leads(&self) -> Result<(), Status> {
        match *self.core.node.leadership().borrow() {
            Leadership::Leader { .. } | Leadership::Settling { .. } => Ok(()),
            Leadership::Follower { leader, .. } => Err(self.elsewhere(leader)),
            Leadership::Stopped => Err(Status::unavailable("the server is stopping")),
        }
    }

    fn failed(&self, error: WriteError) -> Status {
        match error {
            WriteError::NotLeader { leader } => self.elsewhere(leader),
            error => write_failed(error),
        }
    }

    /// Only the leader decides; where it is goes with the refusal.
    fn elsewhere(&self, leader: Option<u64>) -> Status {
        let mut status = Status::unavailable("this server does not lead");
        let address = leader.and_then(|number| self.core.cluster.addresses().remove(&number));
        if let Some(address) = address.and_then(|address| MetadataValue::try_from(address).ok()) {
            status.metadata_mut().insert(LEADER_KEY, address);
        }
        status
    }

    fn server<'v>(&self, view: &'v View, number: u64) -> Option<&'v Server> {
        view.get(&Server::key(&self.region, number))
    }
}

fn role(text: &str) -> Result<Role, Status> {
    Role::parse(text).ok_or_else(|| {
        Status::invalid_argument(format!("role: {text:?} is not one of server, agent, dns, client"))
    })
}

fn admission(request: &api::JoinRequest) -> Result<Admission, Status> {
    Ok(Admission {
        role: role(&request.role)?,
        name: request.name.clone(),
        grpc_address: request.grpc_address.clone(),
        aws_address: request.aws_address.clone(),
    })
}

fn malformed(error: PkiError) -> Status {
    Status::invalid_argument(error.to_string())
}

/// What is wrong with this server's own files is for its log.
fn internal(error: &PkiError) -> Status {
    tracing::error!(error = error as &dyn std::error::Error, "the authority cannot be used");
    Status::failed_precondition("this server cannot issue certificates; its log says why")
}
