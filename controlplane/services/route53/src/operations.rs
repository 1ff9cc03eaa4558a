use crate::{change, health_check, hosted_zone, record_set, tag};
use controlplane_services_kernel::OperationEntry;

/// The actions served.
pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<record_set::ops::change_resource_record_sets::ChangeResourceRecordSets>(),
    OperationEntry::write::<tag::ops::change_tags_for_resource::ChangeTagsForResource>(),
    OperationEntry::write::<health_check::ops::create_health_check::CreateHealthCheck>(),
    OperationEntry::write::<hosted_zone::ops::create_hosted_zone::CreateHostedZone>(),
    OperationEntry::write::<health_check::ops::delete_health_check::DeleteHealthCheck>(),
    OperationEntry::write::<hosted_zone::ops::delete_hosted_zone::DeleteHostedZone>(),
    OperationEntry::read::<change::ops::get_change::GetChange>(),
    OperationEntry::read::<hosted_zone::ops::get_dnssec::GetDnssec>(),
    OperationEntry::read::<health_check::ops::get_health_check::GetHealthCheck>(),
    OperationEntry::read::<health_check::ops::get_health_check_count::GetHealthCheckCount>(),
    OperationEntry::read::<health_check::ops::get_health_check_status::GetHealthCheckStatus>(),
    OperationEntry::read::<hosted_zone::ops::get_hosted_zone::GetHostedZone>(),
    OperationEntry::read::<hosted_zone::ops::get_hosted_zone_count::GetHostedZoneCount>(),
    OperationEntry::read::<health_check::ops::list_health_checks::ListHealthChecks>(),
    OperationEntry::read::<hosted_zone::ops::list_hosted_zones::ListHostedZones>(),
    OperationEntry::read::<hosted_zone::ops::list_hosted_zones_by_name::ListHostedZonesByName>(),
    OperationEntry::read::<record_set::ops::list_resource_record_sets::ListResourceRecordSets>(),
    OperationEntry::read::<tag::ops::list_tags_for_resource::ListTagsForResource>(),
    OperationEntry::write::<health_check::ops::update_health_check::UpdateHealthCheck>(),
    OperationEntry::write::<hosted_zone::ops::update_hosted_zone_comment::UpdateHostedZoneComment>(),
];
