use crate::{activity, auto_scaling_group as group};
use controlplane_services_kernel::OperationEntry;

/// The actions served.
pub(crate) const OPERATIONS: &[OperationEntry] = &[
    OperationEntry::write::<group::ops::create_auto_scaling_group::CreateAutoScalingGroup>(),
    OperationEntry::write::<group::ops::delete_auto_scaling_group::DeleteAutoScalingGroup>(),
    OperationEntry::read::<group::ops::describe_auto_scaling_groups::DescribeAutoScalingGroups>(),
    OperationEntry::read::<group::ops::describe_auto_scaling_instances::DescribeAutoScalingInstances>(),
    OperationEntry::read::<activity::ops::describe_scaling_activities::DescribeScalingActivities>(),
    OperationEntry::read::<group::ops::disable_metrics_collection::DisableMetricsCollection>(),
    OperationEntry::write::<group::ops::set_desired_capacity::SetDesiredCapacity>(),
    OperationEntry::write::<group::ops::set_instance_health::SetInstanceHealth>(),
    OperationEntry::write::<
        group::ops::terminate_instance_in_auto_scaling_group::TerminateInstanceInAutoScalingGroup,
    >(),
    OperationEntry::write::<group::ops::update_auto_scaling_group::UpdateAutoScalingGroup>(),
];
