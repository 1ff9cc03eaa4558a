//! Flags that say what a region begins with, shared by `server` and `dev`.

use crate::commands::apply;
use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_server::FirstStart;
use ipnet::Ipv4Net;
use std::path::PathBuf;

/// What the region begins with.
#[derive(Args, Clone, Debug)]
pub(crate) struct RegionFlags {
    /// Region name
    #[arg(long, default_value = "us-east-1")]
    region: String,
    /// Availability zones: names, or letters of the region
    #[arg(long, value_delimiter = ',', default_value = "a,b,c")]
    zones: Vec<String>,
    /// The first account
    #[arg(long, default_value = "123456789012")]
    account_id: String,
    /// Its access key id [default: generated once and kept]
    #[arg(long)]
    access_key_id: Option<String>,
    /// Its secret access key [default: generated once and kept]
    #[arg(long)]
    secret_access_key: Option<String>,
    /// What public addresses are taken from
    #[arg(long, default_value = "198.18.0.0/16")]
    public_addresses: Ipv4Net,
    /// Manifests applied at the start and again after a reset
    #[arg(long, value_name = "DIR")]
    apply: Vec<PathBuf>,
}

impl RegionFlags {
    pub(crate) fn first_start(&self) -> Result<FirstStart, CliError> {
        let digits = self.account_id.len() == 12 && self.account_id.bytes().all(|byte| byte.is_ascii_digit());
        if !digits {
            return Err(CliError::new(Kind::Refused, "--account-id: an account id has 12 digits"));
        }
        let mut manifests = Vec::new();
        for path in &self.apply {
            manifests.extend(apply::read(path)?);
        }
        Ok(FirstStart {
            region: self.region.as_str().into(),
            zones: self.zones().into_iter().map(Into::into).collect(),
            account: self.account_id.as_str().into(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            public_addresses: self.public_addresses,
            manifests,
        })
    }

    /// Full zone names.
    pub(crate) fn zones(&self) -> Vec<String> {
        let full =
            |zone: &String| if zone.len() == 1 { format!("{}{zone}", self.region) } else { zone.clone() };
        self.zones.iter().map(full).collect()
    }
}
