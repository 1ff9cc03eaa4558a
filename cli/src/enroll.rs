//! How a machine's agent or DNS server gets its certificate: it has one, or a token, or stands beside an administrator's.

use crate::client::Target;
use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_server::pki::join::{JoinRequest, Joined, join, join_as_administrator};
use controlplane_server::pki::{Credentials, Role, Token, renewal};
use controlplane_types::Runtime;
use std::sync::Arc;

/// How to come in, the first time.
#[derive(Args, Clone, Debug, Default)]
pub(crate) struct JoinFlags {
    /// Servers of the cluster to join, HOST:PORT; not looked at once this machine has joined
    #[arg(long, value_name = "HOST:PORT", value_delimiter = ',')]
    join: Vec<String>,
    /// One-time token of `hearth token create`; not looked at once this machine has joined
    #[arg(long, env = "HEARTH_TOKEN", hide_env_values = true)]
    token: Option<Token>,
}

/// The certificate of `role` for `name`, obtained if need be and kept fresh from now on.
pub(crate) async fn enroll(
    flags: &JoinFlags,
    role: Role,
    name: &str,
    target: &Target,
    runtime: &Arc<dyn Runtime>,
) -> Result<Arc<Credentials>, CliError> {
    let folder = target.pki();
    let held = folder.holder(role).is_ok_and(|holder| holder.name == name);
    if !(held && folder.is_usable(role, runtime.now())) {
        let joined = come_in(flags, role, name, target, &**runtime).await?;
        joined
            .install(&folder, role)
            .and_then(|()| folder.forget_pending_key(role))
            .and_then(|()| folder.holder(role))
            .map_err(|error| CliError::failed("the certificate cannot be kept", &error))?;
        if !flags.join.is_empty() {
            let servers = if joined.servers.is_empty() { &flags.join } else { &joined.servers };
            servers.iter().rev().try_for_each(|server| target.write_endpoint(server))?;
        }
    }
    let credentials = Credentials::load(folder, role)
        .map_err(|error| CliError::failed("the certificate cannot be used", &error))?;
    let (credentials, target) = (Arc::new(credentials), target.clone());
    let servers = Arc::new(move || target.addresses().unwrap_or_default());
    runtime
        .spawn("certificate-renewal", Box::pin(renewal::keep(credentials.clone(), servers, runtime.clone())));
    Ok(credentials)
}

async fn come_in(
    flags: &JoinFlags,
    role: Role,
    name: &str,
    target: &Target,
    runtime: &dyn Runtime,
) -> Result<Joined, CliError> {
    let request = |servers| JoinRequest { servers, role, name: name.to_owned(), server: None };
    let failed = |error| CliError::failed(format!("{}/{name} cannot join", role.as_str()), &error);
    if let Some(token) = &flags.token {
        let servers = if flags.join.is_empty() { target.addresses()? } else { flags.join.clone() };
        return join(&request(servers), token, &target.pki(), runtime).await.map_err(failed);
    }
    let missing = |_| {
        let message =
            format!("there is no certificate for {}/{name} in {}", role.as_str(), target.pki_dir().display());
        CliError::new(Kind::Refused, message)
            .with_hint(format!("give --join and --token of `hearth token create --role {}`", role.as_str()))
    };
    let administrator = Credentials::load(target.pki(), Role::Client).map_err(missing)?;
    join_as_administrator(&request(target.addresses()?), &administrator, runtime).await.map_err(failed)
}
