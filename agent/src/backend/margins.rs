use std::collections::BTreeMap;

/// How much of something is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margin {
    /// What can still be had.
    pub available: u64,
    /// All there is; 0 when it is not counted.
    pub total: u64,
}

/// What a machine has left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Margins {
    /// Bytes of memory.
    pub memory: Margin,
    /// Bytes of the file system with images and root file systems.
    pub disk: Margin,
    /// Inodes of that file system.
    pub inodes: Margin,
    /// Process ids.
    pub pids: Margin,
}

/// What an instance takes of its machine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Footprint {
    /// Bytes of memory.
    pub memory_bytes: u64,
    /// Processes and threads.
    pub pids: u64,
    /// Bytes its root file system adds to its image.
    pub disk_bytes: u64,
}

/// By instance.
pub type Footprints = BTreeMap<String, Footprint>;
