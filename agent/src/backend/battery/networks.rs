//! Networks, as far as every backend can tell; what packets do is tested beside the Linux backend.

use super::*;
use crate::backend::BackendError;

pub(crate) async fn the_network_is_made_whole_twice(machine: &mut dyn Machine) {
    for _ in 0..2 {
        assert_eq!(machine.backend().apply_network(network([1, 2, 3])).await, []);
    }
    assert_eq!(machine.backend().apply_network(NetworkState::default()).await, []);
    assert_eq!(machine.backend().apply_network(network([2])).await, []);
}

pub(crate) async fn bad_objects_do_not_spoil_the_rest(machine: &mut dyn Machine) {
    machine.backend().add_image(machine.image(), None).await.unwrap();
    let mut network = network([1, 2]);
    if let Some(bad) = network.interfaces.get_mut(&interface_id(2)) {
        bad.interface.private_addresses = vec!["not an address".into()];
    }
    let errors = machine.backend().apply_network(network).await;
    let about: Vec<_> = errors.iter().map(|(key, _)| (key.kind.as_str(), key.id.clone())).collect();
    assert_eq!(about, [("network_interface", interface_id(2))]);
    assert!(matches!(errors[0].1, BackendError::Permanent(_)), "{errors:?}");
    start(machine, 1, 1).await;
    assert_eq!(state(machine, 1).await, Some(InstanceState::Running));
}

pub(crate) async fn interfaces_go_when_they_are_not_wanted(machine: &mut dyn Machine) {
    prepare(machine, [1]).await;
    start(machine, 1, 1).await;
    machine.backend().stop(instance(1, 1).id, 200).await.unwrap();
    assert_eq!(machine.backend().apply_network(network([])).await, []);
    machine.backend().start(instance(1, 2), machine.image()).await.unwrap_err();
    assert_eq!(machine.backend().apply_network(network([1])).await, []);
    start(machine, 1, 2).await;
}
