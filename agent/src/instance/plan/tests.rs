use super::*;
use Action::{Remove, Start, Stop};

const NOW: &str = "boot-2";
const BEFORE: &str = "boot-1";

#[derive(Clone)]
struct Case {
    name: &'static str,
    desired: Option<(Target, u64)>,
    observed: Option<(u64, InstanceState)>,
    memory: Option<(u64, &'static str, Option<Exit>)>,
    gate: Gate,
    failure: Option<Failure>,
    action: Option<Action>,
    state: Option<State>,
    attached: bool,
}

fn case(name: &'static str) -> Case {
    Case {
        name,
        desired: Some((Target::Running, 2)),
        observed: None,
        memory: None,
        gate: Gate::Open,
        failure: None,
        action: None,
        state: None,
        attached: false,
    }
}

fn run_case(case: &Case) -> Plan {
    let desired = case.desired.map(|(target, run)| Instance {
        id: "i-1".into(),
        run,
        target: target.into(),
        ..Instance::default()
    });
    let observed = case.observed.clone().map(|(run, state)| ObservedInstance {
        id: "i-1".into(),
        run,
        state,
        started_at_ms: 77,
    });
    let memory =
        case.memory.map(|(run, boot, exit)| RunMemory { run, boot_id: boot.into(), restarts: 3, exit });
    plan(&Situation {
        id: "i-1",
        desired: desired.as_ref(),
        observed: observed.as_ref(),
        memory: memory.as_ref(),
        boot_id: NOW,
        gate: &case.gate,
        failure: case.failure.as_ref(),
    })
}

fn check(cases: &[Case]) {
    for case in cases {
        let plan = run_case(case);
        assert_eq!(plan.action, case.action, "{}: action", case.name);
        assert_eq!(plan.status.as_ref().map(InstanceStatus::state), case.state, "{}: state", case.name);
        assert_eq!(plan.attached, case.attached, "{}: attached", case.name);
        assert_eq!(run_case(case), plan, "{}: decides the same twice", case.name);
    }
}

fn exited() -> InstanceState {
    InstanceState::Exited { code: 137, signal: 9 }
}

const KILLED: Option<Exit> = Some(Exit { code: 137, signal: 9 });

#[test]
fn target_running() {
    let running = InstanceState::Running;
    let stopped = InstanceState::Stopped;
    let pending = Some(State::Pending);
    let base = case;
    check(&[
        Case { action: Some(Start), state: pending, attached: true, ..base("nothing there") },
        Case {
            observed: Some((2, running.clone())),
            memory: Some((2, NOW, None)),
            state: Some(State::Running),
            attached: true,
            ..base("runs")
        },
        Case {
            observed: Some((1, running.clone())),
            action: Some(Stop),
            state: pending,
            attached: true,
            ..base("an older run")
        },
        Case {
            observed: Some((3, running)),
            state: Some(State::Running),
            attached: true,
            ..base("a newer run than desired is left alone")
        },
        Case { observed: Some((2, exited())), state: Some(State::Exited), ..base("ended by itself") },
        Case {
            observed: Some((1, exited())),
            action: Some(Start),
            state: pending,
            attached: true,
            ..base("an older run ended")
        },
        Case {
            observed: Some((1, stopped.clone())),
            memory: Some((1, NOW, None)),
            action: Some(Start),
            state: pending,
            attached: true,
            ..base("started again after a stop")
        },
        Case {
            observed: Some((2, stopped.clone())),
            memory: Some((2, BEFORE, None)),
            action: Some(Start),
            state: pending,
            attached: true,
            ..base("the machine booted")
        },
        Case {
            observed: Some((2, stopped.clone())),
            memory: Some((2, BEFORE, KILLED)),
            state: Some(State::Exited),
            ..base("it had ended before the machine booted")
        },
        Case {
            observed: Some((2, stopped.clone())),
            memory: Some((2, NOW, None)),
            state: Some(State::Exited),
            ..base("it vanished in this boot")
        },
        Case {
            observed: Some((2, stopped)),
            action: Some(Start),
            state: pending,
            attached: true,
            ..base("the agent died between making the root and starting")
        },
        Case { memory: Some((2, NOW, None)), state: Some(State::Gone), ..base("it and its root vanished") },
        Case {
            memory: Some((1, BEFORE, None)),
            state: Some(State::Gone),
            ..base("the root of an older run vanished")
        },
    ]);
}

#[test]
fn starting_waits_for_gate_and_backoff() {
    let failure = |permanent, ready| Some(Failure { reason: "no".into(), permanent, ready });
    let pending = Some(State::Pending);
    let base = case;
    check(&[
        Case { gate: Gate::Wait("w".into()), state: pending, attached: true, ..base("not ready") },
        Case {
            gate: Gate::Shut("s".into()),
            state: Some(State::Failed),
            attached: true,
            ..base("never ready")
        },
        Case { failure: failure(false, false), state: pending, attached: true, ..base("pause") },
        Case {
            failure: failure(false, true),
            action: Some(Start),
            state: pending,
            attached: true,
            ..base("pause is over")
        },
        Case { failure: failure(true, true), state: Some(State::Failed), attached: true, ..base("useless") },
        Case {
            failure: failure(true, false),
            observed: Some((2, InstanceState::Running)),
            state: Some(State::Running),
            attached: true,
            ..base("an old failure does not hide that it runs")
        },
    ]);
}

#[test]
fn target_stopped() {
    let base = |name| Case { desired: Some((Target::Stopped, 2)), ..case(name) };
    check(&[
        Case {
            observed: Some((2, InstanceState::Running)),
            action: Some(Stop),
            state: Some(State::Running),
            attached: true,
            ..base("runs")
        },
        Case { observed: Some((2, InstanceState::Stopped)), state: Some(State::Stopped), ..base("done") },
        Case {
            observed: Some((2, exited())),
            state: Some(State::Stopped),
            ..base("ended before it was stopped")
        },
        Case { state: Some(State::Stopped), ..base("never started") },
        Case { memory: Some((2, NOW, None)), state: Some(State::Gone), ..base("its root vanished") },
    ]);
}

#[test]
fn terminated_and_absent_both_mean_everything_goes() {
    for (desired, gone) in [(Some((Target::Terminated, 2)), Some(State::Gone)), (None, None)] {
        let base = |name| Case { desired, memory: Some((2, NOW, None)), ..case(name) };
        check(&[
            Case {
                observed: Some((2, InstanceState::Running)),
                action: Some(Stop),
                state: Some(State::Running),
                attached: true,
                ..base("runs")
            },
            Case {
                observed: Some((2, InstanceState::Stopped)),
                action: Some(Remove),
                state: Some(State::Stopped),
                ..base("stopped")
            },
            Case {
                observed: Some((2, exited())),
                action: Some(Remove),
                state: Some(State::Exited),
                ..base("ended")
            },
            Case { state: gone, ..base("no trace") },
            Case {
                observed: Some((2, InstanceState::Running)),
                failure: Some(Failure { reason: "busy".into(), permanent: false, ready: false }),
                state: Some(State::Running),
                attached: true,
                ..base("stopping failed a moment ago")
            },
        ]);
    }
}

#[test]
fn a_status_tells_run_exit_and_restarts() {
    let seen = Case { observed: Some((2, exited())), memory: Some((2, NOW, KILLED)), ..case("seen") };
    let status = run_case(&seen).status.unwrap();
    assert_eq!((status.run, status.exit_code, status.signal, status.restarts), (2, 137, 9, 3));
    assert_eq!((status.started_at_ms, status.reason.as_str()), (77, ""));

    let unseen =
        Case { observed: Some((2, InstanceState::Stopped)), memory: Some((2, NOW, None)), ..case("unseen") };
    assert_eq!(run_case(&unseen).status.unwrap().reason, "it ended and nobody saw how");

    let shut = Case { gate: Gate::Shut("no such image".into()), ..case("shut") };
    assert_eq!(run_case(&shut).status.unwrap().reason, "no such image");
}

#[test]
fn only_long_waits_are_worth_telling() {
    for (gate, noteworthy) in [(Gate::Wait("w".into()), false), (Gate::Notable("w".into()), true)] {
        let status = run_case(&Case { gate, ..case("a wait") }).status.unwrap();
        assert_eq!(
            (status.state(), status.reason.as_str(), status.noteworthy),
            (State::Pending, "w", noteworthy)
        );
    }
}
