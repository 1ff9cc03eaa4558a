//! How large buckets are and how fast they fill, as the command line says it and as AWS does.
//!
//! <https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-throttling.html>

use controlplane_wire::model;
use std::collections::BTreeMap;
use std::str::FromStr;

/// The size of a bucket and what it gains.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rate {
    /// Tokens it holds; at least one.
    pub burst: u32,
    /// Tokens a second; above zero.
    pub per_second: f64,
}

impl Rate {
    pub(super) fn burst(self) -> f64 {
        f64::from(self.burst)
    }
}

/// AWS's classes of actions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// Only reads.
    NonMutating,
    /// One of the actions on what there is much of, asked for all of it at once.
    Unfiltered,
    /// Creates, modifies or deletes.
    Mutating,
    /// Of those the ones that cost AWS most.
    ResourceIntensive,
    /// No class of actions but what some take besides: a token for each instance.
    Instances,
}

/// Reads that are of another class when they name neither a filter nor a page.
const UNFILTERED: [&str; 4] =
    ["DescribeInstances", "DescribeInstanceStatus", "DescribeNetworkInterfaces", "DescribeSecurityGroups"];

const RESOURCE_INTENSIVE: [&str; 3] =
    ["AuthorizeSecurityGroupIngress", "CreateKeyPair", "RevokeSecurityGroupIngress"];

/// AWS's limits by class.
const AWS: [(Class, u32, f64); 4] = [
    (Class::NonMutating, 100, 20.0),
    (Class::Unfiltered, 50, 10.0),
    (Class::Mutating, 50, 5.0),
    (Class::ResourceIntensive, 50, 5.0),
];

/// Tokens for instances, which only AWS's limits have.
const AWS_INSTANCES: [(&str, u32, f64); 4] = [
    ("RunInstances", 1000, 2.0),
    ("StartInstances", 1000, 2.0),
    ("StopInstances", 1000, 20.0),
    ("TerminateInstances", 1000, 20.0),
];

/// Actions of EC2 that AWS gives limits of their own.
const AWS_OWN: [(&str, u32, f64); 18] = [
    ("AssignPrivateIpAddresses", 100, 5.0),
    ("CreateDefaultSubnet", 1, 1.0),
    ("CreateDefaultVpc", 1, 1.0),
    ("CreateLaunchTemplateVersion", 100, 5.0),
    ("CreateNetworkInterface", 100, 5.0),
    ("CreateTags", 100, 10.0),
    ("DeleteNetworkInterface", 100, 5.0),
    ("DeleteTags", 100, 10.0),
    ("DeregisterImage", 100, 5.0),
    ("ModifyImageAttribute", 100, 5.0),
    ("ModifyInstanceMetadataOptions", 100, 5.0),
    ("ModifyLaunchTemplate", 100, 5.0),
    ("ModifyNetworkInterfaceAttribute", 100, 5.0),
    ("RunInstances", 5, 2.0),
    ("StartInstances", 5, 2.0),
    ("TerminateInstances", 100, 5.0),
    ("UnassignPrivateIpAddresses", 100, 5.0),
    ("AssociateIamInstanceProfile", 100, 5.0),
];

impl Class {
    /// The class of a request; `narrowed` looks for a filter or a page.
    pub(super) fn of(service: &str, action: &str, reads: bool, narrowed: impl FnOnce() -> bool) -> Self {
        let is_ec2 = service == "ec2";
        match reads {
            true if is_ec2 && UNFILTERED.contains(&action) && !narrowed() => Self::Unfiltered,
            true => Self::NonMutating,
            false if is_ec2 && RESOURCE_INTENSIVE.contains(&action) => Self::ResourceIntensive,
            false => Self::Mutating,
        }
    }

    /// Whether requests of the action also take tokens for instances.
    pub(super) fn counts_instances(service: &str, action: &str) -> bool {
        service == "ec2" && AWS_INSTANCES.iter().any(|(name, ..)| *name == action)
    }

    fn named(text: &str) -> Option<Self> {
        Some(match text {
            "non-mutating" => Self::NonMutating,
            "unfiltered" => Self::Unfiltered,
            "mutating" => Self::Mutating,
            "resource-intensive" => Self::ResourceIntensive,
            _ => return None,
        })
    }
}

/// What is limited, and how; what is not named is not.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits {
    classes: BTreeMap<Class, Rate>,
    /// By action, whichever service has it.
    actions: BTreeMap<String, Rate>,
    /// EC2's own.
    ec2: BTreeMap<&'static str, Rate>,
    /// Of instances, by action.
    instances: BTreeMap<&'static str, Rate>,
}

impl Limits {
    /// What AWS publishes for EC2; the other services get the limits of its classes.
    pub fn aws() -> Self {
        let rate = |burst, per_second| Rate { burst, per_second };
        let table = |table: &[(&'static str, u32, f64)]| {
            table.iter().map(|(action, burst, second)| (*action, rate(*burst, *second))).collect()
        };
        Self {
            classes: AWS.iter().map(|(class, burst, second)| (*class, rate(*burst, *second))).collect(),
            actions: BTreeMap::new(),
            ec2: table(&AWS_OWN),
            instances: table(&AWS_INSTANCES),
        }
    }

    /// The limit of an action: its own, else its class's.
    pub(super) fn rate(&self, service: &str, action: &str, class: Class) -> Option<Rate> {
        if class == Class::Instances {
            return self.instances.get(action).copied();
        }
        let own = self.actions.get(action).or_else(|| self.ec2.get(action).filter(|_| service == "ec2"));
        own.or_else(|| self.classes.get(&class)).copied()
    }
}

/// Why a text is no limits.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WrongLimits {
    /// A part of the list.
    #[error("{0:?} is neither `aws` nor NAME=BURST:RATE")]
    Form(String),
    /// Before the equals sign.
    #[error(
        "{0:?} is no class (non-mutating, unfiltered, mutating, resource-intensive) and no action of AWS's"
    )]
    Name(String),
    /// Behind it.
    #[error("{0:?}: BURST is a number from 1 to 1000000, RATE a number of requests a second, from 0.001")]
    Rate(String),
}

impl FromStr for Limits {
    type Err = WrongLimits;

    /// Reads `aws`, `NAME=BURST:RATE`, or both with commas between; what comes later counts.
    fn from_str(text: &str) -> Result<Self, WrongLimits> {
        let mut limits = Self::default();
        for part in text.split(',').map(str::trim) {
            if part == "aws" {
                limits = Self { actions: limits.actions, ..Self::aws() };
                continue;
            }
            let (name, rate) = part.split_once('=').ok_or_else(|| WrongLimits::Form(part.to_owned()))?;
            let rate = read_rate(rate).ok_or_else(|| WrongLimits::Rate(rate.to_owned()))?;
            match Class::named(name) {
                Some(class) => drop(limits.classes.insert(class, rate)),
                None if is_action(name) => drop(limits.actions.insert(name.to_owned(), rate)),
                None => return Err(WrongLimits::Name(name.to_owned())),
            }
        }
        Ok(limits)
    }
}

fn read_rate(text: &str) -> Option<Rate> {
    let (burst, per_second) = text.split_once(':')?;
    let rate = Rate { burst: burst.parse().ok()?, per_second: per_second.parse().ok()? };
    let fine = (1..=1_000_000).contains(&rate.burst) && (0.001..=1e6).contains(&rate.per_second);
    fine.then_some(rate)
}

fn is_action(name: &str) -> bool {
    model::services().any(|service| service.lookup(name).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Names in the tables that no model knows would limit nothing.
    #[test]
    fn the_tables_name_actions() {
        let ec2 = model::by_name("ec2").unwrap();
        let own = AWS_OWN.iter().map(|(action, ..)| *action);
        let instances = AWS_INSTANCES.iter().map(|(action, ..)| *action);
        for action in own.chain(instances).chain(UNFILTERED).chain(RESOURCE_INTENSIVE) {
            assert!(ec2.lookup(action).is_some(), "{action}");
        }
    }
}
