//! A machine that runs out of something, under a control plane that is told.

use super::*;
use crate::backend::{Backend, Footprint, Margin};
use Target::{Running, Terminated};
use controlplane_proto::agent::pressure::Scarce;
use controlplane_proto::agent::{Eviction, Strain};

impl Node {
    fn strain(&self) -> Option<Strain> {
        self.plane.told().reports.iter().rev().find_map(|report| report.strain.clone())
    }

    fn is_short_of(&self, scarce: Scarce) -> bool {
        self.strain().is_some_and(|strain| strain.pressures.iter().any(|one| one.scarce() == scarce))
    }

    fn questions(&self) -> Vec<Eviction> {
        let reports = self.plane.told().reports;
        reports.into_iter().filter_map(|report| report.strain?.eviction).collect()
    }

    fn reports(&self) -> usize {
        self.plane.told().reports.len()
    }
}

#[test]
fn a_machine_with_plenty_says_so_once() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        assert_eq!(node.strain(), Some(Strain::default()));
        let before = node.reports();
        node.machine.strain(|margins| margins.memory.available -= 1 << 30);
        node.pass(600).await;
        assert_eq!(node.reports(), before, "only transitions are told");
    });
}

#[test]
fn memory_is_asked_for_at_once_and_again_while_it_lasts() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running), (2, 1, Running)]));
        node.until_state("i-2", State::Running).await;
        let big = Footprint { memory_bytes: 5 << 30, pids: 7, disk_bytes: 9 };
        node.machine.burden("i-2", big);
        node.machine.strain(|margins| margins.memory.available = 80 << 20);
        node.until("pressure", |node| node.is_short_of(Scarce::Memory)).await;
        let question = node.questions().remove(0);
        assert_eq!((question.number, question.scarce()), (1, Scarce::Memory));
        let two = question.instances.iter().find(|one| one.id == "i-2").unwrap();
        assert_eq!((two.memory_bytes, two.pids, two.disk_bytes), (5 << 30, 7, 9));
        node.plane.desire(2, with(&[(1, 1, Running), (2, 1, Terminated)]));
        node.until_state("i-2", State::Gone).await;
        assert_eq!(node.questions().len(), 1, "a report of something else does not ask again");
        node.until("the second question", |node| node.questions().len() == 2).await;
        node.machine.strain(|margins| margins.memory.available = 1 << 30);
        node.pass(60).await;
        node.until("enough again", |node| !node.is_short_of(Scarce::Memory)).await;
        let asked = node.questions().len();
        node.pass(120).await;
        assert_eq!(node.questions().len(), asked);
    });
}

#[test]
fn disk_is_given_back_by_images_before_anybody_has_to_go() {
    on_a_node(|node| async move {
        node.plane.desire(1, with(&[(1, 1, Running)]));
        node.until_state("i-1", State::Running).await;
        node.plane.desire(2, Vec::new());
        node.until_state("i-1", State::Gone).await;
        assert_eq!(node.machine.images().await.unwrap().len(), 1, "kept for a while");
        node.machine.strain(|margins| margins.inodes = Margin { available: 1, total: 1000 });
        node.until("pressure", |node| node.is_short_of(Scarce::Disk)).await;
        node.pass(5).await;
        assert_eq!(node.machine.images().await.unwrap().len(), 0, "not wanted, so it goes at once");
        assert_eq!(node.questions(), []);
        node.until("a question", |node| !node.questions().is_empty()).await;
        assert_eq!(node.questions()[0].scarce(), Scarce::Disk);
    });
}

#[test]
fn a_new_session_hears_what_is_in_force() {
    on_a_node(|mut node| async move {
        node.machine.strain(|margins| margins.pids.available = 0);
        node.until("pressure", |node| node.is_short_of(Scarce::Pids)).await;
        node.kill_agent();
        let before = node.reports();
        node.start_agent();
        node.until("a report", |node| node.reports() > before).await;
        let reports = node.plane.told().reports;
        let first = reports[before].strain.clone().unwrap();
        assert_eq!(first.pressures.len(), 1, "the first report of a new agent knows it");
    });
}
