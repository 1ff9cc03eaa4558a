//! What nodes are told follows what is changed through the AWS door, for things that stand between a request and a machine:
//! prefix lists and DHCP option sets.

use super::credentials::{ACCOUNT, between, gateway, send};
use super::{Cluster, run};
use crate::agents::{Networks, Touched, of_node};
use crate::core::Core;
use crate::gateway::Gateway;
use crate::replica::Followed;
use crate::writer::Work;
use controlplane_proto::agent::agent_message::Message as FromAgent;
use controlplane_proto::agent::server_message::Message as ToAgent;
use controlplane_proto::agent::{
    AgentMessage, Capacity as HelloCapacity, CredentialsRequest, DhcpOptions, HealthReport, Heartbeat, Hello,
    Instance, Resolver, RoleCredentials, object, route, security_group_rule,
};
use controlplane_proto::desired::DesiredSet;
use controlplane_proto::dns::{FeedMessage, FeedStatus, HealthObservation, NodeVotes};
use controlplane_services_ec2::image::BUILTIN_WEB_ID;
use controlplane_services_ec2::vpc;
use controlplane_services_kernel::{Caller, Operation, Reader};
use controlplane_services_native::node::{Capacity, RegisterNode, RegisterNodeInput};
use controlplane_types::Timestamp;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

const NODE: &str = "n1";

/// A region with one node and one instance on it, in the default VPC.
struct Setting<'c> {
    cluster: &'c Cluster,
    core: &'c Core,
    gateway: Arc<Gateway>,
}

impl<'c> Setting<'c> {
    async fn new(cluster: &'c Cluster, core: &'c Core) -> Self {
        let input = RegisterNodeInput {
            node: NODE.into(),
            boot_id: "boot".into(),
            agent_version: "0.1.0".into(),
            labels: [("zone".to_owned(), "us-east-1a".to_owned())].into(),
            capacity: Capacity { vcpus: 4, memory_mib: 8_192, disk_mib: 10_000, allocatable: None },
            underlay_address: "127.0.0.1".into(),
            taints: Vec::new(),
        };
        let register = Work::new(Caller::system("us-east-1".into()), move |cx| {
            RegisterNode::run(&input, cx).map(|_| Box::new(()) as _)
        });
        core.writer.write(register).await.expect("a node");
        let setting = Self { cluster, core, gateway: gateway(core) };
        let run = json!({
            "ImageId": BUILTIN_WEB_ID, "InstanceType": "t3.nano", "MinCount": 1, "MaxCount": 1,
            "Placement": {"AvailabilityZone": "us-east-1a"},
        });
        setting.ok("RunInstances", run).await;
        setting
    }

    async fn ok(&self, action: &str, input: Value) -> String {
        self.ok_of("ec2", action, input).await
    }

    async fn ok_of(&self, service: &str, action: &str, input: Value) -> String {
        let root = self.cluster.root_key(self.core);
        let call = (service, action, &input);
        let (status, _, text) = send(&self.gateway, &root, self.core.runtime.now(), call).await;
        assert!(matches!(status, 200 | 201), "{action}: {text}");
        // What is looked at next is what is applied here.
        self.core.reads.applied().await.expect("a leader");
        text
    }

    /// The same, and whether the commit says that the node is concerned.
    async fn concerns(&self, action: &str, input: Value) -> bool {
        self.concerns_of("ec2", action, input).await
    }

    async fn concerns_of(&self, service: &str, action: &str, input: Value) -> bool {
        let mut follower = self.core.replica.follow();
        self.ok_of(service, action, input).await;
        let mut found = Touched::default();
        if let Followed::Commit(commit) = follower.next().await {
            found.add(&commit);
        }
        let told = self.told();
        let mut hosted = told.iter().filter_map(|(_, told)| match &told.object {
            Some(object::Object::Vpc(vpc)) => Some(&vpc.id),
            _ => None,
        });
        found.nodes.contains_key(NODE) || hosted.any(|id| found.vpcs.contains(id))
    }

    fn told(&self) -> DesiredSet {
        let view = self.core.replica.applied().view;
        of_node(&view, &Networks::default(), &"us-east-1".into(), NODE)
    }

    fn instance(&self) -> Instance {
        let told = self.told();
        let found = told.iter().find_map(|(_, told)| match &told.object {
            Some(object::Object::Instance(instance)) => Some(instance.clone()),
            _ => None,
        });
        found.expect("an instance")
    }

    /// Blocks of the rules for port 22, and the internet's routes of the subnets.
    fn blocks(&self) -> (BTreeSet<String>, BTreeSet<String>) {
        let (mut rules, mut routes) = (BTreeSet::new(), BTreeSet::new());
        for (_, told) in self.told().iter() {
            match &told.object {
                Some(object::Object::SecurityGroup(group)) => {
                    let ssh = group.rules.iter().filter(|rule| rule.from_port == 22);
                    rules.extend(ssh.filter_map(|rule| match &rule.peer {
                        Some(security_group_rule::Peer::Cidr(block)) => Some(block.clone()),
                        _ => None,
                    }));
                }
                Some(object::Object::Subnet(subnet)) => {
                    let gateway = i32::from(route::Target::InternetGateway);
                    let out = subnet.routes.iter().filter(|route| route.target == gateway);
                    routes.extend(out.map(|route| route.destination.clone()));
                }
                _ => {}
            }
        }
        (rules, routes)
    }

    /// The resolver of the only VPC here, and private zones with how many record sets each.
    fn names(&self) -> (Resolver, BTreeMap<String, usize>) {
        let (mut resolver, mut zones) = (Resolver::default(), BTreeMap::new());
        for (_, told) in self.told().iter() {
            match &told.object {
                Some(object::Object::Resolver(told)) => resolver = told.clone(),
                Some(object::Object::PrivateZone(zone)) => drop(zones.entry(zone.id.clone()).or_default()),
                Some(object::Object::PrivateRecordSet(set)) => {
                    let key = set.record_set.as_ref().and_then(|set| set.key.clone()).expect("a key");
                    *zones.entry(key.zone_id).or_default() += 1;
                }
                _ => {}
            }
        }
        (resolver, zones)
    }

    /// The names of all zones that record sets told to a DNS server lie in.
    async fn served_by_dns(&self) -> BTreeSet<String> {
        let (to_server, mut from_server) = self.core.dns_feed.connect();
        to_server
            .send(FeedStatus { server: "ns1".into(), ..FeedStatus::default() })
            .await
            .expect("a session");
        let snapshot = from_server.recv().await.expect("a snapshot");
        let zones: BTreeSet<String> = snapshot.zones.into_iter().map(|zone| zone.name).collect();
        let sets = snapshot.record_sets.into_iter().filter_map(|set| Some(set.key?.name));
        assert_eq!(sets.collect::<BTreeSet<String>>(), zones, "apexes only");
        zones
    }

    fn default_vpc(&self) -> String {
        let caller = Caller::controller(ACCOUNT.into(), "us-east-1".into(), "test");
        let view = self.core.replica.applied().view;
        vpc::default_of(&Reader::new(view, caller, Timestamp::default())).expect("a default VPC")
    }
}

fn set(texts: &[&str]) -> BTreeSet<String> {
    texts.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn entries_of_prefix_lists_reach_the_machines() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let setting = Setting::new(&cluster, core).await;
        let made = setting
            .ok(
                "CreateManagedPrefixList",
                json!({
                    "PrefixListName": "office", "AddressFamily": "IPv4", "MaxEntries": 5,
                    "Entries": [{"Cidr": "192.0.2.0/24"}],
                }),
            )
            .await;
        let list = between(&made, "prefixListId").expect("an id");
        let group =
            between(&setting.ok("DescribeSecurityGroups", json!({})).await, "groupId").expect("a group");
        let permission = json!({"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "PrefixListIds": [{"PrefixListId": list}]});
        let allow = json!({"GroupId": group, "IpPermissions": [permission]});
        assert!(setting.concerns("AuthorizeSecurityGroupIngress", allow).await);
        let tables = setting.ok("DescribeRouteTables", json!({})).await;
        let table = between(&tables, "routeTableId").expect("a table");
        let gateways = setting.ok("DescribeInternetGateways", json!({})).await;
        let gateway = between(&gateways, "internetGatewayId").expect("a gateway");
        let route = json!({"RouteTableId": table, "DestinationPrefixListId": list, "GatewayId": gateway});
        assert!(setting.concerns("CreateRoute", route).await);
        assert_eq!(setting.blocks(), (set(&["192.0.2.0/24"]), set(&["0.0.0.0/0", "192.0.2.0/24"])));
        let change = json!({
            "PrefixListId": list, "CurrentVersion": 1, "AddEntries": [{"Cidr": "198.51.100.0/24"}],
            "RemoveEntries": [{"Cidr": "192.0.2.0/24"}],
        });
        assert!(setting.concerns("ModifyManagedPrefixList", change).await, "only the list was changed");
        assert_eq!(setting.blocks(), (set(&["198.51.100.0/24"]), set(&["0.0.0.0/0", "198.51.100.0/24"])));
        let restore = json!({"PrefixListId": list, "PreviousVersion": 1, "CurrentVersion": 2});
        assert!(setting.concerns("RestoreManagedPrefixListVersion", restore).await);
        assert_eq!(setting.blocks().0, set(&["192.0.2.0/24"]));
        let other = json!({"PrefixListName": "other", "AddressFamily": "IPv4", "MaxEntries": 1});
        assert!(!setting.concerns("CreateManagedPrefixList", other).await, "nobody refers to it");
    });
}

#[test]
fn dhcp_options_reach_the_machines() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let setting = Setting::new(&cluster, core).await;
        let of_default = DhcpOptions {
            domain_name_servers: vec!["172.31.0.2".into()],
            domain_names: vec!["ec2.internal".into()],
        };
        assert_eq!(setting.instance().dhcp_options.as_deref(), Some(&of_default));
        let options = json!({"DhcpConfigurations": [
            {"Key": "domain-name-servers", "Values": ["192.0.2.53", "192.0.2.54"]},
            {"Key": "domain-name", "Values": ["corp.example"]},
        ]});
        let made = setting.ok("CreateDhcpOptions", options).await;
        let id = between(&made, "dhcpOptionsId").expect("an id");
        let vpc = setting.default_vpc();
        let associate = |id: &str| json!({"DhcpOptionsId": id, "VpcId": vpc});
        assert!(setting.concerns("AssociateDhcpOptions", associate(&id)).await);
        let told = setting.instance().dhcp_options.expect("options");
        assert_eq!(told.domain_name_servers, ["192.0.2.53", "192.0.2.54"]);
        assert_eq!(told.domain_names, ["corp.example"]);
        assert!(setting.concerns("AssociateDhcpOptions", associate("default")).await);
        assert_eq!(setting.instance().dhcp_options.as_deref(), Some(&of_default));
    });
}

#[test]
fn private_zones_reach_the_machines_of_their_vpcs_and_no_dns_server() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let setting = Setting::new(&cluster, core).await;
        let vpc = setting.default_vpc();
        let create = |name: &str, vpc: Value| json!({"Name": name, "CallerReference": name, "VPC": vpc});
        let here = json!({"VPCId": vpc, "VPCRegion": "us-east-1"});
        assert!(setting.concerns_of("route53", "CreateHostedZone", create("corp.test", here.clone())).await);
        let made = setting.ok("CreateVpc", json!({"CidrBlock": "10.9.0.0/16"})).await;
        let elsewhere = json!({"VPCId": between(&made, "vpcId"), "VPCRegion": "us-east-1"});
        let other = create("other.test", elsewhere.clone());
        assert!(
            !setting.concerns_of("route53", "CreateHostedZone", other).await,
            "nothing of the VPC is here"
        );
        let (resolver, zones) = setting.names();
        assert!(resolver.enabled && resolver.hostnames && resolver.zone_ids.len() == 1, "{resolver:?}");
        let id = zones.into_iter().next().expect("a zone").0;
        let record = json!({"Name": "db.corp.test", "Type": "A", "TTL": 60, "ResourceRecords": [{"Value": "10.0.0.9"}]});
        let batch = json!({"HostedZoneId": id, "ChangeBatch": {"Changes": [
            {"Action": "CREATE", "ResourceRecordSet": record},
        ]}});
        assert!(setting.concerns_of("route53", "ChangeResourceRecordSets", batch).await);
        assert_eq!(setting.names().1, [(id.clone(), 3)].into(), "SOA, NS and the new one");
        let associate = json!({"HostedZoneId": id, "VPC": elsewhere});
        assert!(setting.concerns_of("route53", "AssociateVPCWithHostedZone", associate).await);
        let public = json!({"Name": "public.test", "CallerReference": "p"});
        assert!(!setting.concerns_of("route53", "CreateHostedZone", public).await);
        assert_eq!(setting.served_by_dns().await, set(&["public.test."]));
        for (attribute, told) in [("EnableDnsHostnames", true), ("EnableDnsSupport", false)] {
            let off = json!({"VpcId": vpc, attribute: {"Value": false}});
            assert!(setting.concerns("ModifyVpcAttribute", off).await);
            let (resolver, zones) = setting.names();
            assert_eq!((resolver.enabled, zones.len()), (told, 0), "both attributes have to be on");
        }
    });
}

/// The next table of what nodes see, whatever else comes before.
async fn node_votes(messages: &mut mpsc::Receiver<FeedMessage>) -> Vec<NodeVotes> {
    loop {
        if let Some(table) = messages.recv().await.expect("the session goes on").node_votes {
            return table.votes;
        }
    }
}

#[test]
fn checks_of_a_vpc_go_to_its_nodes_and_their_votes_to_the_dns_servers() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let setting = Setting::new(&cluster, core).await;
        let config = json!({"Type": "TCP", "IPAddress": "172.31.0.9", "Port": 80});
        let create = json!({"CallerReference": "c", "HealthCheckConfig": config});
        let made = setting.ok_of("route53", "CreateHealthCheck", create).await;
        let id = between(&made, "Id").expect("an id");
        assert_eq!(setting.told().ids("private_health_check").count(), 0);
        let tag = json!({"Key": "hearth:vpc", "Value": setting.default_vpc()});
        let tagged = json!({"ResourceType": "healthcheck", "ResourceId": id, "AddTags": [tag]});
        assert!(setting.concerns_of("route53", "ChangeTagsForResource", tagged).await);
        assert_eq!(setting.told().ids("private_health_check").collect::<Vec<_>>(), [id.as_str()]);

        let (to_server, mut at_dns) = core.dns_feed.connect();
        let hello = FeedStatus { server: "ns1".into(), takes_node_votes: true, ..FeedStatus::default() };
        to_server.send(hello.clone()).await.expect("a session");
        let snapshot = at_dns.recv().await.expect("a snapshot");
        assert_eq!(snapshot.health_checks[0].vpc_id, setting.default_vpc());
        let (to_server, _from_server) = core.agents.connect();
        let seen = |id: &str| HealthObservation {
            health_check_id: id.into(),
            status: "Failure: no answer".into(),
            ..HealthObservation::default()
        };
        let observations = vec![seen(&id), seen("of somebody else")];
        for message in [hello_of(NODE), FromAgent::HealthReport(HealthReport { observations })] {
            to_server.send(AgentMessage { message: Some(message) }).await.expect("a session");
        }
        let counted = vec![NodeVotes { health_check_id: id.clone(), healthy: 0, total: 1 }];
        assert_eq!(node_votes(&mut at_dns).await, counted);
        let shown = setting.ok_of("route53", "GetHealthCheckStatus", json!({"HealthCheckId": id})).await;
        assert!(shown.contains("Failure: no answer") && shown.contains("127.0.0.1"), "{shown}");

        let (statuses, mut at_late) = core.dns_feed.connect();
        statuses.send(FeedStatus { server: "ns2".into(), ..hello }).await.expect("a session");
        assert_eq!(node_votes(&mut at_late).await, counted, "who comes later gets it at once");
        assert!(node_votes(&mut at_dns).await.is_empty(), "the agent said nothing more");
    });
}

fn hello_of(node: &str) -> FromAgent {
    FromAgent::Hello(Hello {
        node: node.into(),
        boot_id: "boot".into(),
        agent_version: "0.1.0".into(),
        labels: [("zone".to_owned(), "us-east-1a".to_owned())].into(),
        capacity: Some(HelloCapacity { vcpus: 4, memory_mib: 8_192, disk_mib: 10_000, allocatable: None }),
        underlay_address: "127.0.0.1".into(),
        ..Hello::default()
    })
}

/// What the agent of `node` is given for an instance, if anything. An agent that gets nothing for what it asked gets its
/// heartbeat acknowledged all the same.
async fn credentials_for(core: &Core, node: &str, instance_id: &str) -> Option<RoleCredentials> {
    let (to_server, mut from_server) = core.agents.connect();
    let say = async |message| {
        let message = AgentMessage { message: Some(message) };
        to_server.send(message).await.expect("a session");
    };
    say(hello_of(node)).await;
    say(FromAgent::CredentialsRequest(CredentialsRequest { instance_id: instance_id.into() })).await;
    core.runtime.sleep(Duration::from_secs(2)).await;
    say(FromAgent::Heartbeat(Heartbeat { sequence: 7 })).await;
    loop {
        match from_server.recv().await.and_then(|message| message.message).expect("an answer") {
            ToAgent::RoleCredentials(given) => return Some(given),
            ToAgent::HeartbeatAck(_) => return None,
            _ => {}
        }
    }
}

#[test]
fn credentials_are_for_the_node_that_has_the_instance() {
    run(1, |cluster| async move {
        let (_, core) = cluster.leader().await;
        let setting = Setting::new(&cluster, core).await;
        let id = setting.instance().id;
        assert_eq!(credentials_for(core, NODE, &id).await, None, "it has no profile");
        let trust = json!({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole",
        }]});
        let root = cluster.root_key(core);
        for (action, input) in [
            ("CreateRole", json!({"RoleName": "reader", "AssumeRolePolicyDocument": trust.to_string()})),
            ("CreateInstanceProfile", json!({"InstanceProfileName": "web"})),
            ("AddRoleToInstanceProfile", json!({"InstanceProfileName": "web", "RoleName": "reader"})),
        ] {
            let (status, _, text) =
                send(&setting.gateway, &root, core.runtime.now(), ("iam", action, &input)).await;
            assert_eq!(status, 200, "{action}: {text}");
        }
        let associate = json!({"InstanceId": id, "IamInstanceProfile": {"Name": "web"}});
        setting.ok("AssociateIamInstanceProfile", associate).await;
        let given = credentials_for(core, NODE, &id).await.expect("credentials");
        assert_eq!((given.role.as_str(), given.error_code.as_str()), ("reader", ""));
        assert!(given.access_key_id.starts_with("ASIA"));
        assert_eq!(credentials_for(core, "n2", &id).await, None, "it is on another node");
        assert_eq!(credentials_for(core, NODE, "i-0aaaaaaaaaaaaaaaa").await, None);
    });
}
