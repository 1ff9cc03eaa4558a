//! Requests that arrive late, again, or at someone who no longer leads.

use super::stage::Stage;
use controlplane_raft::{NodeId, Sim};
use tests::sim::invariant::acknowledged::Made;
use tests::sim::region::Region;
use tests::sim::request::{Answer, Request};

/// The first copy of a write waits in a paused server; its retry is acknowledged elsewhere, a later write too; then the
/// first copy goes on. It must not undo the later write.
pub(super) async fn late_retry(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    for round in 0..10 {
        let (leader, _) = stage.region.elected().await;
        // The leader itself, or a follower that is going to forward.
        let slow = if round % 2 == 0 { leader } else { 1 + leader % 3 };
        let register = stage.random.below(stage.registers.len() as u64) as usize;
        stage.region.servers.pause(slow);
        let held = stage.write_twice(register, slow).await;
        stage.write(register).await;
        stage.region.servers.resume(slow);
        // Whatever the late copy is answered with, it has been decided on.
        drop(stage.within(10, held).await);
        stage.pause_up_to(300).await;
        stage.workload.read_all(1 + round % 3).await;
    }
    stage.judge(Vec::new()).await;
}

/// A leader is paused with writes in its hands; another one leads and decides; the first goes on and must not decide
/// anything on what it held.
pub(super) async fn leadership_after_pause(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let working = stage.busy_clients(6);
    for _ in 0..8 {
        let (old, _) = stage.region.elected().await;
        stage.pause_up_to(400).await;
        stage.region.servers.pause(old);
        let other = |region: &Region| region.servers.leader().is_some_and(|(id, _)| id != old);
        stage.region.until("another server leads", 30, other).await;
        stage.write_many(8).await;
        stage.region.servers.resume(old);
        stage.pause_up_to(400).await;
    }
    stage.judge(working).await;
}

fn create(subnet: &str, token: &str, description: &str) -> Request {
    let action = "Action=CreateNetworkInterface";
    Request::ec2(&format!("{action}&SubnetId={subnet}&ClientToken={token}&Description={description}"))
}

fn made(answer: &Answer) -> Made {
    assert_eq!(answer.status, 200, "{answer:?}");
    let text = |name| answer.text(name).unwrap_or_default().to_owned();
    Made { id: text("networkInterfaceId"), detail: text("privateIpAddress") }
}

/// A token keeps its answer on every server after the leader, and after all of them, have died; other parameters under it
/// are refused.
pub(super) async fn replayed_token(sim: Sim) {
    let mut stage = Stage::new(&sim, 3).await;
    let subnet = stage.subnet();
    let client = stage.region.client("tokens");
    let mut number = 0;
    for round in 0..6 {
        let token = format!("token-interface-{round}");
        let request = create(&subnet, &token, &token);
        number += 1;
        let first = made(&client.ask(number, &request).await);
        stage.workload.acknowledged().note(&token, first.clone());
        let (leader, _) = stage.region.elected().await;
        let dead: Vec<NodeId> = if round % 2 == 0 { vec![leader] } else { stage.region.servers.ids() };
        dead.iter().for_each(|id| stage.region.servers.power_off(*id));
        stage.pause_up_to(1_000).await;
        for id in dead {
            stage.region.servers.start(id).await;
        }
        for _ in 0..3 {
            number += 1;
            assert_eq!(made(&client.ask(number, &request).await), first, "the same answer");
            number += 1;
            let other = client.ask(number, &create(&subnet, &token, "other")).await;
            assert_eq!(other.code(), Some("IdempotentParameterMismatch"), "{other:?}");
        }
        stage.write_many(3).await;
    }
    stage.judge(Vec::new()).await;
}
