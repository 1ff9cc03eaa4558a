//! An instance from `hearth apply` to its first process, beside `runc run`; and what its life costs the log.

use crate::Failure;
use crate::bundle::Bundle;
use crate::machine::Machine;
use std::process::{Command, Stdio};
use std::time::Instant;
use tests_benches_instruments::{Times, until};

/// What an instance needs to stand on.
pub(crate) const GROUND: &str = "kind: Vpc
metadata: {name: bench}
spec: {cidrBlock: 10.0.0.0/16}
---
kind: Subnet
metadata: {name: bench}
spec: {vpcId: bench, availabilityZone: us-east-1a, cidrBlock: 10.0.0.0/20}";

/// A manifest of one instance.
pub(crate) fn instance(name: &str) -> String {
    format!(
        "kind: Instance\nmetadata: {{name: {name}}}\nspec: {{imageId: hearth/web, instanceType: t3.nano, subnetId: bench}}\n"
    )
}

/// Prints all of it.
pub(crate) fn measure(rounds: usize) -> Result<(), Failure> {
    let folder = tempfile::tempdir()?;
    let bundle = Bundle::make(folder.path().join("bundle"))?;
    let machine = Machine::start()?;
    machine.region.apply(GROUND)?;
    let (mut launches, mut runs) = (Times::default(), Times::default());
    let mut entries = Vec::new();
    // The first one unpacks the image.
    life(&machine, "first")?;
    for round in 0..rounds {
        let before = machine.region.entries()?;
        launches.add(life(&machine, &format!("one-{round}"))?);
        entries.push(machine.region.entries()? - before);
        runs.add(runc(&bundle, &format!("bench-{round}"))?);
    }
    println!("an instance, from `hearth apply` to its first process");
    println!("  hearth apply           {launches}");
    println!("  runc run, /bin/true    {runs}");
    entries.sort_unstable();
    let most = entries.last().copied().unwrap_or_default();
    println!("  log entries in its life: {} at the median, {most} at most", entries[entries.len() / 2]);
    Ok(())
}

/// One instance, from apply until it is terminated; the time to its first process.
fn life(machine: &Machine, name: &str) -> Result<std::time::Duration, Failure> {
    let manifest = instance(name);
    let began = Instant::now();
    std::thread::scope(|scope| {
        let apply = scope.spawn(|| machine.region.apply(&manifest).map_err(|error| error.to_string()));
        until(|| Ok(machine.begun() > 0))?;
        let took = began.elapsed();
        apply.join().map_err(|_| "apply broke off")??;
        machine.region.ok(&["wait", "instance", name, "--for=status.state=running"])?;
        let id = machine.region.ok(&["get", "instance", name, "-o", "jsonpath={.metadata.id}"])?;
        machine.region.ok(&["delete", "instance", name])?;
        machine.region.ok(&["wait", "instance", id.trim(), "--for=status.state=terminated"])?;
        until(|| Ok(machine.begun() == 0))?;
        Ok(took)
    })
}

fn runc(bundle: &Bundle, id: &str) -> Result<std::time::Duration, Failure> {
    let mut command = Command::new("runc");
    command
        .arg("run")
        .arg("--bundle")
        .arg(bundle.folder())
        .arg(id)
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let began = Instant::now();
    match command.status()?.success() {
        true => Ok(began.elapsed()),
        false => Err("runc run failed".into()),
    }
}
