//! Machines for one test: three servers, each with a network of its own, and a client that reaches them through a router.
//! Taken apart when dropped, whatever became of the test.

mod cluster;
mod fabric;
mod host;
mod region;

use cluster::Begin;
pub(crate) use cluster::{ACCESS_KEY_ID, AWS_PORT, GRPC_PORT, REGION, SECRET_ACCESS_KEY};
pub(crate) use fabric::Fabric;
pub(crate) use host::Host;
pub(crate) use region::Region;

use std::sync::{Mutex, MutexGuard, PoisonError};
use tests::machine::said;
use tests::wait::{PATIENCE, until};

/// Wire of the machine that clients run on.
pub(crate) const CLIENT: u64 = 100;

/// One laboratory at a time: two processors, and figures that are printed.
static TURN: Mutex<()> = Mutex::new(());

/// A cluster and its network.
pub(crate) struct Lab {
    servers: Vec<Host>,
    /// Holds certificates; nothing of Hearth runs here for longer than a command.
    client: Host,
    pub(crate) fabric: Fabric,
    _turn: MutexGuard<'static, ()>,
}

impl Lab {
    /// A cluster of three.
    pub(crate) fn start() -> Self {
        Self::with(3, |_| {})
    }

    /// A cluster of `count` whose machines `prepare` sees before anything runs on them.
    pub(crate) fn with(count: u64, prepare: impl Fn(&Host)) -> Self {
        Self::with_spares(count, 0, prepare)
    }

    /// The same, with machines for so many servers more, on which nothing runs yet.
    pub(crate) fn with_spares(count: u64, spares: u64, prepare: impl Fn(&Host)) -> Self {
        // A test that failed has cleaned up all the same.
        let turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
        fabric::require_tools();
        let fabric = Fabric::new();
        let plugged = |id| {
            let host = Host::new(id);
            fabric.plug(id, &host.machine);
            host
        };
        let mut servers: Vec<Host> = (1..=count + spares).map(plugged).collect();
        servers.iter().for_each(prepare);
        let client = plugged(CLIENT);
        if count > 0 {
            cluster::found(&mut servers[..count as usize]);
            cluster::trust(&client, &servers[0]);
        }
        Self { servers, client, fabric, _turn: turn }
    }

    /// One more machine, on this wire.
    pub(crate) fn plug(&self, id: u64) -> Host {
        let host = Host::new(id);
        self.fabric.plug(id, &host.machine);
        host
    }

    /// Where the administrator's certificates are.
    pub(crate) fn client_data_dir(&self) -> std::path::PathBuf {
        self.client.machine.data_dir()
    }

    /// Numbers of all servers.
    pub(crate) fn ids(&self) -> Vec<u64> {
        self.servers.iter().map(|server| server.id).collect()
    }

    /// Numbers of all servers but one.
    pub(crate) fn others(&self, id: u64) -> Vec<u64> {
        self.ids().into_iter().filter(|other| *other != id).collect()
    }

    /// A server.
    pub(crate) fn server(&mut self, id: u64) -> &mut Host {
        self.servers.iter_mut().find(|server| server.id == id).expect("a server with this number")
    }

    /// Starts a server again, without waiting.
    pub(crate) fn start_server(&mut self, id: u64) {
        self.server(id).start("server", &cluster::arguments(id, &Begin::Continue));
    }

    /// A token for one more server.
    pub(crate) fn token(&self) -> String {
        cluster::token(self.any_running())
    }

    /// The same of the cluster that server `id` belongs to.
    pub(crate) fn token_of(&mut self, id: u64) -> String {
        cluster::token(self.server(id))
    }

    /// Lets spare machine `id` join as the next server, and waits until it votes.
    pub(crate) fn join(&mut self, id: u64) {
        self.start_joining(id, self.token());
        self.server(id).until_ready();
        self.until_voter(id);
    }

    /// Waits until server `id` votes.
    pub(crate) fn until_voter(&self, id: u64) {
        cluster::until_voter(self.any_running(), id);
    }

    /// Starts spare machine `id` as a server that joins, without waiting.
    pub(crate) fn start_joining(&mut self, id: u64, token: String) {
        let begin = Begin::Join { at: self.any_running().id, token };
        self.server(id).start("server", &cluster::arguments(id, &begin));
    }

    /// The flags with which spare machine `id` would join.
    pub(crate) fn joining(&self, id: u64, token: &str) -> Vec<String> {
        let begin = Begin::Join { at: self.any_running().id, token: token.to_owned() };
        cluster::arguments(id, &begin)
    }

    /// The first server that runs.
    pub(crate) fn any_running(&self) -> &Host {
        self.servers.iter().find(|server| server.runs()).expect("a server that runs")
    }

    /// What an administrator does: `hearth` on the client's machine, at the servers that run.
    pub(crate) fn administer(&self, arguments: &[&str]) {
        let servers: Vec<String> = self.running().into_iter().map(grpc_address).collect();
        let servers = servers.join(",");
        let output = self.hearth(&["--server", &servers]).args(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    }

    /// Starts a server again and waits until it serves.
    pub(crate) fn restart(&mut self, id: u64) {
        self.start_server(id);
        self.server(id).until_ready();
    }

    /// Which of `among` leads, as soon as exactly one says of itself that it does: one that was replaced without
    /// noticing says so too, until it hears of the other.
    pub(crate) fn leader_among(&self, among: &[u64]) -> u64 {
        until("one of the servers leads", PATIENCE, || {
            let words: Vec<String> = among.iter().map(|id| self.says(*id)).collect();
            // By number: a client whose server does not answer asks the others it has heard of.
            let claim = |id: &u64| format!("leader: server {id} (this one)");
            let claims =
                among.iter().zip(&words).filter(|(id, text)| text.lines().any(|line| line == claim(id)));
            match claims.map(|(id, _)| *id).collect::<Vec<_>>().as_slice() {
                [leader] => Ok(*leader),
                _ => Err(words.concat()),
            }
        })
    }

    /// Lets spare machine `id` found a cluster of its own.
    pub(crate) fn found_alone(&mut self, id: u64) {
        let flags = cluster::arguments(id, &Begin::Bootstrap);
        self.server(id).start("server", &flags);
        self.server(id).until_ready();
    }

    /// Who leads, and one who does not.
    pub(crate) fn leader_and_follower(&self) -> (u64, u64) {
        self.leader_and_follower_of(&self.ids())
    }

    /// The same among some of the servers.
    pub(crate) fn leader_and_follower_of(&self, ids: &[u64]) -> (u64, u64) {
        let leader = self.leader_among(ids);
        (leader, self.others(leader)[0])
    }

    fn says(&self, id: u64) -> String {
        let output = self.hearth(&["--server", &grpc_address(id), "version"]).output().unwrap();
        if output.status.success() { String::from_utf8(output.stdout).unwrap() } else { said(&output) }
    }

    /// `hearth` on the client's machine.
    pub(crate) fn hearth(&self, arguments: &[&str]) -> std::process::Command {
        let mut command = self.client.machine.hearth();
        command.args(arguments);
        command
    }

    /// A program on the client's machine.
    pub(crate) fn client_command(&self, program: &str) -> std::process::Command {
        self.client.machine.command(program)
    }

    /// The client's network, for threads that enter it.
    pub(crate) fn client_namespace(&self) -> String {
        self.client.machine.namespace()
    }

    /// Numbers of the servers that have a process.
    pub(crate) fn running(&self) -> Vec<u64> {
        self.servers.iter().filter(|server| server.runs()).map(|server| server.id).collect()
    }
}

/// Where a server's gRPC port is.
pub(crate) fn grpc_address(id: u64) -> String {
    format!("{}:{GRPC_PORT}", Fabric::address(id))
}

impl Drop for Lab {
    fn drop(&mut self) {
        if std::thread::panicking() {
            for server in &self.servers {
                eprintln!("--- server {}\n{}", server.id, server.log_end());
            }
        }
    }
}
