//! Desired objects for tests.

use controlplane_proto::agent::instance::Target;
use controlplane_proto::agent::object::Object as O;
use controlplane_proto::agent::{
    Generation, Image, Instance, NetworkInterface, Object, SecurityGroup, Subnet, Vpc,
};

/// A VPC, a subnet, a group and an image.
pub(crate) fn ground() -> Vec<Object> {
    let group = SecurityGroup { id: "sg-1".into(), vpc_id: "vpc-1".into(), ..SecurityGroup::default() };
    let cidrs = vec!["10.0.0.0/16".to_owned()];
    let subnet =
        Subnet { id: "subnet-1".into(), vpc_id: "vpc-1".into(), cidrs: cidrs.clone(), ..Subnet::default() };
    [
        O::Vpc(Vpc { id: "vpc-1".into(), vni: 1, cidrs, ..Vpc::default() }),
        O::Subnet(subnet),
        O::SecurityGroup(group),
        O::Image(image("ami-1")),
    ]
    .map(object)
    .to_vec()
}

pub(crate) fn image(id: &str) -> Image {
    Image { id: id.into(), digest: digest(id), source: "builtin:web".into(), ..Image::default() }
}

/// The digest of [`image`], for ids like `ami-1`.
pub(crate) fn digest(id: &str) -> String {
    format!("sha256:{:0>64}", id.trim_start_matches("ami-"))
}

/// Instance `i-<number>` with one interface.
pub(crate) fn instance(number: u32, run: u64, target: Target) -> Vec<Object> {
    let interface = NetworkInterface {
        id: format!("eni-{number}"),
        vpc_id: "vpc-1".into(),
        subnet_id: "subnet-1".into(),
        mac_address: format!("02:00:00:00:{:02x}:{:02x}", number >> 8, number & 0xff),
        private_addresses: vec![format!("10.0.{}.{}", number >> 8, number & 0xff)],
        security_group_ids: vec!["sg-1".into()],
        ..NetworkInterface::default()
    };
    let instance = Instance {
        id: format!("i-{number}"),
        run,
        target: target.into(),
        image_id: "ami-1".into(),
        vcpus: 1,
        memory_mib: 128,
        network_interface_ids: vec![interface.id.clone()],
        hostname: format!("ip-10-0-0-{number}"),
        ..Instance::default()
    };
    vec![object(O::NetworkInterface(interface)), object(O::Instance(instance))]
}

pub(crate) fn object(object: O) -> Object {
    Object { object: Some(object) }
}

pub(crate) fn generation(index: u64) -> Generation {
    Generation { cluster_id: "cluster".into(), incarnation: 1, index }
}
