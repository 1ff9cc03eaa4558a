//! Images from Debian's `docker-registry`: into root file systems, layers kept once, and gone when nobody needs them.

use super::*;
use crate::archive::document::own_architecture;
use crate::archive::samples::zstandard;
use crate::testing::registry::images::{GZIP, Layer};
use crate::testing::registry::{Door, Registry as Real};
use serde_json::Value;

fn layer(name: &str, text: &str) -> Layer {
    Layer::gzip(&Tar::new().file(name, text).bytes())
}

/// An image of this machine's architecture, pushed; what an agent is told of it.
fn push(real: &Real, repository: &str, layers: &[Layer]) -> proto::Image {
    let config = json!({ "Cmd": ["/serve"], "User": "33" });
    let entry = real.push_image(repository, None, own_architecture(), &config, layers);
    desired(real, repository, &entry)
}

fn desired(real: &Real, repository: &str, entry: &Value) -> proto::Image {
    let reference = format!("{}/{repository}", real.host());
    proto::Image {
        id: format!("ami-{repository}"),
        digest: entry["digest"].as_str().unwrap().into(),
        source: "registry".into(),
        registry: Some(proto::RegistryImage { reference, platforms: Vec::new() }),
        ..proto::Image::default()
    }
}

/// Names below `layers/blobs` and `layers/parts`, as digests.
fn kept(folder: &Path) -> Vec<String> {
    let names = ["blobs", "parts"].into_iter().flat_map(|part| {
        let entries = fs::read_dir(folder.join("layers").join(part)).unwrap();
        entries.map(|entry| digest_of(entry.unwrap().file_name().to_str().unwrap()).unwrap())
    });
    let mut names: Vec<String> = names.collect();
    names.sort();
    names
}

fn sorted(layers: &[&Layer]) -> Vec<String> {
    let mut digests: Vec<_> = layers.iter().map(|layer| layer.digest()).collect();
    digests.sort();
    digests
}

#[tokio::test]
async fn a_pulled_image_is_its_layers_one_over_the_other() {
    let real = Real::start(Door::Open);
    let plain = Tar::new().file("etc/top", "2").file("etc/.wh.gone", "").bytes();
    let small = Tar::new().file("etc/zstd", "3").bytes();
    let layers = [
        Layer::gzip(&Tar::new().file("etc/base", "1").file("etc/top", "1").file("etc/gone", "1").bytes()),
        Layer {
            bytes: plain.clone(),
            media_type: "application/vnd.oci.image.layer.v1.tar",
            diff_id: digest(&plain),
        },
        Layer {
            bytes: zstandard(&small),
            media_type: "application/vnd.oci.image.layer.v1.tar+zstd",
            diff_id: digest(&small),
        },
    ];
    let image = push(&real, "app", &layers);
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    images.add(&image, None).await.unwrap();
    let root = images.root(&image.digest).unwrap();
    let read = |name: &str| fs::read_to_string(root.join("etc").join(name)).unwrap();
    assert_eq!((read("base"), read("top"), read("zstd")), ("1".into(), "2".into(), "3".into()));
    assert!(!root.join("etc/gone").exists());
    let started = images.started(&image).unwrap();
    assert_eq!((started.command, started.uid), (vec!["/serve".to_owned()], 33));
    let before = real.requests();
    images.add(&image, None).await.unwrap();
    assert_eq!(real.requests(), before, "what is there is not asked for");
}

#[tokio::test]
async fn a_layer_is_fetched_and_kept_once() {
    let real = Real::start(Door::Open);
    let (base, one, two) = (layer("base", &"x".repeat(100_000)), layer("a", "1"), layer("a", "2"));
    let first = push(&real, "first", &[base.clone(), one.clone()]);
    let second = push(&real, "second", &[base.clone(), two.clone()]);
    let third = push(&real, "third", &[base.clone(), base.clone(), two.clone()]);
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    let (a, b, c) =
        tokio::join!(images.add(&first, None), images.add(&second, None), images.add(&third, None));
    a.and(b).and(c).unwrap();
    for layer in [&base, &one, &two] {
        assert_eq!(real.downloads(&layer.digest()).len(), 1, "three images at once, one download");
    }
    assert_eq!(kept(folder.path()), sorted(&[&base, &one, &two]));
    // A new agent finds them.
    drop(images);
    let images = super::images(folder.path());
    let fourth = push(&real, "fourth", &[base.clone(), layer("b", "1")]);
    images.add(&fourth, None).await.unwrap();
    assert_eq!(real.downloads(&base.digest()).len(), 1);
}

#[tokio::test]
async fn layers_go_with_the_last_image_that_has_them() {
    let real = Real::start(Door::Open);
    let (base, one, two) = (layer("base", "x"), layer("a", "1"), layer("a", "2"));
    let first = push(&real, "first", &[base.clone(), one.clone()]);
    let second = push(&real, "second", &[base.clone(), two.clone()]);
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    images.add(&first, None).await.unwrap();
    images.add(&second, None).await.unwrap();
    images.remove(&first.digest).unwrap();
    assert_eq!(kept(folder.path()), sorted(&[&base, &two]));
    assert_eq!(images.list().unwrap(), std::slice::from_ref(&second.digest));
    images.remove(&second.digest).unwrap();
    images.remove(&second.digest).unwrap();
    assert!(kept(folder.path()).is_empty() && images.list().unwrap().is_empty());
    assert!(images.partial().unwrap().is_empty());
}

#[tokio::test]
async fn a_pull_that_failed_goes_on_or_is_forgotten() {
    let real = Real::start(Door::Open);
    let (base, top) = (layer("base", &"x".repeat(10_000)), layer("a", "1"));
    let image = push(&real, "app", &[base.clone(), top.clone()]);
    let file = real.file_of(&top.digest());
    let good = fs::read(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    for _ in 0..2 {
        fs::write(&file, vec![0; good.len()]).unwrap();
        let error = images.add(&image, None).await.unwrap_err();
        assert!(matches!(&error, BackendError::Retry(text) if text.contains("announced was")), "{error:?}");
        assert!(images.list().unwrap().is_empty());
        assert_eq!(images.partial().unwrap(), std::slice::from_ref(&image.digest));
    }
    // Nobody wants it any more.
    images.remove(&image.digest).unwrap();
    assert!(kept(folder.path()).is_empty() && images.partial().unwrap().is_empty());
    // Wanted again, and the registry is repaired meanwhile: only what is missing is fetched.
    images.add(&image, None).await.unwrap_err();
    fs::write(&file, &good).unwrap();
    let before = real.downloads(&base.digest()).len();
    super::images(folder.path()).add(&image, None).await.unwrap();
    assert_eq!(real.downloads(&base.digest()).len(), before);
    assert!(images.partial().unwrap().is_empty());
}

#[tokio::test]
async fn attack_layers_that_unpack_to_something_else() {
    let real = Real::start(Door::Open);
    let honest = Tar::new().file("a", "1").bytes();
    let lying = Layer { diff_id: digest(b"something else"), ..Layer::gzip(&honest) };
    let hostile = Layer::gzip(&Tar::new().file("../../x", "taken").bytes());
    let noise = Layer {
        bytes: b"no tar at all, and not compressed".repeat(40),
        media_type: GZIP,
        diff_id: digest(b""),
    };
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    for (repository, layer, expected) in
        [("lying", lying, "layer, unpacked"), ("hostile", hostile, "leads upwards"), ("noise", noise, "read")]
    {
        let image = push(&real, repository, &[layer]);
        let error = images.add(&image, None).await.unwrap_err();
        assert!(matches!(&error, BackendError::Permanent(text) if text.contains(expected)), "{error:?}");
        assert!(images.list().unwrap().is_empty() && images.root(&image.digest).is_err());
        images.remove(&image.digest).unwrap();
    }
    assert_eq!(fs::read_dir(folder.path().join("images")).unwrap().count(), 0);
}

#[tokio::test]
async fn each_machine_takes_what_was_noted_for_it() {
    let real = Real::start(Door::Open);
    let entry =
        real.push_image("app", None, own_architecture(), &json!({ "Cmd": ["x"] }), &[layer("a", "1")]);
    let other = real.push_image("app", None, "mips", &json!({ "Cmd": ["x"] }), &[layer("a", "2")]);
    let index = real.push_index("app", "1", &[entry.clone(), other]);
    let folder = tempfile::tempdir().unwrap();
    let images = images(folder.path());
    let platform = |architecture: &str| proto::ImagePlatform {
        architecture: architecture.into(),
        digest: entry["digest"].as_str().unwrap().into(),
        size_bytes: 1,
    };
    let with = |platforms: Vec<proto::ImagePlatform>| {
        let mut image = proto::Image { digest: index.clone(), ..desired(&real, "app", &entry) };
        image.registry.as_mut().unwrap().platforms = platforms;
        image
    };
    let error = images.add(&with(vec![platform("mips")]), None).await.unwrap_err();
    assert!(
        matches!(&error, BackendError::Permanent(text) if text.contains("was pulled for mips")),
        "{error:?}"
    );
    images.add(&with(vec![platform("mips"), platform(own_architecture())]), None).await.unwrap();
    assert_eq!(images.list().unwrap(), std::slice::from_ref(&index), "under the digest people know");
    images.remove(&index).unwrap();
    images.add(&with(vec![]), None).await.unwrap();
    assert_eq!(fs::read_to_string(images.root(&index).unwrap().join("a")).unwrap(), "1");
}
