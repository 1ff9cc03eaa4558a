use super::*;

const RETENTION: Duration = Duration::from_secs(600);

fn image(id: &str, digest: &str) -> Image {
    Image { id: id.into(), digest: digest.into(), ..Image::default() }
}

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

struct Case {
    name: &'static str,
    desired: &'static [(&'static str, &'static str)],
    present: &'static [&'static str],
    partial: &'static [&'static str],
    leftovers: bool,
    unused_since: &'static [(&'static str, u64)],
    add: &'static [&'static str],
    remove: &'static [&'static str],
    unused_after: &'static [(&'static str, u64)],
    next_removal: Option<u64>,
}

const EMPTY: Case = Case {
    name: "nothing",
    desired: &[],
    present: &[],
    partial: &[],
    leftovers: false,
    unused_since: &[],
    add: &[],
    remove: &[],
    unused_after: &[],
    next_removal: None,
};

/// At second 1000.
const CASES: &[Case] = &[
    EMPTY,
    Case { name: "missing", desired: &[("ami-1", "a")], add: &["a"], ..EMPTY },
    Case { name: "there", desired: &[("ami-1", "a")], present: &["a"], ..EMPTY },
    Case { name: "two ids, one archive", desired: &[("ami-1", "a"), ("ami-2", "a")], add: &["a"], ..EMPTY },
    Case {
        name: "just became unused",
        present: &["a"],
        unused_after: &[("a", 1000)],
        next_removal: Some(1600),
        ..EMPTY
    },
    Case { name: "begun", desired: &[("ami-1", "a")], partial: &["a"], add: &["a"], ..EMPTY },
    Case {
        name: "begun and no longer wanted",
        partial: &["a"],
        unused_since: &[("a", 400)],
        remove: &["a"],
        unused_after: &[("a", 400)],
        ..EMPTY
    },
    Case {
        name: "unused for a while",
        present: &["a"],
        unused_since: &[("a", 500)],
        unused_after: &[("a", 500)],
        next_removal: Some(1100),
        ..EMPTY
    },
    Case {
        name: "unused long enough",
        present: &["a", "b"],
        unused_since: &[("a", 400), ("b", 401)],
        unused_after: &[("a", 400), ("b", 401)],
        remove: &["a"],
        next_removal: Some(1001),
        ..EMPTY
    },
    Case {
        name: "leftover instances may use it",
        present: &["a"],
        leftovers: true,
        unused_since: &[("a", 1)],
        unused_after: &[("a", 1)],
        ..EMPTY
    },
    Case {
        name: "used again",
        desired: &[("ami-1", "a")],
        present: &["a"],
        unused_since: &[("a", 1)],
        ..EMPTY
    },
    Case { name: "removed meanwhile", unused_since: &[("a", 1)], ..EMPTY },
];

#[test]
fn plans() {
    for case in CASES {
        let images: Vec<Image> = case.desired.iter().map(|(id, digest)| image(id, digest)).collect();
        let desired = images.iter().map(|image| (image.id.as_str(), image)).collect();
        let owned = |digests: &[&str]| digests.iter().map(ToString::to_string).collect::<Vec<String>>();
        let (present, partial) = (owned(case.present), owned(case.partial));
        let times = |list: &[(&str, u64)]| -> UnusedSince {
            list.iter().map(|(digest, at)| (digest.to_string(), seconds(*at))).collect()
        };
        let plan = plan(&Situation {
            desired: &desired,
            present: &present,
            partial: &partial,
            leftovers: case.leftovers,
            unused_since: &times(case.unused_since),
            now: seconds(1000),
            retention: RETENTION,
        });
        let added: Vec<&str> = plan.add.iter().map(|image| image.digest.as_str()).collect();
        assert_eq!(added, case.add, "{}: add", case.name);
        assert_eq!(plan.remove, case.remove, "{}: remove", case.name);
        assert_eq!(plan.unused_since, times(case.unused_after), "{}: unused since", case.name);
        assert_eq!(plan.next_removal, case.next_removal.map(seconds), "{}: next removal", case.name);
    }
}
