pub(crate) mod create_tags;
pub(crate) mod delete_tags;
pub(crate) mod describe_tags;

use crate::errors::{self, Noun};
use crate::resource::check_id;
use controlplane_services_kernel::{Reader, ServiceError};
use controlplane_types::{Key, Scope};

/// The most resources one action tags.
const MAX_RESOURCES: usize = 1000;

/// Every kind that can be tagged, with the kind of its records. Names of kinds and not types, so that a noun
/// need not be known here to be tagged.
const TAGGABLE: &[(&Noun, &str)] = &[
    (&errors::VPC, "vpc"),
    (&errors::DHCP_OPTIONS, "dhcp_options"),
    (&errors::PREFIX_LIST, "prefix_list"),
    (&errors::SUBNET, "subnet"),
    (&errors::INTERNET_GATEWAY, "internet_gateway"),
    (&errors::ROUTE_TABLE, "route_table"),
    (&errors::SECURITY_GROUP, "security_group"),
    (&errors::SECURITY_GROUP_RULE, "security_group_rule"),
    (&errors::NETWORK_INTERFACE, "network_interface"),
    (&errors::ADDRESS, "address"),
    (&errors::INSTANCE, "instance"),
    (&errors::IMAGE, "image"),
    (&errors::KEY_PAIR, "key_pair"),
    (&errors::LAUNCH_TEMPLATE, "launch_template"),
];

/// What a resource to be tagged is; it has to exist.
pub(in crate::tag) fn taggable(id: &str, cx: &Reader) -> Result<&'static Noun, ServiceError> {
    let known = TAGGABLE.iter().find(|(noun, _)| id.starts_with(noun.prefix));
    let (noun, kind) = known.ok_or_else(|| errors::not_taggable(id))?;
    check_id(noun, id)?;
    let key = Key::new(&cx.caller.account, &Scope::from(&cx.caller.region), kind, id);
    cx.view.revision_of(&key).map(|_| *noun).ok_or_else(|| errors::not_found(noun, id))
}

fn check_count(resources: &[String]) -> Result<(), ServiceError> {
    if resources.len() > MAX_RESOURCES {
        return Err(errors::too_many_resources(resources.len(), MAX_RESOURCES));
    }
    Ok(())
}
