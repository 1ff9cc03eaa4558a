//! The contract battery on simulated machines.

use super::*;
use crate::backend::battery::{self, Machine, Step};
use crate::testing::Virtual;

struct OnSim {
    machine: SimMachine,
}

impl Machine for OnSim {
    fn backend(&self) -> Arc<dyn Backend> {
        Arc::new(self.machine.clone())
    }

    fn runtime(&self) -> Arc<dyn Runtime> {
        self.machine.inner.runtime.clone()
    }

    fn image(&self) -> proto::Image {
        let (source, digest) = ("builtin:web".to_owned(), format!("sha256:{}", "1".repeat(64)));
        proto::Image { id: "ami-00000001".into(), source, digest, ..proto::Image::default() }
    }

    fn kill_process(&mut self, id: &str) {
        assert!(self.machine.end_process(id, 137, 9));
    }

    fn replace_agent(&mut self) -> Step<'_> {
        Box::pin(async {})
    }

    fn reboot(&mut self) -> Step<'_> {
        self.machine.reboot();
        Box::pin(async {})
    }
}

fn run(case: impl for<'a> FnOnce(&'a mut dyn Machine) -> Step<'a>) {
    let world = Virtual::new(1);
    let mut machine = OnSim { machine: SimMachine::new(world.runtime(), SimConfig::new("sim")) };
    world.block_on(case(&mut machine));
}

battery::cases!(run);

#[test]
fn a_machine_without_power_answers_with_errors() {
    let world = Virtual::new(1);
    let machine = SimMachine::new(world.runtime(), SimConfig::new("sim"));
    machine.power_off();
    world.block_on(async {
        assert!(machine.instances().await.is_err());
        assert!(machine.images().await.is_err());
        assert!(machine.exec("i-1".into(), ExecRequest { command: vec![], terminal: None }).await.is_err());
        machine.reboot();
        assert_eq!(machine.boot_id(), "sim-boot-2");
        assert_eq!(machine.instances().await, Ok(vec![]));
    });
}
