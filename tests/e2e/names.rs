//! The resolvers of VPCs, asked by packets from inside: private zones, what every VPC knows by itself, and the region's
//! public zones.

use crate::lab::{Component, Lab, Member, PATIENCE, said, same, until};
use std::process::Command;

/// Where the resolver of both VPCs is: they have the same block.
const RESOLVER: &str = "10.0.0.2";
const EVERYWHERE: &str = "169.254.169.253";

#[test]
fn private_zones_are_answered_where_their_vpc_is() {
    let mut lab = Lab::start();
    lab.applied(REGION);
    let inside = ["red", "blue", "red-2"].map(|name| {
        lab.ok(&["wait", "instance", name, "--for=status.state=running"]);
        lab.instance(name)
    });
    let [red, blue, second] = &inside;
    each_vpc_has_its_own_zone_of_a_name(&lab, red, blue);
    encrypted_questions_have_the_same_answers(&lab, red, blue);
    no_query_falls_through(&lab, red, blue);
    names_and_addresses_lead_to_each_other(&lab, red, second);
    programs_find_each_other_by_name(&lab, red);
    public_zones_are_known_inside(&lab, red);
    a_change_arrives(&lab, red);
    answers_go_on_without_a_control_plane(&mut lab, red, blue);
}

/// What `dig` says of a name, asked by an instance: response code, then the values.
fn asked(lab: &Lab, from: &Member, server: &str, question: &[&str]) -> Result<(String, Vec<String>), String> {
    let namespace = lab.machine.run_dir().join("network").join(format!("instance-{}", from.id));
    let mut dig = Command::new("nsenter");
    dig.arg(format!("--net={}", namespace.display()))
        .args(["dig", &format!("@{server}"), "+time=2", "+tries=1", "+noall", "+comments", "+answer"])
        .args(question);
    let output = dig.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let code = text.split("status: ").nth(1).and_then(|rest| rest.split(',').next());
    let code = code.ok_or_else(|| said(&output))?.to_owned();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with(';'));
    Ok((code, lines.filter_map(|line| Some(line.split_whitespace().nth(4)?.to_owned())).collect()))
}

fn until_asked(lab: &Lab, from: &Member, question: &[&str], code: &str, values: &[&str]) {
    let wanted = (code.to_owned(), values.iter().map(|value| (*value).to_owned()).collect::<Vec<_>>());
    until(&format!("{question:?} from {}", from.id), PATIENCE, || {
        same(&asked(lab, from, RESOLVER, question)?, &wanted)
    });
}

/// Over datagrams and connections, at both addresses, whatever the security group says.
fn each_vpc_has_its_own_zone_of_a_name(lab: &Lab, red: &Member, blue: &Member) {
    for (from, value) in [(red, "192.0.2.1"), (blue, "192.0.2.2")] {
        until_asked(lab, from, &["db.corp.test", "A"], "NOERROR", &[value]);
        let found =
            |server, more: &[&str]| asked(lab, from, server, &[&["db.corp.test", "A"], more].concat());
        let expected = ("NOERROR".to_owned(), vec![value.to_owned()]);
        assert_eq!(found(RESOLVER, &["+tcp"]).as_ref(), Ok(&expected));
        assert_eq!(found(EVERYWHERE, &[]).as_ref(), Ok(&expected));
        assert_eq!(found(EVERYWHERE, &["+tcp"]).as_ref(), Ok(&expected));
    }
}

/// Under the cluster's own authority, by the name that the machine's certificate has for resolvers.
fn encrypted_questions_have_the_same_answers(lab: &Lab, red: &Member, blue: &Member) {
    let authority = lab.machine.data_dir().join("pki/ca.pem");
    let (trusted, name) =
        (format!("+tls-ca={}", authority.display()), "+tls-hostname=resolver.hearth.internal");
    for (from, value) in [(red, "192.0.2.1"), (blue, "192.0.2.2")] {
        for way in ["+tls", "+https", "+https-get"] {
            for server in [RESOLVER, EVERYWHERE] {
                let found = asked(lab, from, server, &["db.corp.test", "A", way, &trusted, name]);
                assert_eq!(found, Ok(("NOERROR".to_owned(), vec![value.to_owned()])), "{way} {server}");
            }
        }
    }
}

/// Not to the public zone of the same name, not to the other VPC's, not to a private zone above.
fn no_query_falls_through(lab: &Lab, red: &Member, blue: &Member) {
    until("the public zone is served", PATIENCE, || {
        same(&lab.answers("www.corp.test", "A"), &vec!["198.51.100.1".to_owned()])
    });
    assert_eq!(lab.answers("db.corp.test", "A"), Vec::<String>::new(), "private names are nobody else's");
    for (from, name) in [(red, "www.corp.test"), (blue, "red.corp.test"), (red, "above.deep.corp.test")] {
        until_asked(lab, from, &[name, "A"], "NXDOMAIN", &[]);
    }
    until_asked(lab, red, &["db.corp.test", "AAAA"], "NOERROR", &[]);
    until_asked(lab, red, &["here.deep.corp.test", "A"], "NOERROR", &["192.0.2.3"]);
}

fn names_and_addresses_lead_to_each_other(lab: &Lab, red: &Member, second: &Member) {
    for member in [red, second] {
        let name = format!("ip-{}.ec2.internal", member.private.replace('.', "-"));
        until_asked(lab, red, &[&name, "A"], "NOERROR", &[&member.private]);
        until_asked(lab, red, &["-x", &member.private], "NOERROR", &[&format!("{name}.")]);
    }
    until_asked(lab, red, &["-x", "10.0.1.250"], "NXDOMAIN", &[]);
    until_asked(lab, red, &["localhost", "A"], "NOERROR", &["127.0.0.1"]);
}

/// By the file every instance has, and the domain it searches.
fn programs_find_each_other_by_name(lab: &Lab, red: &Member) {
    let output = lab.exec(&red.id, &["cat", "/etc/resolv.conf"]);
    assert_eq!(
        String::from_utf8_lossy(&output.stdout),
        format!("search ec2.internal\nnameserver {RESOLVER}\n")
    );
    let output = lab.exec(&red.id, &["nslookup", "peer.corp.test"]);
    assert!(String::from_utf8_lossy(&output.stdout).contains("10.0.1.77"), "{}", said(&output));
}

fn public_zones_are_known_inside(lab: &Lab, red: &Member) {
    until_asked(lab, red, &["www.public.test", "A"], "NOERROR", &["198.51.100.2"]);
    until_asked(lab, red, &["no.public.test", "A"], "NXDOMAIN", &[]);
    let alias = ["out.corp.test", "A"];
    until_asked(lab, red, &alias, "NOERROR", &["www.public.test.", "198.51.100.2"]);
}

fn a_change_arrives(lab: &Lab, red: &Member) {
    lab.applied(&record("red", "db.corp.test", "192.0.2.9"));
    until_asked(lab, red, &["db.corp.test", "A"], "NOERROR", &["192.0.2.9"]);
    lab.applied(&record("red", "new.corp.test", "192.0.2.10"));
    until_asked(lab, red, &["new.corp.test", "A"], "NOERROR", &["192.0.2.10"]);
}

/// Also after the agent was started again: what it holds is on its disk.
fn answers_go_on_without_a_control_plane(lab: &mut Lab, red: &Member, blue: &Member) {
    lab.kill(Component::Server);
    lab.kill(Component::Dns);
    until_asked(lab, red, &["db.corp.test", "A"], "NOERROR", &["192.0.2.9"]);
    lab.kill(Component::Agent);
    lab.start_component(Component::Agent);
    for (from, value) in [(red, "192.0.2.9"), (blue, "192.0.2.2")] {
        until_asked(lab, from, &["db.corp.test", "A"], "NOERROR", &[value]);
    }
}

fn record(zone: &str, name: &str, value: &str) -> String {
    format!(
        "kind: RecordSet
metadata: {{name: {zone}-{}}}
spec: {{hostedZoneId: {zone}, name: {name}, type: A, ttl: 60, resourceRecords: [{value}]}}
",
        name.replace('.', "-")
    )
}

/// Two VPCs with one block and one zone name. Nothing may leave `red`'s instances by their security group.
const REGION: &str = "kind: Vpc
metadata: {name: red}
spec: {cidrBlock: 10.0.0.0/16, enableDnsHostnames: true}
---
kind: Vpc
metadata: {name: blue}
spec: {cidrBlock: 10.0.0.0/16, enableDnsHostnames: true}
---
kind: Subnet
metadata: {name: red}
spec: {vpcId: red, availabilityZone: us-east-1a, cidrBlock: 10.0.1.0/24}
---
kind: Subnet
metadata: {name: blue}
spec: {vpcId: blue, availabilityZone: us-east-1a, cidrBlock: 10.0.1.0/24}
---
kind: SecurityGroup
metadata: {name: red}
spec:
  vpcId: red
  description: Web pages only
  ingress: [{ipProtocol: tcp, fromPort: 80, toPort: 80, cidrIp: 0.0.0.0/0}]
  egress: [{ipProtocol: tcp, fromPort: 80, toPort: 80, cidrIp: 0.0.0.0/0}]
---
kind: SecurityGroup
metadata: {name: blue}
spec: {vpcId: blue, description: Anything out}
---
kind: Instance
metadata: {name: red}
spec: {imageId: hearth/web, instanceType: t3.nano, subnetId: red, securityGroupIds: [red]}
---
kind: Instance
metadata: {name: red-2}
spec: {imageId: hearth/web, instanceType: t3.nano, subnetId: red, securityGroupIds: [red], privateIpAddress: 10.0.1.77}
---
kind: Instance
metadata: {name: blue}
spec: {imageId: hearth/web, instanceType: t3.nano, subnetId: blue, securityGroupIds: [blue]}
---
kind: HostedZone
metadata: {name: red}
spec: {name: corp.test, vpcs: [{vpcId: red}]}
---
kind: HostedZone
metadata: {name: red-deep}
spec: {name: deep.corp.test, vpcs: [{vpcId: red}]}
---
kind: HostedZone
metadata: {name: blue}
spec: {name: corp.test, vpcs: [{vpcId: blue}]}
---
kind: HostedZone
metadata: {name: corp-public}
spec: {name: corp.test}
---
kind: HostedZone
metadata: {name: public}
spec: {name: public.test}
---
kind: RecordSet
metadata: {name: red-db-corp-test}
spec: {hostedZoneId: red, name: db.corp.test, type: A, ttl: 60, resourceRecords: [192.0.2.1]}
---
kind: RecordSet
metadata: {name: red-red}
spec: {hostedZoneId: red, name: red.corp.test, type: A, ttl: 60, resourceRecords: [192.0.2.4]}
---
kind: RecordSet
metadata: {name: red-above}
spec: {hostedZoneId: red, name: above.deep.corp.test, type: A, ttl: 60, resourceRecords: [192.0.2.5]}
---
kind: RecordSet
metadata: {name: red-peer}
spec: {hostedZoneId: red, name: peer.corp.test, type: A, ttl: 60, resourceRecords: [10.0.1.77]}
---
kind: RecordSet
metadata: {name: red-out}
spec: {hostedZoneId: red, name: out.corp.test, type: CNAME, ttl: 60, resourceRecords: [www.public.test]}
---
kind: RecordSet
metadata: {name: deep-here}
spec: {hostedZoneId: red-deep, name: here.deep.corp.test, type: A, ttl: 60, resourceRecords: [192.0.2.3]}
---
kind: RecordSet
metadata: {name: blue-db}
spec: {hostedZoneId: blue, name: db.corp.test, type: A, ttl: 60, resourceRecords: [192.0.2.2]}
---
kind: RecordSet
metadata: {name: corp-www}
spec: {hostedZoneId: corp-public, name: www.corp.test, type: A, ttl: 60, resourceRecords: [198.51.100.1]}
---
kind: RecordSet
metadata: {name: public-www}
spec: {hostedZoneId: public, name: www.public.test, type: A, ttl: 60, resourceRecords: [198.51.100.2]}
";
