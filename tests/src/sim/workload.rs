//! Clients that use a region until they are told to stop: registers, things made under tokens, reads of the revision.

use super::client::Client;
use super::history::History;
use super::invariant::acknowledged::{Acknowledged, Made};
use super::invariant::linearizable::{ABSENT, Value};
use super::register::{Register, Wish};
use super::request::Request;
use super::server::Servers;
use controlplane_raft::runtime::sim::Random;
use controlplane_raft::{Sim, SimRuntime};
use controlplane_services_ec2::network_interface::NetworkInterface;
use controlplane_services_kernel::View;
use controlplane_types::Runtime;
use std::future::Future;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::oneshot;

/// Attempts before a client leaves a request to its fate.
const ATTEMPTS: usize = 8;
/// The longest time between two requests of a client, in milliseconds.
const THINKING_MS: u64 = 400;

/// What all clients share; clones are the same.
#[derive(Clone)]
pub struct Workload {
    sim: Sim,
    servers: Servers,
    /// What was done with registers.
    pub history: History,
    acknowledged: Arc<Mutex<Acknowledged>>,
    registers: Arc<Vec<Register>>,
    last_value: Arc<AtomicU64>,
    stopped: Arc<AtomicBool>,
}

/// A client's task; completes when it has stopped.
pub type Working = oneshot::Receiver<()>;

impl Workload {
    /// Work on `registers`.
    pub fn new(sim: &Sim, servers: &Servers, registers: Vec<Register>) -> Self {
        Self {
            sim: sim.clone(),
            servers: servers.clone(),
            history: History::default(),
            acknowledged: Arc::default(),
            registers: Arc::new(registers),
            last_value: Arc::default(),
            stopped: Arc::default(),
        }
    }

    /// Tells every client to finish what it does and stop.
    pub fn stop(&self) {
        self.stopped.store(true, Ordering::Relaxed);
    }

    /// What clients were told they made.
    pub fn acknowledged(&self) -> MutexGuard<'_, Acknowledged> {
        self.acknowledged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn next_value(&self) -> Value {
        self.last_value.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn begin<F: Future<Output = ()> + Send + 'static>(
        &self,
        name: &str,
        work: impl FnOnce(Client, Random) -> F,
    ) -> Working {
        let machine: Arc<SimRuntime> = self.sim.machine(name);
        let client = Client::new(&self.servers, machine.clone(), name);
        let working = work(client, Random::new(self.sim.random()));
        let (ended, end) = oneshot::channel();
        let task = async move {
            working.await;
            // Whoever waits for the end may have failed meanwhile.
            let _ = ended.send(());
        };
        machine.spawn("client", Box::pin(task));
        end
    }

    /// A client that reads and writes registers.
    pub fn use_registers(&self, name: &str) -> Working {
        let all = self.clone();
        self.begin(name, |client, mut random| async move {
            let mut number = 0;
            // What this client last knew of each register: what it expects when it swaps.
            let mut known = vec![ABSENT; all.registers.len()];
            while !all.stopped.load(Ordering::Relaxed) {
                let index = random.below(all.registers.len() as u64) as usize;
                let register = &all.registers[index];
                let wish = all.wish(register, known[index], &mut random);
                if let Wish::Write(value) | Wish::Swap(_, value) = wish {
                    known[index] = value;
                }
                number += 1;
                register.act(&client, number, wish, &all.history, ATTEMPTS).await;
                client.runtime().sleep(Duration::from_millis(random.below(THINKING_MS))).await;
            }
        })
    }

    fn wish(&self, register: &Register, expected: Value, random: &mut Random) -> Wish {
        match random.below(20) {
            0..9 => Wish::Read,
            9..15 if register.swaps() => Wish::Swap(expected, self.next_value()),
            9..11 => Wish::Write(ABSENT),
            _ => Wish::Write(self.next_value()),
        }
    }

    /// A client that makes network interfaces under tokens, and now and then asks again under an old one.
    pub fn make_interfaces(&self, name: &str, subnet: &str) -> Working {
        let (all, subnet) = (self.clone(), subnet.to_owned());
        self.begin(name, |client, mut random| async move {
            let mut number = 0;
            while !all.stopped.load(Ordering::Relaxed) {
                number += 1;
                let again = number > 1 && random.chance(20);
                let made = if again { 1 + random.below(number as u64 - 1) } else { number as u64 };
                let token = format!("{}-interface-{made}", client.name());
                let request = create_interface(&subnet, &token);
                let told = client.ask_patiently(number, &request, ATTEMPTS).await;
                if let Some(answer) = told.answer {
                    assert_eq!(answer.status, 200, "{token}: {answer:?}");
                    let text = |name| answer.text(name).unwrap_or_default().to_owned();
                    let made = Made { id: text("networkInterfaceId"), detail: text("privateIpAddress") };
                    all.acknowledged().note(&token, made);
                }
                client.runtime().sleep(Duration::from_millis(random.below(THINKING_MS * 4))).await;
            }
        })
    }

    /// A reader that asks any server for its revision.
    pub fn read_revisions(&self, name: &str) -> Working {
        let all = self.clone();
        self.begin(name, |client, mut random| async move {
            while !all.stopped.load(Ordering::Relaxed) {
                let ids = all.servers.ids();
                let id = ids[random.below(ids.len() as u64) as usize];
                all.read_revision(id, &client).await;
                client.runtime().sleep(Duration::from_millis(random.below(THINKING_MS))).await;
            }
        })
    }

    async fn read_revision(&self, id: u64, client: &Client) {
        let Some((core, machine)) = self.servers.core(id).zip(self.servers.machine(id)) else { return };
        let floor = self.servers.witness.seen().revisions.asked();
        let (reply, answer) = oneshot::channel();
        let task = async move {
            if let Ok(reader) = core.reads.reader(core.first_start.root()).await {
                // Whoever asked may have hung up.
                let _ = reply.send(reader.view.revision());
            }
        };
        machine.spawn("reader", Box::pin(task));
        let seen = tokio::select! {
            biased;
            seen = answer => seen.ok(),
            () = client.runtime().sleep(Duration::from_secs(3)) => None,
        };
        if let Some(seen) = seen {
            self.servers.witness.seen().revisions.answered(&format!("server {id}"), floor, seen);
        }
    }

    /// A reader that asks server `id` for one register, once.
    pub fn read_at_once(&self, id: u64, register: usize) -> Working {
        let all = self.clone();
        self.begin(&format!("reader of register {register} on server {id}"), |client, _| async move {
            all.registers[register].read_at(&client, id, &all.history).await;
        })
    }

    /// Every register is read once on server `id`, by a client of its own.
    pub async fn read_all(&self, id: u64) {
        let name = format!("last reader of server {id}");
        let client = Client::new(&self.servers, self.sim.machine(&name), &name);
        for (number, register) in self.registers.iter().enumerate() {
            register.act(&client, number + id as usize, Wish::Read, &self.history, 100).await;
        }
    }

    /// Whatever broke a rule, with the records of every server in `views`.
    pub fn broken(&self, views: &[(u64, View)]) -> Vec<String> {
        let mut acknowledged = self.acknowledged();
        for (id, view) in views {
            acknowledged.compare(&format!("server {id}"), interfaces_made(view));
        }
        let mut all = self.history.broken();
        all.extend(acknowledged.broken().iter().cloned());
        all
    }
}

fn create_interface(subnet: &str, token: &str) -> Request {
    Request::ec2(&format!(
        "Action=CreateNetworkInterface&SubnetId={subnet}&ClientToken={}&Description={}",
        token.replace(' ', "+"),
        token.replace(' ', "+")
    ))
}

/// Interfaces that clients made; the token is their description.
fn interfaces_made(view: &View) -> Vec<(String, Made)> {
    let made = view.all::<NetworkInterface>().filter(|found| found.description.contains("-interface-"));
    made.map(|found| {
        let detail = found.primary_address().to_string();
        (found.description.clone(), Made { id: found.key.id().to_owned(), detail })
    })
    .collect()
}
