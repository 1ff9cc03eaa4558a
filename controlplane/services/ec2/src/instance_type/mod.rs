//! The sizes an instance can have: AWS's names with AWS's processors and memory, enforced on the node.
//!
//! The catalogue is part of the program and not a record: a type means the same everywhere and for ever. It holds the
//! x86-64 families people name in templates; a size without processors of its own (graphics, local disks) is left out
//! rather than promised.
//!
//! What readers get wrong: `vcpus` is what an instance may use at most, `cpu_millis` is what it reserves. Types
//! with burstable performance (t2, t3, t3a) reserve their baseline, a fraction of each processor, exactly as AWS sells
//! them; all others reserve whole processors. Memory is always reserved in full.
//!
//! <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-types.html>,
//! baselines: <https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/burstable-credits-baseline-concepts.html>

mod catalogue;
mod ops;
mod types;

#[cfg(test)]
mod tests;

pub use catalogue::{DEFAULT, all, find, require};
pub(crate) use ops::{describe_instance_type_offerings, describe_instance_types};
pub use types::InstanceType;
