use crate::dry_run::may_dry_run;
use crate::errors;
use crate::filter::{Described, Field, Filter, Filters, one};
use crate::instance::MAX_INTERFACES;
use crate::instance_type::{self, InstanceType};
use crate::page::Listing;
use crate::tag::Tag;
use controlplane_services_kernel::{Query, Reader, ServiceError};
use serde::{Deserialize, Serialize};

/// <https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceTypes.html>
pub(crate) struct DescribeInstanceTypes;

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(crate) struct DescribeInstanceTypesInput {
    pub(crate) instance_types: Option<Vec<String>>,
    pub(crate) filters: Option<Vec<Filter>>,
    pub(crate) max_results: Option<i32>,
    pub(crate) next_token: Option<String>,
    pub(crate) dry_run: Option<bool>,
}

may_dry_run!(DescribeInstanceTypesInput);

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct DescribeInstanceTypesOutput {
    pub(crate) instance_types: Vec<InstanceTypeInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) next_token: Option<String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct InstanceTypeInfo {
    pub(crate) instance_type: &'static str,
    current_generation: bool,
    free_tier_eligible: bool,
    supported_usage_classes: [&'static str; 1],
    supported_root_device_types: [&'static str; 1],
    supported_virtualization_types: [&'static str; 1],
    bare_metal: bool,
    processor_info: ProcessorInfo,
    #[serde(rename = "VCpuInfo")]
    vcpu_info: VcpuInfo,
    memory_info: MemoryInfo,
    instance_storage_supported: bool,
    network_info: NetworkInfo,
    hibernation_supported: bool,
    burstable_performance_supported: bool,
    dedicated_hosts_supported: bool,
    auto_recovery_supported: bool,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct ProcessorInfo {
    supported_architectures: [&'static str; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct VcpuInfo {
    #[serde(rename = "DefaultVCpus")]
    default_vcpus: u32,
    default_cores: u32,
    default_threads_per_core: u32,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct MemoryInfo {
    #[serde(rename = "SizeInMiB")]
    size_in_mib: u64,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct NetworkInfo {
    maximum_network_interfaces: usize,
    maximum_network_cards: u32,
    default_network_card_index: u32,
    ipv6_supported: bool,
    efa_supported: bool,
}

impl InstanceTypeInfo {
    fn new(found: &'static InstanceType) -> Self {
        Self {
            instance_type: &found.name,
            current_generation: found.current,
            free_tier_eligible: false,
            supported_usage_classes: ["on-demand"],
            supported_root_device_types: ["ebs"],
            supported_virtualization_types: ["hvm"],
            bare_metal: false,
            processor_info: ProcessorInfo { supported_architectures: ["x86_64"] },
            vcpu_info: VcpuInfo {
                default_vcpus: found.vcpus,
                default_cores: found.vcpus / found.threads_per_core,
                default_threads_per_core: found.threads_per_core,
            },
            memory_info: MemoryInfo { size_in_mib: found.memory_mib },
            instance_storage_supported: false,
            network_info: NetworkInfo {
                maximum_network_interfaces: MAX_INTERFACES,
                maximum_network_cards: 1,
                default_network_card_index: 0,
                ipv6_supported: true,
                efa_supported: false,
            },
            hibernation_supported: false,
            burstable_performance_supported: found.burstable,
            dedicated_hosts_supported: false,
            auto_recovery_supported: false,
        }
    }
}

impl Described for InstanceTypeInfo {
    const FILTERS: &'static [Field<Self>] = &[
        ("auto-recovery-supported", |shown| one(shown.auto_recovery_supported)),
        ("bare-metal", |shown| one(shown.bare_metal)),
        ("burstable-performance-supported", |shown| one(shown.burstable_performance_supported)),
        ("current-generation", |shown| one(shown.current_generation)),
        ("dedicated-hosts-supported", |shown| one(shown.dedicated_hosts_supported)),
        ("free-tier-eligible", |shown| one(shown.free_tier_eligible)),
        ("hibernation-supported", |shown| one(shown.hibernation_supported)),
        ("instance-storage-supported", |shown| one(shown.instance_storage_supported)),
        ("instance-type", |shown| one(shown.instance_type)),
        ("memory-info.size-in-mib", |shown| one(shown.memory_info.size_in_mib)),
        ("network-info.efa-supported", |shown| one(shown.network_info.efa_supported)),
        ("network-info.maximum-network-cards", |shown| one(shown.network_info.maximum_network_cards)),
        ("network-info.ipv6-supported", |shown| one(shown.network_info.ipv6_supported)),
        ("network-info.maximum-network-interfaces", |shown| {
            one(shown.network_info.maximum_network_interfaces)
        }),
        ("processor-info.supported-architecture", |shown| {
            one(shown.processor_info.supported_architectures[0])
        }),
        ("supported-root-device-type", |shown| one(shown.supported_root_device_types[0])),
        ("supported-usage-class", |shown| one(shown.supported_usage_classes[0])),
        ("supported-virtualization-type", |shown| one(shown.supported_virtualization_types[0])),
        ("vcpu-info.default-cores", |shown| one(shown.vcpu_info.default_cores)),
        ("vcpu-info.default-threads-per-core", |shown| one(shown.vcpu_info.default_threads_per_core)),
        ("vcpu-info.default-vcpus", |shown| one(shown.vcpu_info.default_vcpus)),
    ];

    const ABSENT: &'static [&'static str] = &[
        "ebs-info.attachment-limit-type",
        "ebs-info.ebs-optimized-info.baseline-bandwidth-in-mbps",
        "ebs-info.ebs-optimized-info.baseline-iops",
        "ebs-info.ebs-optimized-info.baseline-throughput-in-mbps",
        "ebs-info.ebs-optimized-info.maximum-bandwidth-in-mbps",
        "ebs-info.ebs-optimized-info.maximum-iops",
        "ebs-info.ebs-optimized-info.maximum-throughput-in-mbps",
        "ebs-info.ebs-optimized-support",
        "ebs-info.encryption-support",
        "ebs-info.maximum-ebs-attachments",
        "ebs-info.nvme-support",
        "hypervisor",
        "instance-storage-info.disk.count",
        "instance-storage-info.disk.size-in-gb",
        "instance-storage-info.disk.type",
        "instance-storage-info.encryption-support",
        "instance-storage-info.nvme-support",
        "instance-storage-info.total-size-in-gb",
        "network-info.bandwidth-weightings",
        "network-info.efa-info.maximum-efa-interfaces",
        "network-info.ena-support",
        "network-info.encryption-in-transit-supported",
        "network-info.flexible-ena-queues-support",
        "network-info.ipv4-addresses-per-interface",
        "network-info.ipv6-addresses-per-interface",
        "network-info.network-performance",
        "nitro-enclaves-support",
        "nitro-tpm-info.supported-versions",
        "nitro-tpm-support",
        "processor-info.supported-features",
        "processor-info.sustained-clock-speed-in-ghz",
        "reboot-migration-support",
        "supported-boot-mode",
        "vcpu-info.valid-cores",
        "vcpu-info.valid-threads-per-core",
    ];

    fn id(&self) -> &str {
        self.instance_type
    }

    fn tags(&self) -> &[Tag] {
        &[]
    }
}

impl Query for DescribeInstanceTypes {
    const NAME: &'static str = "DescribeInstanceTypes";
    type Input = DescribeInstanceTypesInput;
    type Output = DescribeInstanceTypesOutput;

    fn run(
        input: &DescribeInstanceTypesInput,
        _: &Reader,
    ) -> Result<DescribeInstanceTypesOutput, ServiceError> {
        let names = input.instance_types.as_deref().unwrap_or_default();
        if let Some(unknown) = names.iter().find(|name| instance_type::find(name).is_none()) {
            return Err(errors::no_such_instance_types(unknown));
        }
        let filters = Filters::<InstanceTypeInfo>::read(input.filters.as_deref())?;
        let named = |found: &&InstanceType| names.is_empty() || names.contains(&found.name);
        let shown = instance_type::all().iter().filter(named).map(InstanceTypeInfo::new);
        let shown = shown.filter(|shown| filters.accept(shown));
        let listing = Listing {
            max_results: input.max_results,
            next_token: input.next_token.as_deref(),
            ..Listing::default()
        };
        let (instance_types, next_token) =
            listing.cut("instance_type", shown, |shown| shown.id().to_owned())?;
        Ok(DescribeInstanceTypesOutput { instance_types, next_token })
    }
}
