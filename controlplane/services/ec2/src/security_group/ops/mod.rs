//! The actions on security groups and their rules, and the shapes in which they show them.

pub(crate) mod authorize_security_group_egress;
pub(crate) mod authorize_security_group_ingress;
pub(crate) mod create_security_group;
pub(crate) mod delete_security_group;
pub(crate) mod describe_security_group_rules;
pub(crate) mod describe_security_groups;
pub(crate) mod get_security_groups_for_vpc;
pub(crate) mod modify_security_group_rules;
pub(crate) mod revoke_security_group_egress;
pub(crate) mod revoke_security_group_ingress;
mod shape;
pub(crate) mod update_security_group_rule_descriptions_egress;
pub(crate) mod update_security_group_rule_descriptions_ingress;

pub(crate) use shape::{SecurityGroupRuleShape, SecurityGroupShape};
