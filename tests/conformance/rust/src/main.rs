//! The two-tier set-up through the SDK for Rust: built, read back, changed, taken down.
//!
//! A workspace of its own: the SDK's crates are large, and nothing that Hearth ships has anything of them.

use aws_sdk_autoscaling::Client as AutoScaling;
use aws_sdk_autoscaling::types::{AutoScalingGroup, LaunchTemplateSpecification};
use aws_sdk_ec2::Client as Ec2;
use aws_sdk_ec2::client::Waiters as _;
use aws_sdk_ec2::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_ec2::types::{
    AttributeBooleanValue, Filter, InstanceStateName, InstanceType, IpPermission, IpRange,
    RequestLaunchTemplateData, ResourceType, Tag, TagSpecification,
};
use aws_sdk_route53::Client as Route53;
use aws_sdk_route53::client::Waiters as _;
use aws_sdk_route53::types::{Change, ChangeAction, ChangeBatch, ResourceRecord, ResourceRecordSet, RrType};
use aws_smithy_http_client::Builder;
use std::env::var;
use std::error::Error;
use std::fmt::Debug;
use std::time::{Duration, Instant};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const ZONES: [&str; 2] = ["us-east-1a", "us-east-1b"];
const PATIENCE: Duration = Duration::from_secs(60);
const NAME: &str = "web";

/// A setting from the environment, for every service alike.
macro_rules! client {
    ($service:ident) => {{
        let credentials = $service::config::Credentials::new(
            var("AWS_ACCESS_KEY_ID")?,
            var("AWS_SECRET_ACCESS_KEY")?,
            var("AWS_SESSION_TOKEN").ok(),
            None,
            "environment",
        );
        let config = $service::Config::builder()
            .behavior_version($service::config::BehaviorVersion::latest())
            .region($service::config::Region::new(var("AWS_DEFAULT_REGION").or_else(|_| var("AWS_REGION"))?))
            .endpoint_url(var("AWS_ENDPOINT_URL")?)
            .credentials_provider(credentials)
            .http_client(Builder::new().build_http())
            .build();
        $service::Client::from_conf(config)
    }};
}

fn refused<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    code: &str,
    answer: std::result::Result<T, SdkError<E, R>>,
) {
    match answer {
        Err(SdkError::ServiceError(refusal)) => assert_eq!(refusal.err().code(), Some(code), "{refusal:?}"),
        other => panic!("{code} expected: {other:?}"),
    }
}

/// What a member of an answer holds.
fn must<T>(member: Option<T>, name: &str) -> Result<T> {
    member.ok_or_else(|| format!("no {name}").into())
}

struct Network {
    vpc: String,
    gateway: String,
    table: String,
    subnets: Vec<String>,
}

async fn build_network(ec2: &Ec2) -> Result<Network> {
    let tag = Tag::builder().key("Name").value("shöp & söns").build();
    let tags = TagSpecification::builder().resource_type(ResourceType::Vpc).tags(tag).build();
    let made = ec2.create_vpc().cidr_block("10.3.0.0/16").tag_specifications(tags).send().await?;
    let vpc = must(made.vpc.and_then(|vpc| vpc.vpc_id), "vpc")?;
    ec2.wait_until_vpc_available().vpc_ids(&vpc).wait(PATIENCE).await?;
    let made = ec2.create_internet_gateway().send().await?;
    let gateway = must(made.internet_gateway.and_then(|gateway| gateway.internet_gateway_id), "gateway")?;
    ec2.attach_internet_gateway().internet_gateway_id(&gateway).vpc_id(&vpc).send().await?;
    let made = ec2.create_route_table().vpc_id(&vpc).send().await?;
    let table = must(made.route_table.and_then(|table| table.route_table_id), "route table")?;
    let route = ec2.create_route().route_table_id(&table).destination_cidr_block("0.0.0.0/0");
    route.gateway_id(&gateway).send().await?;
    let mut subnets = Vec::new();
    for (number, zone) in ZONES.iter().enumerate() {
        let create = ec2.create_subnet().vpc_id(&vpc).cidr_block(format!("10.3.{number}.0/24"));
        let made = create.availability_zone(*zone).send().await?;
        let subnet = must(made.subnet.and_then(|subnet| subnet.subnet_id), "subnet")?;
        ec2.associate_route_table().route_table_id(&table).subnet_id(&subnet).send().await?;
        let yes = AttributeBooleanValue::builder().value(true).build();
        ec2.modify_subnet_attribute().subnet_id(&subnet).map_public_ip_on_launch(yes).send().await?;
        subnets.push(subnet);
    }
    let named = Filter::builder().name("tag:Name").values("shöp*").build();
    let found = ec2.describe_vpcs().filters(named).send().await?;
    let found: Vec<_> = found.vpcs().iter().map(|vpc| (vpc.vpc_id(), vpc.tags()[0].value())).collect();
    assert_eq!(found, [(Some(vpc.as_str()), Some("shöp & söns"))]);
    Ok(Network { vpc, gateway, table, subnets })
}

async fn build_group(ec2: &Ec2, vpc: &str) -> Result<String> {
    let made = ec2.create_security_group().group_name(NAME).description("anybody").vpc_id(vpc).send().await?;
    let group = must(made.group_id, "group")?;
    let all = IpRange::builder().cidr_ip("0.0.0.0/0").description("all").build();
    let http = IpPermission::builder().ip_protocol("tcp").from_port(80).to_port(80).ip_ranges(all).build();
    let authorize = ec2.authorize_security_group_ingress().group_id(&group).ip_permissions(http);
    authorize.clone().send().await?;
    refused("InvalidPermission.Duplicate", authorize.send().await);
    Ok(group)
}

/// The instance outside of the fleet.
async fn build_fleet(
    ec2: &Ec2,
    auto_scaling: &AutoScaling,
    network: &Network,
    group: &str,
) -> Result<String> {
    let named = Filter::builder().name("name").values("hearth/web").build();
    let images = ec2.describe_images().filters(named).send().await?;
    let image = must(images.images().first().and_then(|image| image.image_id()), "image")?;
    let data = RequestLaunchTemplateData::builder().image_id(image).instance_type(InstanceType::T3Micro);
    let data = data.security_group_ids(group).build();
    ec2.create_launch_template().launch_template_name(NAME).launch_template_data(data).send().await?;
    let template =
        LaunchTemplateSpecification::builder().launch_template_name(NAME).version("$Latest").build();
    let create =
        auto_scaling.create_auto_scaling_group().auto_scaling_group_name(NAME).launch_template(template);
    let create = create.min_size(1).max_size(4).desired_capacity(2);
    create.vpc_zone_identifier(network.subnets.join(",")).send().await?;
    let run =
        ec2.run_instances().image_id(image).instance_type(InstanceType::T3Nano).min_count(1).max_count(1);
    let ran = run.subnet_id(&network.subnets[0]).security_group_ids(group).send().await?;
    Ok(must(ran.instances().first().and_then(|instance| instance.instance_id()), "instance")?.to_owned())
}

async fn fleet(auto_scaling: &AutoScaling) -> Result<Option<AutoScalingGroup>> {
    let asked = auto_scaling.describe_auto_scaling_groups().auto_scaling_group_names(NAME).send().await?;
    Ok(asked.auto_scaling_groups.and_then(|groups| groups.into_iter().next()))
}

/// The ids of the fleet's members as soon as there are `count`, all in service.
async fn in_service(auto_scaling: &AutoScaling, count: usize) -> Result<Vec<String>> {
    let deadline = Instant::now() + PATIENCE;
    while Instant::now() < deadline {
        let group = must(fleet(auto_scaling).await?, "fleet")?;
        let serving = |instance: &&aws_sdk_autoscaling::types::Instance| {
            instance.lifecycle_state().is_some_and(|state| state.as_str() == "InService")
        };
        let ready: Vec<_> = group.instances().iter().filter(serving).collect();
        if ready.len() == count && group.instances().len() == count {
            return Ok(ready
                .iter()
                .filter_map(|instance| instance.instance_id())
                .map(str::to_owned)
                .collect());
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(format!("not {count} members in service within {PATIENCE:?}").into())
}

/// Every running instance is there once, over pages.
async fn find(ec2: &Ec2, members: &[String], alone: &str) -> Result {
    let mut expected: Vec<&str> = members.iter().map(String::as_str).chain([alone]).collect();
    let ids: Vec<String> = expected.iter().map(|id| (*id).to_owned()).collect();
    ec2.wait_until_instance_running().set_instance_ids(Some(ids)).wait(PATIENCE).await?;
    let running = Filter::builder().name("instance-state-name").values("running").build();
    let describe = ec2.describe_instances().filters(running).max_results(5);
    let mut pages = describe.into_paginator().send();
    let mut found = Vec::new();
    while let Some(page) = pages.next().await {
        for instance in page?.reservations().iter().flat_map(|reservation| reservation.instances()) {
            let state = instance.state().and_then(|state| state.name());
            assert_eq!(state, Some(&InstanceStateName::Running));
            assert!(instance.launch_time().is_some());
            found.push(must(instance.instance_id(), "instance id")?.to_owned());
        }
    }
    found.sort();
    expected.sort();
    assert_eq!(found, expected);
    Ok(())
}

/// The one member that is left.
async fn change(auto_scaling: &AutoScaling) -> Result<String> {
    auto_scaling.set_desired_capacity().auto_scaling_group_name(NAME).desired_capacity(3).send().await?;
    in_service(auto_scaling, 3).await?;
    let update = auto_scaling.update_auto_scaling_group().auto_scaling_group_name(NAME);
    update.min_size(0).max_size(2).desired_capacity(1).send().await?;
    Ok(in_service(auto_scaling, 1).await?.remove(0))
}

async fn names(route53: &Route53) -> Result {
    let made = route53.create_hosted_zone().name("script.test").caller_reference("once").send().await?;
    let zone = must(made.hosted_zone, "zone")?.id;
    let value = ResourceRecord::builder().value("192.0.2.9").build()?;
    let set = ResourceRecordSet::builder().name("www.script.test").r#type(RrType::A).ttl(5);
    let set = set.resource_records(value).build()?;
    let batch = |action: ChangeAction| -> Result<ChangeBatch> {
        let change = Change::builder().action(action).resource_record_set(set.clone()).build()?;
        Ok(ChangeBatch::builder().changes(change).build()?)
    };
    let change =
        |batch| route53.change_resource_record_sets().hosted_zone_id(&zone).change_batch(batch).send();
    let accepted = change(batch(ChangeAction::Create)?).await?;
    let id = must(accepted.change_info, "change")?.id;
    route53.wait_until_resource_record_sets_changed().id(id).wait(PATIENCE).await?;
    refused("InvalidChangeBatch", change(batch(ChangeAction::Create)?).await);
    let listed = route53.list_resource_record_sets().hosted_zone_id(&zone).send().await?;
    let mut kinds: Vec<_> = listed.resource_record_sets().iter().map(|set| set.r#type().as_str()).collect();
    kinds.sort();
    assert_eq!(kinds, ["A", "NS", "SOA"]);
    refused("HostedZoneNotEmpty", route53.delete_hosted_zone().id(&zone).send().await);
    change(batch(ChangeAction::Delete)?).await?;
    route53.delete_hosted_zone().id(&zone).send().await?;
    Ok(())
}

async fn take_down(
    ec2: &Ec2,
    auto_scaling: &AutoScaling,
    network: Network,
    group: &str,
    left: [String; 2],
) -> Result {
    auto_scaling.delete_auto_scaling_group().auto_scaling_group_name(NAME).force_delete(true).send().await?;
    ec2.terminate_instances().instance_ids(&left[0]).send().await?;
    ec2.wait_until_instance_terminated().set_instance_ids(Some(left.into())).wait(PATIENCE).await?;
    let deadline = Instant::now() + PATIENCE;
    while fleet(auto_scaling).await?.is_some() {
        assert!(Instant::now() < deadline, "the fleet is still there");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    ec2.delete_launch_template().launch_template_name(NAME).send().await?;
    ec2.delete_security_group().group_id(group).send().await?;
    for subnet in &network.subnets {
        ec2.delete_subnet().subnet_id(subnet).send().await?;
    }
    ec2.delete_route_table().route_table_id(&network.table).send().await?;
    let Network { vpc, gateway, .. } = &network;
    ec2.detach_internet_gateway().internet_gateway_id(gateway).vpc_id(vpc).send().await?;
    ec2.delete_internet_gateway().internet_gateway_id(gateway).send().await?;
    ec2.delete_vpc().vpc_id(vpc).send().await?;
    refused("InvalidVpcID.NotFound", ec2.describe_vpcs().vpc_ids(vpc).send().await);
    Ok(())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result {
    let (ec2, auto_scaling) = (client!(aws_sdk_ec2), client!(aws_sdk_autoscaling));
    let caller = client!(aws_sdk_sts).get_caller_identity().send().await?;
    assert_eq!(caller.account(), Some("123456789012"));
    let network = build_network(&ec2).await?;
    let group = build_group(&ec2, &network.vpc).await?;
    let alone = build_fleet(&ec2, &auto_scaling, &network, &group).await?;
    let members = in_service(&auto_scaling, 2).await?;
    find(&ec2, &members, &alone).await?;
    let member = change(&auto_scaling).await?;
    names(&client!(aws_sdk_route53)).await?;
    take_down(&ec2, &auto_scaling, network, &group, [alone, member]).await?;
    println!("ok");
    Ok(())
}
