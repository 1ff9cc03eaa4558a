use super::*;
use controlplane_proto::agent::{Object, SecurityGroup, Subnet, Vpc, object::Object as O};
use controlplane_proto::desired::DesiredSet;

fn vpc(id: &str) -> O {
    O::Vpc(Vpc { id: id.into(), ..Vpc::default() })
}

fn subnet(id: &str, vpc: &str) -> O {
    O::Subnet(Subnet { id: id.into(), vpc_id: vpc.into(), ..Subnet::default() })
}

fn group(id: &str, vpc: &str) -> O {
    O::SecurityGroup(SecurityGroup { id: id.into(), vpc_id: vpc.into(), ..SecurityGroup::default() })
}

fn interface(id: &str) -> O {
    O::NetworkInterface(NetworkInterface {
        id: id.into(),
        vpc_id: "vpc-1".into(),
        subnet_id: "subnet-1".into(),
        security_group_ids: vec!["sg-1".into()],
        ..NetworkInterface::default()
    })
}

fn instance(id: &str, interfaces: &[&str]) -> O {
    let network_interface_ids = interfaces.iter().map(ToString::to_string).collect();
    O::Instance(Instance { id: id.into(), network_interface_ids, ..Instance::default() })
}

fn whole() -> Vec<O> {
    vec![
        vpc("vpc-1"),
        subnet("subnet-1", "vpc-1"),
        group("sg-1", "vpc-1"),
        interface("eni-1"),
        interface("eni-2"),
        instance("i-1", &["eni-1", "eni-2"]),
        instance("i-2", &[]),
    ]
}

fn plan_of(objects: Vec<O>, attached: &[&str]) -> Plan {
    let objects = objects.into_iter().map(|object| Object { object: Some(object) });
    let set = DesiredSet::from_objects(objects).unwrap();
    plan(&View::of(&set), &attached.iter().copied().collect())
}

fn attached(plan: &Plan) -> Vec<(&str, &str, u32)> {
    let all = plan.wanted.state.interfaces.iter();
    all.map(|(id, it)| (id.as_str(), it.instance_id.as_str(), it.device_index)).collect()
}

type Attached<'a> = &'a [(&'a str, &'a str, u32)];

#[test]
fn a_place_without_an_interface_stays_free() {
    let objects = vec![
        vpc("vpc-1"),
        subnet("subnet-1", "vpc-1"),
        group("sg-1", "vpc-1"),
        interface("eni-1"),
        interface("eni-2"),
        instance("i-1", &["eni-1", "", "eni-2"]),
    ];
    let plan = plan_of(objects, &["i-1"]);
    assert_eq!(attached(&plan), [("eni-1", "i-1", 0), ("eni-2", "i-1", 2)]);
    assert!(plan.errors.is_empty(), "{:?}", plan.errors);
}

#[test]
fn interfaces_follow_their_instances() {
    let both = [("eni-1", "i-1", 0), ("eni-2", "i-1", 1)];
    let cases: [(&[&str], Attached); 4] =
        [(&["i-1", "i-2"], &both), (&["i-1"], &both), (&["i-2"], &[]), (&["i-9"], &[])];
    for (instances, expected) in cases {
        let plan = plan_of(whole(), instances);
        assert_eq!(attached(&plan), expected, "{instances:?}");
        assert!(plan.errors.is_empty(), "{:?}", plan.errors);
        assert_eq!(plan.wanted.state.vpcs.len(), 1);
    }
}

#[test]
fn metadata_names_running_instances_with_interfaces_in_order() {
    let plan = plan_of(whole(), &["i-1"]);
    let [(instance, interfaces)] = plan.wanted.metadata.as_slice() else {
        panic!("{:?}", plan.wanted.metadata)
    };
    assert_eq!(instance.id, "i-1");
    assert_eq!(interfaces.iter().map(|it| it.id.as_str()).collect::<Vec<_>>(), ["eni-1", "eni-2"]);
}

#[test]
fn references_that_lead_nowhere_are_errors_of_their_object() {
    let without = |kind: &str, id: &str| -> Vec<O> {
        let keep = |object: &O| {
            let key = ObjectRef::of(&Object { object: Some(object.clone()) }).unwrap();
            !(key.kind == kind && key.id == id)
        };
        whole().into_iter().filter(keep).collect()
    };
    let cases = [
        (
            without("network_interface", "eni-1"),
            "network_interface",
            "eni-1",
            "i-1 refers to it, but it is not there",
        ),
        (
            without("subnet", "subnet-1"),
            "network_interface",
            "eni-2",
            "subnet \"subnet-1\" is not in the desired set",
        ),
        (
            without("security_group", "sg-1"),
            "network_interface",
            "eni-1",
            "security_group \"sg-1\" is not in the desired set",
        ),
        (without("vpc", "vpc-1"), "network_interface", "eni-1", "vpc \"vpc-1\" is not in the desired set"),
        (without("vpc", "vpc-1"), "subnet", "subnet-1", "vpc \"vpc-1\" is not in the desired set"),
        (without("vpc", "vpc-1"), "security_group", "sg-1", "vpc \"vpc-1\" is not in the desired set"),
    ];
    for (objects, kind, id, reason) in cases {
        let plan = plan_of(objects, &["i-1"]);
        let found = plan.errors.iter().find(|(key, _)| key.kind == kind && key.id == id);
        assert_eq!(found.map(|(_, reason)| reason.as_str()), Some(reason), "{kind} {id}");
        assert!(!plan.wanted.state.interfaces.contains_key(id));
        assert!(!plan.wanted.state.subnets.contains_key(id));
    }
}

#[test]
fn an_interface_has_one_owner() {
    let mut objects = whole();
    objects.push(instance("i-3", &["eni-1"]));
    let plan = plan_of(objects, &["i-1", "i-3"]);
    assert_eq!(attached(&plan), [("eni-1", "i-1", 0), ("eni-2", "i-1", 1)]);
    let reasons: Vec<_> = plan.errors.values().collect();
    assert_eq!(reasons, ["it belongs to i-1 and cannot belong to i-3 too"]);
}
