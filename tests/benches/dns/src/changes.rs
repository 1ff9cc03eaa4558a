//! From a change to its being served by every DNS server, and from a verdict to the other address being served.
//!
//! Three servers and three DNS servers stand on this machine. A change counts as served when the last of them has answered with
//! it; it is measured from the request and from the answer, which comes when the change is committed. That `GetChange` says
//! INSYNC no earlier is looked at on the way.
//!
//! A failing check has been seen to fail by every checker when it counts; the one that saw it last answers with the other address at
//! once. From then on the others take what it takes to hear of it: that is what is measured.

use crate::ask::Names;
use crate::cluster::{Cluster, text};
use clap::Args;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};
use tests_benches_instruments::{Failure, Times};

const UP: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const PATIENCE: Duration = Duration::from_secs(30);
const DOWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
/// Changes that are asked about until they are INSYNC.
const CONFIRMED: u32 = 50;

/// Measure how long changes and failovers take to be served by three DNS servers.
#[derive(Args, Debug)]
pub(crate) struct Changes {
    /// How many changes
    #[arg(long, default_value_t = 1000)]
    changes: u32,
    /// How many failovers
    #[arg(long, default_value_t = 20)]
    failovers: u32,
}

impl Changes {
    pub(crate) fn run(&self) -> Result<(), Failure> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        let cluster = Cluster::start()?;
        let mut door = runtime.block_on(cluster.door())?;
        let mut ask = |method: &str, path: &str, body: &str| runtime.block_on(door.ask(method, path, body));
        let zone = zone(&mut ask)?;
        let (mut requested, mut committed) = (Times::default(), Times::default());
        for number in 0..self.changes {
            let address = Ipv4Addr::from_bits(0x0a00_0000 + number);
            let began = Instant::now();
            let (answered, served) = std::thread::scope(|scope| {
                let waiting: Vec<_> = cluster
                    .names
                    .iter()
                    .map(|names| scope.spawn(move || names.until("www.bench.test", address)))
                    .collect();
                ask("POST", &format!("/2013-04-01/hostedzone/{zone}/rrset/"), &upsert(address))?;
                let answered = Instant::now();
                let mut served = began;
                for one in waiting {
                    served = served.max(one.join().map_err(|_| "a thread panicked")??);
                }
                Ok::<_, Failure>((answered, served))
            })?;
            requested.add(served.duration_since(began));
            committed.add(served.saturating_duration_since(answered));
        }
        println!("{} changes, from the request to the last server:  {requested}", self.changes);
        println!("{} changes, from the answer to the last server:   {committed}", self.changes);
        let confirmed = confirm(&mut ask, &zone, &cluster.names)?;
        println!(
            "{CONFIRMED} changes, from the request to INSYNC:          {confirmed}, served by all each time"
        );
        let failovers = self.fail_over(&cluster)?;
        println!("{} failovers, from the first server to the last:  {failovers}", self.failovers);
        Ok(())
    }

    fn fail_over(&self, cluster: &Cluster) -> Result<Times, Failure> {
        let mut target = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = target.local_addr()?.port();
        apply(cluster, port)?;
        let mut times = Times::default();
        for _ in 0..self.failovers {
            wait(&cluster.names, UP)?;
            drop(target);
            let moments = wait(&cluster.names, DOWN)?;
            let (first, last) = (moments.iter().min(), moments.iter().max());
            times.add(last.zip(first).map_or(Duration::ZERO, |(last, first)| last.duration_since(*first)));
            target = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        }
        Ok(times)
    }
}

/// When each server first answers with the address.
fn wait(names: &[Names], address: Ipv4Addr) -> Result<Vec<Instant>, Failure> {
    std::thread::scope(|scope| {
        let waiting: Vec<_> =
            names.iter().map(|names| scope.spawn(move || names.until("over.test", address))).collect();
        waiting.into_iter().map(|one| one.join().map_err(|_| "a thread panicked")?).collect()
    })
}

fn zone(ask: &mut impl FnMut(&str, &str, &str) -> Result<String, Failure>) -> Result<String, Failure> {
    let body = "<CreateHostedZoneRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><Name>bench.test</Name>\
                <CallerReference>bench</CallerReference></CreateHostedZoneRequest>";
    let made = ask("POST", "/2013-04-01/hostedzone", body)?;
    Ok(text(&made, "Id")?.trim_start_matches("/hostedzone/").to_owned())
}

fn upsert(address: Ipv4Addr) -> String {
    format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes><Change>\
         <Action>UPSERT</Action><ResourceRecordSet><Name>www.bench.test</Name><Type>A</Type><TTL>60</TTL><ResourceRecords>\
         <ResourceRecord><Value>{address}</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change></Changes>\
         </ChangeBatch></ChangeResourceRecordSetsRequest>"
    )
}

/// Asks about changes until they are INSYNC; fails if a server does not serve one then.
fn confirm(
    ask: &mut impl FnMut(&str, &str, &str) -> Result<String, Failure>,
    zone: &str,
    names: &[Names],
) -> Result<Times, Failure> {
    let mut times = Times::default();
    for number in 0..CONFIRMED {
        let address = Ipv4Addr::from_bits(0x0b00_0000 + number);
        let began = Instant::now();
        let made = ask("POST", &format!("/2013-04-01/hostedzone/{zone}/rrset/"), &upsert(address))?;
        let path = format!("/2013-04-01{}", text(&made, "Id")?);
        while text(&ask("GET", &path, "")?, "Status")? != "INSYNC" {
            if began.elapsed() > PATIENCE {
                return Err("a change does not become INSYNC".into());
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        times.add(began.elapsed());
        for (server, names) in names.iter().enumerate() {
            let found = names.address("www.bench.test")?;
            if found != Some(address) {
                return Err(format!("INSYNC, and DNS server {server} answers {found:?}").into());
            }
        }
    }
    Ok(times)
}

/// A zone whose apex fails over when nobody listens on `port`.
fn apply(cluster: &Cluster, port: u16) -> Result<(), Failure> {
    let mut manifest = format!(
        "kind: HostedZone\nmetadata: {{name: over}}\nspec: {{name: over.test}}\n---\nkind: HealthCheck\nmetadata: {{name: target}}\n\
         spec: {{type: TCP, ipAddress: 127.0.0.1, port: {port}, requestInterval: 1, failureThreshold: 1}}\n"
    );
    for (name, policy, address) in
        [("first", "failover: PRIMARY, healthCheckId: target", UP), ("second", "failover: SECONDARY", DOWN)]
    {
        manifest.push_str(&format!(
            "---\nkind: RecordSet\nmetadata: {{name: {name}}}\nspec: {{hostedZoneId: over, name: over.test, type: A, ttl: 1, \
             setIdentifier: {name}, {policy}, resourceRecords: [{address}]}}\n"
        ));
    }
    let file = cluster.folder().join("over.yaml");
    std::fs::write(&file, manifest)?;
    cluster.ok(&["apply", "-f", file.to_str().ok_or("no path")?]).map(drop)
}
