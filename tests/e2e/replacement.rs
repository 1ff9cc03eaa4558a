//! One web instance's first process is killed.

use crate::lab::{Lab, kill, same, until};
use std::time::{Duration, Instant};

const DEAD_ADDRESS_GONE: Duration = Duration::from_secs(3);
const REPLACED: Duration = Duration::from_secs(5);

#[test]
fn a_dead_instance_leaves_dns_and_is_replaced_in_time() {
    let lab = Lab::with_two_tier();
    let before = lab.members("web");
    let victim = &before[0];
    let killed = Instant::now();
    kill(lab.machine.first_process(&victim.id).unwrap().pid);
    until("the dead address is out of DNS", DEAD_ADDRESS_GONE, || {
        let named = lab.addresses("web.hearth.test");
        if named.contains(&victim.public) { Err(format!("{named:?}")) } else { Ok(()) }
    });
    let left = REPLACED.saturating_sub(killed.elapsed());
    let after = until("three instances are in service and in DNS", left, || {
        let members = lab.members("web");
        same(&members.len(), &3)?;
        let addresses = members.iter().map(|member| member.public.clone()).collect();
        same(&lab.addresses("web.hearth.test"), &addresses).map(|()| members)
    });
    assert!(after.iter().all(|member| member.id != victim.id), "{after:?}");
    for survivor in &before[1..] {
        assert!(after.iter().any(|member| member.id == survivor.id), "{survivor:?} was replaced too");
    }
    for member in &after {
        until("every member serves", REPLACED, || lab.serves(member));
    }
}
