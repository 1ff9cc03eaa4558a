pub(super) mod delete_node;
pub(super) mod register_node;
pub(super) mod set_node_condition;
