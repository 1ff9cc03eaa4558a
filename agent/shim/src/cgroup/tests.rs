//! Both versions against folders that look like the kernel's; the real trees are tried by the agent's tests.

use super::*;

/// A folder that is removed when the test ends.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("hearth-shim-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).expect("temporary folder");
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn limited(root: &Path) -> Config {
    Config {
        id: "i-1".into(),
        cgroup_root: root.into(),
        cgroup_parent: "hearth/a".into(),
        cpu_millis: 1500,
        memory_bytes: 512 << 20,
        pids: 99,
        ..Config::default()
    }
}

fn touch(folder: &Path, files: &[&str]) {
    fs::create_dir_all(folder).expect("folder");
    for file in files {
        fs::write(folder.join(file), "").expect("file");
    }
}

fn content(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).expect(file)
}

#[test]
fn version_2_sets_limits_and_delegates_from_the_root_down() {
    let folder = Folder::new("v2");
    let root = folder.0.as_path();
    let own = root.join("hearth/a/i-1");
    for group in [root.to_owned(), root.join("hearth"), root.join("hearth/a")] {
        touch(&group, &["cgroup.controllers", "cgroup.subtree_control"]);
    }
    touch(&own, &["cgroup.procs", "cpu.max", "cpu.weight", "memory.max", "memory.swap.max", "pids.max"]);
    let groups = Cgroups::of(&limited(root)).expect("groups");
    groups.create().expect("created");
    join(groups.open_members().expect("members")).expect("joined");
    for (file, value) in [
        ("cpu.max", "150000 100000"),
        ("cpu.weight", "150"),
        ("memory.max", "536870912"),
        ("memory.swap.max", "0"),
        ("pids.max", "99"),
        ("cgroup.procs", "0"),
    ] {
        assert_eq!(content(&own, file), value, "{file}");
    }
    for group in ["", "hearth", "hearth/a"] {
        assert_eq!(content(&root.join(group), "cgroup.subtree_control"), CONTROLLERS, "{group}");
    }
}

#[test]
fn version_1_sets_limits_in_each_tree() {
    let folder = Folder::new("v1");
    let root = folder.0.as_path();
    let own = |tree: &str| root.join(tree).join("hearth/a/i-1");
    touch(&own("cpu"), &["tasks", "cpu.cfs_period_us", "cpu.cfs_quota_us", "cpu.shares"]);
    touch(&own("memory"), &["tasks", "memory.limit_in_bytes"]);
    touch(&own("pids"), &["tasks", "pids.max"]);
    touch(&own("devices"), &["tasks", "devices.deny", "devices.allow"]);
    let groups = Cgroups::of(&limited(root)).expect("groups");
    groups.create().expect("created");
    join(groups.open_members().expect("members")).expect("joined");
    for (tree, file, value) in [
        ("cpu", "cpu.cfs_quota_us", "150000"),
        ("cpu", "cpu.shares", "1536"),
        ("memory", "memory.limit_in_bytes", "536870912"),
        ("pids", "pids.max", "99"),
        ("devices", "devices.deny", "a"),
        ("devices", "tasks", "0"),
    ] {
        assert_eq!(content(&own(tree), file), value, "{tree}/{file}");
    }
}

#[test]
fn a_limit_without_its_tree_is_refused() {
    let folder = Folder::new("none");
    fs::create_dir_all(folder.0.join("devices")).expect("folder");
    let failure = Cgroups::of(&limited(&folder.0)).err().expect("refused");
    assert!(failure.text.ends_with("no cpu control groups"), "{}", failure.text);
}

#[test]
fn quotas_have_a_floor() {
    for (cpu_millis, us) in [(1, 1000), (10, 1000), (11, 1100), (2000, 200_000)] {
        assert_eq!(quota_us(cpu_millis), us);
    }
}
