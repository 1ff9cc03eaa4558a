//! Hearth: a server that knows the zones, and beside it the DNS server that is measured.

use crate::workload::{
    BLOCKS, CHECK_INTERVAL, DOWN, LOCATIONS, NAMES, SECONDARY, STATIC_NAMES, UP, WEIGHTS, block,
    location_address, primary, static_address, weighted_address,
};
use crate::{Asked, signing};
use nix::sched::{CpuSet, sched_setaffinity};
use nix::unistd::Pid;
use std::fmt::Write;
use std::fs;
use tests_benches_instruments::{Failure, Region, cpu, free_address};

/// Objects applied at once: a batch has bounds.
const AT_ONCE: usize = 400;

pub(crate) fn start(check_port: u16, core: usize) -> Result<Asked, Failure> {
    let mut region = Region::start()?;
    let (dns_address, health_address) = (free_address()?, free_address()?);
    let mut dns = region.hearth();
    dns.args(["dns", "--workers", "1", "--dns-addr", &dns_address, "--health-addr", &health_address]);
    let pid = region.add(&mut dns, "dns")?;
    pin(pid, core)?;
    let objects = objects(check_port);
    for some in objects.chunks(AT_ONCE) {
        region.apply(&some.join("---\n"))?;
    }
    signing::sign(&region, "signed.test")?;
    let port = dns_address.rsplit_once(':').ok_or("no port")?.1.parse()?;
    Ok(Asked { port, cpu: Box::new(move || cpu(pid)), _running: Box::new(region) })
}

/// Every thread there is, and with them those to come.
fn pin(pid: u32, core: usize) -> Result<(), Failure> {
    let mut cores = CpuSet::new();
    cores.set(core)?;
    for task in fs::read_dir(format!("/proc/{pid}/task"))? {
        let thread: i32 = task?.file_name().to_string_lossy().parse()?;
        sched_setaffinity(Pid::from_raw(thread), &cores)?;
    }
    Ok(())
}

fn objects(check_port: u16) -> Vec<String> {
    let mut objects = Vec::new();
    for zone in ["static.test", "signed.test", "weighted.test", "failover.test", "geo.test"] {
        objects.push(format!("kind: HostedZone\nmetadata: {{name: {zone}}}\nspec: {{name: {zone}}}\n"));
    }
    for (name, address) in [("up", UP), ("down", DOWN)] {
        objects.push(format!(
            "kind: HealthCheck\nmetadata: {{name: {name}}}\nspec: {{type: TCP, ipAddress: {address}, port: {check_port}, \
             requestInterval: {CHECK_INTERVAL}, failureThreshold: 1}}\n"
        ));
    }
    objects.push(collection());
    for number in 0..STATIC_NAMES {
        for zone in ["static.test", "signed.test"] {
            objects.push(set(zone, number, "", &static_address(number)));
        }
    }
    for number in 0..NAMES {
        for (member, weight) in WEIGHTS.iter().enumerate() {
            let policy = format!("setIdentifier: m{member}, weight: {weight},");
            objects.push(set("weighted.test", number, &policy, &weighted_address(number, member)));
        }
        let check = if primary(number) == UP { "up" } else { "down" };
        let policy = format!("setIdentifier: first, failover: PRIMARY, healthCheckId: {check},");
        objects.push(set("failover.test", number, &policy, primary(number)));
        for location in 0..LOCATIONS {
            let policy = format!(
                "setIdentifier: l{location}, cidrRoutingConfig: {{collectionId: clients, locationName: l{location}}},"
            );
            objects.push(set("geo.test", number, &policy, &location_address(number, location)));
        }
        objects.push(set("failover.test", number, "setIdentifier: second, failover: SECONDARY,", SECONDARY));
    }
    objects
}

fn collection() -> String {
    let mut text =
        "kind: CidrCollection\nmetadata: {name: clients}\nspec:\n  name: clients\n  locations:\n".to_owned();
    for location in 0..LOCATIONS {
        let blocks = (location..BLOCKS).step_by(LOCATIONS).map(|number| {
            let [second, third] = block(number);
            format!("10.{second}.{third}.0/24")
        });
        let blocks: Vec<_> = blocks.collect();
        // Writing to a string does not fail.
        let _ = writeln!(text, "    l{location}: [{}]", blocks.join(", "));
    }
    text
}

fn set(zone: &str, number: usize, policy: &str, address: &str) -> String {
    // Objects have names of their own, sets share theirs.
    let object = format!("{}-{number}-{}", zone.replace('.', "-"), address.replace('.', "-"));
    format!(
        "kind: RecordSet\nmetadata: {{name: {object}}}\nspec: {{hostedZoneId: {zone}, name: h{number}.{zone}, type: A, ttl: 300, \
         {policy} resourceRecords: [{address}]}}\n"
    )
}
