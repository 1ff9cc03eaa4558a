//! Families as rows: the sizes of most follow one rule.

use super::InstanceType;
use crate::errors;
use controlplane_services_kernel::ServiceError;
use std::sync::LazyLock;

/// What AWS launches when nobody says a type.
pub const DEFAULT: &str = "m1.small";

/// A size of a family whose sizes follow no rule: name, processors, memory in MiB, baseline per processor in
/// thousandths (1000: not burstable).
type Size = (&'static str, u32, u64, u64);

const T2: &[Size] = &[
    ("nano", 1, 512, 50),
    ("micro", 1, 1_024, 100),
    ("small", 1, 2_048, 200),
    ("medium", 2, 4_096, 200),
    ("large", 2, 8_192, 300),
    ("xlarge", 4, 16_384, 225),
    ("2xlarge", 8, 32_768, 170),
];

const T3: &[Size] = &[
    ("nano", 2, 512, 50),
    ("micro", 2, 1_024, 100),
    ("small", 2, 2_048, 200),
    ("medium", 2, 4_096, 200),
    ("large", 2, 8_192, 300),
    ("xlarge", 4, 16_384, 400),
    ("2xlarge", 8, 32_768, 400),
];

const M1: &[Size] = &[("small", 1, 1_740, 1000), ("medium", 1, 3_788, 1000)];

/// Families of fixed performance: name, MiB per processor, and how many `large`s (two processors each) their sizes are.
const FIXED: &[(&str, u64, &[u32])] = &[
    ("m5", 4_096, &[1, 2, 4, 8, 16, 24, 32, 48]),
    ("m5a", 4_096, &[1, 2, 4, 8, 16, 24, 32, 48]),
    ("m6i", 4_096, &[1, 2, 4, 8, 16, 24, 32, 48, 64]),
    ("m7i", 4_096, &[1, 2, 4, 8, 16, 24, 32, 48, 96]),
    ("c5", 2_048, &[1, 2, 4, 8, 18, 24, 36, 48]),
    ("c6i", 2_048, &[1, 2, 4, 8, 16, 24, 32, 48, 64]),
    ("c7i", 2_048, &[1, 2, 4, 8, 16, 24, 32, 48, 96]),
    ("r5", 8_192, &[1, 2, 4, 8, 16, 24, 32, 48]),
    ("r6i", 8_192, &[1, 2, 4, 8, 16, 24, 32, 48, 64]),
    ("r7i", 8_192, &[1, 2, 4, 8, 16, 24, 32, 48, 96]),
];

static CATALOGUE: LazyLock<Vec<InstanceType>> = LazyLock::new(|| {
    let listed = [("m1", M1, 1, false), ("t2", T2, 1, false), ("t3", T3, 2, true), ("t3a", T3, 2, true)];
    let listed = listed.into_iter().flat_map(|(family, sizes, threads, current)| {
        sizes.iter().map(move |size| irregular(family, size, threads, current))
    });
    let fixed = FIXED
        .iter()
        .flat_map(|(family, memory, sizes)| sizes.iter().map(|size| regular(family, *memory, *size)));
    let mut all: Vec<InstanceType> = listed.chain(fixed).collect();
    all.sort_by(|a, b| a.name.cmp(&b.name));
    all
});

fn irregular(family: &str, size: &Size, threads_per_core: u32, current: bool) -> InstanceType {
    let (name, vcpus, memory_mib, baseline) = *size;
    InstanceType {
        name: format!("{family}.{name}"),
        vcpus,
        // A single processor cannot be half a core.
        threads_per_core: threads_per_core.min(vcpus),
        memory_mib,
        cpu_millis: u64::from(vcpus) * baseline,
        burstable: baseline < 1000,
        current,
    }
}

fn regular(family: &str, memory_per_vcpu: u64, larges: u32) -> InstanceType {
    let size = match larges {
        1 => "large".to_owned(),
        2 => "xlarge".to_owned(),
        larges => format!("{}xlarge", larges / 2),
    };
    let vcpus = larges * 2;
    InstanceType {
        name: format!("{family}.{size}"),
        vcpus,
        threads_per_core: 2,
        memory_mib: u64::from(vcpus) * memory_per_vcpu,
        cpu_millis: u64::from(vcpus) * 1000,
        burstable: false,
        current: true,
    }
}

/// Every type, ordered by name.
pub fn all() -> &'static [InstanceType] {
    &CATALOGUE
}

/// The type with this name.
pub fn find(name: &str) -> Option<&'static InstanceType> {
    let index = CATALOGUE.binary_search_by(|found| found.name.as_str().cmp(name)).ok()?;
    CATALOGUE.get(index)
}

/// The same, or the error AWS gives for a name that is none.
pub fn require(name: &str) -> Result<&'static InstanceType, ServiceError> {
    find(name).ok_or_else(|| errors::unknown_instance_type(name))
}
