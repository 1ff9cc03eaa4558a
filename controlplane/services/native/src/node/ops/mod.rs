pub(super) mod delete_node;
pub(super) mod label_node;
pub(super) mod register_node;
pub(super) mod remove_node;
pub(super) mod set_node_condition;
pub(super) mod set_node_scheduling;
pub(super) mod taint_node;
