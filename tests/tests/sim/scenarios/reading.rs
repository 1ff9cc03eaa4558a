//! Readers of servers that do not know that the world went on.

use super::stage::Stage;
use controlplane_raft::{NodeId, Sim};
use controlplane_server::gateway::{Gateway, GatewaySettings};
use controlplane_server::providers::Nowhere;
use std::sync::Arc;
use std::time::Duration;
use tests::sim::region;
use tests::sim::request::{Answer, Request};

/// A leader is paused, another one is elected and written to, and the first goes on with reads in its hands: those that
/// began after the write see it, or fail.
pub(super) async fn paused_leader(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let mut working = stage.busy_clients(4);
    working.push(stage.workload.read_revisions("revisions"));
    for _ in 0..8 {
        let (old, _) = stage.region.elected().await;
        stage.pause_up_to(500).await;
        stage.region.servers.pause(old);
        let others = |region: &region::Region| region.servers.leader().is_some_and(|(id, _)| id != old);
        stage.region.until("another server leads", 30, others).await;
        stage.write_many(6).await;
        // Sent while it sleeps, and so after the writes: answered when it wakes.
        for register in 0..stage.registers.len() {
            let reader = stage.workload.read_at_once(old, register);
            working.push(reader);
        }
        stage.pause_up_to(2_000).await;
        stage.region.servers.resume(old);
        stage.pause_up_to(300).await;
    }
    stage.judge(working).await;
}

/// A leader is cut off with its clients, another one is elected and written to. What the first is asked for then is in its
/// old records already, so it has nothing to commit; it must not call that done.
pub(super) async fn deposed_leader(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    for round in 0..8 {
        let (old, _) = stage.region.elected().await;
        let register = round % stage.registers.len();
        let value = stage.write(register).await;
        stage.region.servers.network.partition(&[old], &stage.region.servers.ids());
        let other = |region: &region::Region| region.servers.leader().is_some_and(|(id, _)| id != old);
        stage.region.until("another server leads", 30, other).await;
        stage.write(register).await;
        stage.write_at(register, value, old).await;
        stage.region.servers.network.heal();
        stage.pause_up_to(500).await;
    }
    stage.judge(Vec::new()).await;
}

const KEY: &str = "AKIASIMULATEDREGION0";
/// More refusals than a door has recorded at once, together with those it may record while they travel.
const RECORDED: usize = 300;

/// The account's secret changes while one server is down and has to be brought back by a snapshot: every server takes
/// the new one and refuses the old one.
pub(super) async fn changed_credentials(sim: Sim) {
    let mut setup = region::setup(3);
    setup.timing.entries_per_snapshot = 20;
    setup.timing.entries_kept = 2;
    setup.first_start.access_key_id = Some(KEY.to_owned());
    setup.first_start.secret_access_key = Some("first".to_owned());
    let mut stage = Stage::with(&sim, setup).await;
    for id in 1..=3 {
        assert_eq!((verdict(&stage, id, "first").await, verdict(&stage, id, "second").await), (true, false));
    }
    stage.region.servers.reconfigure(|setup| setup.first_start.secret_access_key = Some("second".to_owned()));
    let late = 1 + stage.random.below(3);
    stage.region.servers.power_off(late);
    for id in (1..=3).filter(|id| *id != late) {
        stage.region.servers.power_off(id);
        stage.region.servers.start(id).await;
    }
    stage.write_many(40).await;
    for id in (1..=3).filter(|id| *id != late) {
        stage.compact(id).await;
    }
    stage.write_many(10).await;
    stage.region.servers.start(late).await;
    stage.level().await;
    for id in 1..=3 {
        let verdicts = (verdict(&stage, id, "first").await, verdict(&stage, id, "second").await);
        assert_eq!(verdicts, (false, true), "server {id}");
    }
    stage.judge(Vec::new()).await;
}

/// The account's secret changes while one server is cut off. That one does not refuse the new secret because of its old
/// records: it cannot tell, and as soon as it hears from the others it takes it.
pub(super) async fn late_credentials(sim: Sim) {
    let mut setup = region::setup(3);
    setup.first_start.access_key_id = Some(KEY.to_owned());
    setup.first_start.secret_access_key = Some("first".to_owned());
    let mut stage = Stage::with(&sim, setup).await;
    stage.region.servers.reconfigure(|setup| setup.first_start.secret_access_key = Some("second".to_owned()));
    let late = 1 + stage.random.below(3);
    stage.region.servers.network.partition(&[late], &stage.region.servers.ids());
    for id in (1..=3).filter(|id| *id != late) {
        stage.region.servers.power_off(id);
        stage.region.servers.start(id).await;
    }
    stage.write_many(4).await;
    assert_eq!(status(&stage, late, "second", 0).await, 503);
    stage.region.servers.network.heal();
    assert!(verdict(&stage, late, "second").await);
    assert!(!verdict(&stage, late, "first").await);
    stage.judge(Vec::new()).await;
}

/// Whether server `id` takes a request signed with `secret`.
async fn verdict(stage: &Stage, id: NodeId, secret: &str) -> bool {
    for _ in 0..50 {
        match status(stage, id, secret, RECORDED).await {
            200 => return true,
            401 | 403 => return false,
            _ => stage.region.sleep(Duration::from_millis(200)).await,
        }
    }
    panic!("server {id} gives no verdict");
}

/// What server `id` answers to a request signed with `secret`, after so many that are refused.
async fn status(stage: &Stage, id: NodeId, secret: &str, refused: usize) -> u16 {
    let core = stage.core(id);
    let settings = GatewaySettings {
        region: core.first_start.region.clone(),
        account: core.first_start.account.clone(),
        any_credentials: false,
        allow_reset: false,
        enable_bench: false,
        limits: None,
        documents: Arc::new(Nowhere),
    };
    let door = Gateway::new(settings, core.clone());
    let describe = || Request::ec2("Action=DescribeVpcs");
    // A refusal that is recorded is the leader's to answer, and the leader's door believes everybody here; those beyond
    // what is recorded are this member's own.
    for _ in 0..refused {
        let (mut parts, body) = describe().into_http().into_parts();
        parts.headers.remove("authorization");
        door.answer(parts, body).await;
    }
    let (parts, body) = describe().signed(KEY, secret, core.runtime.now()).into_http().into_parts();
    Answer::from(door.answer(parts, body).await).status
}
