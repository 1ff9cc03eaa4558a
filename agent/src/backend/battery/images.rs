//! Images.

use super::*;
use crate::backend::BackendError;

pub(crate) async fn a_fresh_machine_is_empty(machine: &mut dyn Machine) {
    let backend = machine.backend();
    assert_eq!(backend.instances().await.unwrap(), []);
    assert!(backend.images().await.unwrap().is_empty());
    assert!(backend.partial_images().await.unwrap().is_empty());
    assert!(backend.capacity().vcpus > 0 && backend.capacity().memory_mib > 0);
    assert!(!backend.boot_id().is_empty());
    assert_eq!(backend.boot_id(), backend.boot_id());
}

pub(crate) async fn images_come_and_go(machine: &mut dyn Machine) {
    let (backend, image) = (machine.backend(), machine.image());
    backend.add_image(image.clone(), None).await.unwrap();
    assert_eq!(backend.images().await.unwrap(), std::slice::from_ref(&image.digest));
    backend.remove_image(image.digest).await.unwrap();
    assert!(backend.images().await.unwrap().is_empty());
}

pub(crate) async fn adding_and_removing_twice_is_once(machine: &mut dyn Machine) {
    let (backend, image) = (machine.backend(), machine.image());
    for _ in 0..2 {
        backend.add_image(image.clone(), None).await.unwrap();
        assert_eq!(backend.images().await.unwrap().len(), 1);
    }
    for _ in 0..2 {
        backend.remove_image(image.digest.clone()).await.unwrap();
        assert!(backend.images().await.unwrap().is_empty());
    }
}

pub(crate) async fn an_unknown_builtin_image_is_permanent(machine: &mut dyn Machine) {
    let unknown = "builtin:no-such-image".to_owned();
    let image =
        proto::Image { source: unknown, digest: format!("sha256:{}", "0".repeat(64)), ..machine.image() };
    let error = machine.backend().add_image(image, None).await.unwrap_err();
    assert!(matches!(error, BackendError::Permanent(_)), "{error:?}");
    assert!(machine.backend().images().await.unwrap().is_empty());
}
