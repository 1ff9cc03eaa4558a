use super::*;

fn machine(vcpus: u32, memory_mib: u64) -> Capacity {
    Capacity { vcpus, memory_mib, disk_mib: 7, allocatable: None }
}

fn offer(reserved: &str, ratio: &str) -> Result<Offer, OfferError> {
    let reserved = if reserved.is_empty() { SystemReserved::default() } else { reserved.parse()? };
    let ratio = if ratio.is_empty() { AllocationRatio::default() } else { ratio.parse()? };
    Ok(Offer { reserved, ratio })
}

#[test]
fn what_is_left_is_promised_as_often_as_was_said() {
    let cases = [
        // reserved, ratio, vCPUs, memory -> thousandths, MiB
        ("", "", (2, 24_000), (2000, 23_250)),
        ("", "", (1, 1024), (1000, 896)),
        ("", "", (96, 1 << 20), (96_000, (1 << 20) - 1024)),
        ("vcpus=0.5,memory=512MiB", "", (2, 2048), (1500, 1536)),
        ("memory=1Gi", "", (2, 4096), (2000, 3072)),
        ("memory=0MiB", "", (4, 512), (4000, 512)),
        ("", "vcpus=16,memory=1.5", (2, 8192), (32_000, 11_904)),
        ("vcpus=1", "vcpus=2.125", (3, 4096), (4250, 3968)),
    ];
    for (reserved, ratio, (vcpus, memory), expected) in cases {
        let announced = offer(reserved, ratio).unwrap().of(machine(vcpus, memory)).unwrap();
        let found = announced.allocatable.unwrap();
        assert_eq!((found.cpu_millis, found.memory_mib), expected, "{reserved} {ratio}");
        // An instance is no wider and no machine bigger for it.
        assert_eq!((announced.vcpus, announced.memory_mib, announced.disk_mib), (vcpus, memory, 7));
    }
}

#[test]
fn an_offer_of_nothing_is_refused() {
    let cases = [
        ("vcpus=2", machine(2, 4096), "vcpus=2 of 2 leaves nothing"),
        ("vcpus=2.5", machine(2, 4096), "vcpus=2.5 of 2 leaves nothing"),
        ("memory=4GiB", machine(2, 4096), "memory=4096MiB of 4096MiB leaves nothing"),
        ("", machine(2, 128), "memory=128MiB of 128MiB leaves nothing"),
    ];
    for (reserved, machine, expected) in cases {
        let error = offer(reserved, "").unwrap().of(machine).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let cases = [
        ("cpu=1", "", "vcpus=AMOUNT"),
        ("vcpus", "", "vcpus=AMOUNT"),
        ("vcpus=1,", "", "vcpus=AMOUNT"),
        ("vcpus=1,vcpus=2", "", "vcpus: said twice"),
        ("vcpus=500m", "", "vcpus=500m: it must be a number"),
        ("vcpus=-1", "", "vcpus=-1"),
        ("vcpus=0.1234", "", "at most three decimals"),
        ("vcpus=1e3", "", "vcpus=1e3"),
        ("memory=512", "", "memory=512: it must be a whole number of MiB or GiB"),
        ("memory=+1MiB", "", "memory=+1MiB"),
        ("memory=99999999999999999999GiB", "", "memory="),
        ("memory=18446744073709551615GiB", "", "memory="),
        ("", "vcpus=0.5", "vcpus=0.5: it must be a number from 1 to 100"),
        ("", "memory=101", "memory=101: it must be a number from 1 to 100"),
        ("", "memory=", "memory="),
    ];
    for (reserved, ratio, expected) in cases {
        let error = offer(reserved, ratio).unwrap_err().to_string();
        assert!(error.contains(expected), "{reserved} {ratio}: {error}");
    }
}
