/// One size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstanceType {
    /// Such as `t3.micro`.
    pub name: String,
    /// Processors it sees and may use.
    pub vcpus: u32,
    /// Threads that share a core.
    pub threads_per_core: u32,
    /// Memory, in MiB.
    pub memory_mib: u64,
    /// What it reserves, in thousandths of a processor.
    pub cpu_millis: u64,
    /// Whether that is less than its processors.
    pub burstable: bool,
    /// Whether AWS still recommends it.
    pub current: bool,
}
