//! Flags that say what the regions of a cluster begin with, shared by `server` and `dev`.
//!
//! A cluster is told its regions as it is told its zones: by a list that may get longer with a later start. Rejected: to let a
//! node's label bring a region into being, since a slip of the pen on one machine would make default VPCs for every account.

use crate::commands::apply;
use crate::error::{CliError, Kind};
use clap::Args;
use controlplane_server::FirstStart;
use controlplane_types::RegionName;
use controlplane_types::id::ZoneName;
use ipnet::Ipv4Net;
use std::path::PathBuf;

/// What the regions begin with.
#[derive(Args, Clone, Debug)]
pub(crate) struct RegionFlags {
    /// Regions, comma separated; the first one is the cluster's home and stays it, others may be added with a later start
    #[arg(long, value_delimiter = ',', default_value = "us-east-1")]
    region: Vec<String>,
    /// Availability zones: names, or letters that each region has
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
        let mut regions = self.regions()?.into_iter();
        let (region, zones) = regions
            .next()
            .ok_or_else(|| CliError::new(Kind::Refused, "--region: at least one region is needed"))?;
        Ok(FirstStart {
            region,
            zones,
            further_regions: regions.collect(),
            account: self.account_id.as_str().into(),
            access_key_id: self.access_key_id.clone(),
            secret_access_key: self.secret_access_key.clone(),
            public_addresses: self.public_addresses,
            manifests,
        })
    }

    /// Each region with its zones: letters are zones of every region, names of the region they begin with.
    fn regions(&self) -> Result<Vec<(RegionName, Vec<ZoneName>)>, CliError> {
        let refused = |text: String| CliError::new(Kind::Refused, text);
        let of = |zone: &str, region: &str| zone.strip_prefix(region).is_some_and(|rest| rest.len() == 1);
        let is_placed = |zone: &&String| zone.len() == 1 || self.region.iter().any(|region| of(zone, region));
        if let Some(zone) = self.zones.iter().find(|zone| !is_placed(zone)) {
            return Err(refused(format!(
                "--zones: {zone:?} is a zone of none of {}",
                self.region.join(", ")
            )));
        }
        let mut regions: Vec<(RegionName, Vec<ZoneName>)> = Vec::new();
        for region in &self.region {
            if regions.iter().any(|(known, _)| known.as_str() == region) {
                return Err(refused(format!("--region: {region} is named twice")));
            }
            let full = |zone: &String| match zone.len() {
                1 => Some(format!("{region}{zone}").into()),
                _ => of(zone, region).then(|| zone.as_str().into()),
            };
            let zones: Vec<ZoneName> = self.zones.iter().filter_map(full).collect();
            if zones.is_empty() {
                return Err(refused(format!("--zones: none of them is a zone of {region}")));
            }
            regions.push((region.as_str().into(), zones));
        }
        Ok(regions)
    }

    /// The zones of all regions, so that any first few of them are of as many regions as can be.
    pub(crate) fn zones_in_turn(&self) -> Result<Vec<ZoneName>, CliError> {
        let regions = self.regions()?;
        let most = regions.iter().map(|(_, zones)| zones.len()).max().unwrap_or_default();
        let turn = |index: usize| regions.iter().filter_map(move |(_, zones)| zones.get(index).cloned());
        Ok((0..most).flat_map(turn).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        region: RegionFlags,
    }

    fn flags(line: &str) -> RegionFlags {
        Line::parse_from(["hearth"].into_iter().chain(line.split_whitespace())).region
    }

    #[test]
    fn regions_have_the_zones_that_are_named_for_them() {
        for (line, expected) in [
            ("", "us-east-1a us-east-1b us-east-1c"),
            ("--region eu-west-1 --zones a", "eu-west-1a"),
            ("--region us-east-1,eu-west-1 --zones a,b", "us-east-1a eu-west-1a us-east-1b eu-west-1b"),
            (
                "--region us-east-1,eu-west-1 --zones us-east-1a,us-east-1b,eu-west-1c",
                "us-east-1a eu-west-1c us-east-1b",
            ),
        ] {
            let zones = flags(line).zones_in_turn().unwrap();
            let zones: Vec<&str> = zones.iter().map(ZoneName::as_str).collect();
            assert_eq!(zones.join(" "), expected, "{line}");
        }
    }

    #[test]
    fn the_first_region_is_home() {
        let start = flags("--region us-west-2,ap-south-1,eu-west-1 --zones a").first_start().unwrap();
        assert_eq!(start.region.as_str(), "us-west-2");
        let further: Vec<&str> = start.further_regions.keys().map(RegionName::as_str).collect();
        assert_eq!(further, ["ap-south-1", "eu-west-1"]);
    }

    #[test]
    fn lists_that_cannot_be_meant_are_refused() {
        for (line, expected) in [
            ("--region us-east-1,us-east-1", "named twice"),
            ("--region us-east-1 --zones eu-west-1a", "a zone of none of us-east-1"),
            ("--region us-east-1,eu-west-1 --zones us-east-1a", "none of them is a zone of eu-west-1"),
        ] {
            let error = flags(line).first_start().unwrap_err();
            assert!(format!("{error:?}").contains(expected), "{line}: {error:?}");
        }
    }
}
