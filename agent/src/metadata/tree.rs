//! Everything an instance can read, as a tree of folders and values.
//!
//! Only what is known is there: a value we do not have is absent (404), because software that finds an empty one
//! believes it. Not served, and so absent: `spot/`, `events/`, block devices and the names of security groups.

use controlplane_proto::agent as proto;
use controlplane_types::Timestamp;
use serde_json::json;

/// A folder or a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    Value(Vec<u8>),
    Folder(Vec<Entry>),
}

/// A named node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Entry {
    name: String,
    /// What a listing shows instead of the name.
    label: Option<String>,
    node: Node,
}

impl Node {
    /// The node at a path.
    pub(super) fn find(&self, path: &[&str]) -> Option<&Node> {
        path.iter().try_fold(self, |node, name| match node {
            Node::Value(_) => None,
            Node::Folder(entries) => {
                entries.iter().find(|entry| entry.name == *name).map(|entry| &entry.node)
            }
        })
    }

    /// The lines of a listing; folders end with a slash.
    pub(super) fn listing(entries: &[Entry]) -> String {
        let line = |entry: &Entry| match (&entry.label, &entry.node) {
            (Some(label), _) => label.clone(),
            (None, Node::Folder(_)) => format!("{}/", entry.name),
            (None, Node::Value(_)) => entry.name.clone(),
        };
        entries.iter().map(line).collect::<Vec<_>>().join("\n")
    }
}

/// A folder in the making. What is empty is left out.
#[derive(Default)]
struct Folder(Vec<Entry>);

impl Folder {
    fn value(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        if !value.as_ref().is_empty() {
            self.push(name, None, Node::Value(value.as_ref().to_vec()));
        }
        self
    }

    fn folder(mut self, name: &str, folder: Folder) -> Self {
        if !folder.0.is_empty() {
            self.push(name, None, Node::Folder(folder.0));
        }
        self
    }

    fn push(&mut self, name: &str, label: Option<String>, node: Node) {
        self.0.push(Entry { name: name.to_owned(), label, node });
    }
}

/// What is below a version.
pub(super) fn root(
    instance: &proto::Instance,
    metadata: &proto::Metadata,
    interfaces: &[proto::NetworkInterface],
    credentials: Option<&proto::RoleCredentials>,
) -> Node {
    let identity = Folder::default().value("document", identity_document(instance, metadata, interfaces));
    let dynamic = Folder::default().folder("instance-identity", identity);
    let folder = Folder::default()
        .folder("dynamic", dynamic)
        .folder("meta-data", about_instance(instance, metadata, interfaces, credentials))
        .value("user-data", &instance.user_data);
    Node::Folder(folder.0)
}

fn about_instance(
    instance: &proto::Instance,
    metadata: &proto::Metadata,
    interfaces: &[proto::NetworkInterface],
    credentials: Option<&proto::RoleCredentials>,
) -> Folder {
    let first = interfaces.first();
    let mac = first.map(|interface| interface.mac_address.as_str()).unwrap_or_default();
    Folder::default()
        .value("ami-id", &metadata.ami_id)
        .value("ami-launch-index", metadata.launch_index.to_string())
        .value("hostname", &instance.hostname)
        .folder("iam", credentials.map(iam).unwrap_or_default())
        .value("instance-action", "none")
        .value("instance-id", &instance.id)
        .value("instance-life-cycle", "on-demand")
        .value("instance-type", &metadata.instance_type)
        .value("local-hostname", &instance.hostname)
        .value("local-ipv4", first.and_then(private_address).unwrap_or_default())
        .value("mac", mac)
        .folder("network", network(instance, metadata, interfaces))
        .folder("placement", placement(metadata))
        .value("public-ipv4", first.and_then(public_address).unwrap_or_default())
        .folder("public-keys", public_keys(metadata))
        .value("reservation-id", &metadata.reservation_id)
        .folder("services", Folder::default().value("domain", "amazonaws.com").value("partition", "aws"))
        .folder("tags", Folder::default().folder("instance", tags(metadata)))
}

fn private_address(interface: &proto::NetworkInterface) -> Option<&str> {
    interface.private_addresses.first().map(String::as_str)
}

fn public_address(interface: &proto::NetworkInterface) -> Option<&str> {
    interface.public_addresses.get(private_address(interface)?).map(String::as_str)
}

fn placement(metadata: &proto::Metadata) -> Folder {
    Folder::default()
        .value("availability-zone", &metadata.availability_zone)
        .value("region", &metadata.region)
}

/// The profile, and what its role may be used with, or why not.
fn iam(given: &proto::RoleCredentials) -> Folder {
    let time = |ms: u64| Timestamp(ms / 1000 * 1000).to_iso8601().replace(".000Z", "Z");
    let updated = time(given.updated_ms);
    let profile_is_gone = given.error_code == "InstanceProfileNotFound";
    let info = json!({
        "Code": if profile_is_gone { given.error_code.as_str() } else { "Success" },
        "LastUpdated": updated,
        "InstanceProfileArn": given.instance_profile_arn,
        "InstanceProfileId": given.instance_profile_id,
    });
    let role = match given.error_code.is_empty() {
        true => json!({
            "Code": "Success",
            "LastUpdated": updated,
            "Type": "AWS-HMAC",
            "AccessKeyId": given.access_key_id,
            "SecretAccessKey": given.secret_access_key,
            "Token": given.session_token,
            "Expiration": time(given.expires_ms),
        }),
        false => json!({"Code": given.error_code, "Message": given.error_message, "LastUpdated": updated}),
    };
    let mut credentials = Folder::default();
    if !given.role.is_empty() {
        credentials = credentials.value(&given.role, format!("{role:#}"));
    }
    Folder::default().value("info", format!("{info:#}")).folder("security-credentials", credentials)
}

/// The listing shows `0=name`; the folder behind it is called `0`.
fn public_keys(metadata: &proto::Metadata) -> Folder {
    let mut keys = Folder::default();
    if !metadata.public_key.is_empty() {
        let key = Folder::default().value("openssh-key", &metadata.public_key);
        keys.push("0", Some(format!("0={}", metadata.key_name)), Node::Folder(key.0));
    }
    keys
}

/// Shown only when the instance allows it; then the control plane sends them.
fn tags(metadata: &proto::Metadata) -> Folder {
    let tags = metadata.tags.iter().map(|(key, value)| {
        let node = Node::Value(value.clone().into_bytes());
        Entry { name: key.clone(), label: None, node }
    });
    Folder(tags.collect())
}

fn network(
    instance: &proto::Instance,
    metadata: &proto::Metadata,
    interfaces: &[proto::NetworkInterface],
) -> Folder {
    let mut macs = Folder::default();
    for interface in interfaces {
        macs = macs.folder(&interface.mac_address, about_interface(instance, metadata, interface));
    }
    Folder::default().folder("interfaces", Folder::default().folder("macs", macs))
}

fn about_interface(
    instance: &proto::Instance,
    metadata: &proto::Metadata,
    interface: &proto::NetworkInterface,
) -> Folder {
    let mut indexed = crate::instance::devices(instance);
    let index = indexed.find(|(_, id)| *id == interface.id).map(|(index, _)| index.to_string());
    let public: Vec<_> = interface
        .private_addresses
        .iter()
        .filter_map(|it| interface.public_addresses.get(it))
        .cloned()
        .collect();
    let mut associations = Folder::default();
    for address in &interface.private_addresses {
        if let Some(public) = interface.public_addresses.get(address) {
            associations = associations.value(public, address);
        }
    }
    Folder::default()
        .value("device-number", index.unwrap_or_default())
        .value("interface-id", &interface.id)
        .folder("ipv4-associations", associations)
        .value("ipv6s", interface.ipv6_addresses.join("\n"))
        .value("local-hostname", &instance.hostname)
        .value("local-ipv4s", interface.private_addresses.join("\n"))
        .value("mac", &interface.mac_address)
        .value("owner-id", &metadata.account_id)
        .value("public-ipv4s", public.join("\n"))
        .value("security-group-ids", interface.security_group_ids.join("\n"))
        .value("subnet-id", &interface.subnet_id)
        .value("vpc-id", &interface.vpc_id)
}

/// Unsigned: nothing here may be taken as proof.
fn identity_document(
    instance: &proto::Instance,
    metadata: &proto::Metadata,
    interfaces: &[proto::NetworkInterface],
) -> String {
    let seconds = Timestamp(metadata.pending_time_ms / 1000 * 1000).to_iso8601();
    let document = json!({
        "accountId": metadata.account_id,
        "architecture": std::env::consts::ARCH,
        "availabilityZone": metadata.availability_zone,
        "billingProducts": null,
        "devpayProductCodes": null,
        "imageId": metadata.ami_id,
        "instanceId": instance.id,
        "instanceType": metadata.instance_type,
        "kernelId": null,
        "marketplaceProductCodes": null,
        "pendingTime": seconds.replace(".000Z", "Z"),
        "privateIp": interfaces.first().and_then(private_address),
        "ramdiskId": null,
        "region": metadata.region,
        "version": "2017-09-30",
    });
    format!("{document:#}")
}
