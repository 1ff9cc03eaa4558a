//! AWS Security Token Service: who am I, and who may I be for a while?
//!
//! [`session_token`] is what temporary credentials are: nothing of them is written down, the token holds all of it, sealed. The
//! `credentials` actions give them out. The gateway has already established who asks ([`Caller`]).
//!
//! [`instance_credentials`] are what instances get by their profiles.
//!
//! [`web_identity`] is what others say of who asks.
//!
//! [`authorization_message`] is what a refusal tells the account alone.
//!
//! `AssumeRole` asks the role itself, so the server asks nothing before it ([`Operation::accesses`]).
//!
//! [`Caller`]: controlplane_services_kernel::Caller
//! [`Operation::accesses`]: controlplane_services_kernel::Operation::accesses

pub mod authorization_message;
mod caller_identity;
mod credentials;
mod errors;
pub mod instance_credentials;
mod operations;
pub mod session_token;
mod web_identity;

use controlplane_services_kernel::{KindEntry, Service, access};

/// The service, for the server's registry.
pub static SERVICE: Service = Service {
    name: "sts",
    operations: operations::OPERATIONS,
    accesses: access::anything,
    kinds: &[KindEntry::internal::<session_token::SealingKey>()],
    controllers: &[],
};
