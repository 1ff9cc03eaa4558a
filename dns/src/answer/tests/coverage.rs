//! Which test holds which rule of Route 53's answering behaviour. The numbers are those of the list of facts this engine
//! was written from (sections 3 names and TTLs, 4 apex, 5 wildcards, 6 aliases, 8 answering, 9 health, 10 policies,
//! 11 client subnet, 16 DNSSEC); rules of the API are the API's to hold.

use std::path::Path;

/// Rule, what it says, the tests that fail without it.
const RULES: &[(&str, &str, &[&str])] = &[
    (
        "3.4",
        "an alias answers with its target's TTL",
        &["rule_6_6_an_alias_shows_its_targets_values_and_ttl_under_its_own_name"],
    ),
    (
        "3.5",
        "a signed zone serves no TTL above a week",
        &["rule_3_5_no_record_of_a_signed_zone_lives_longer_than_a_week"],
    ),
    (
        "3.6",
        "negative answers live as long as the lower of SOA TTL and minimum",
        &["rule_3_6_negative_ttl_is_the_lower_of_ttl_and_minimum"],
    ),
    (
        "4.6",
        "NS below the apex delegates; DS is the parent's",
        &[
            "rule_4_6_referrals",
            "rule_4_6_ds_is_the_parents_and_a_cname_into_a_delegation_stays_authoritative",
        ],
    ),
    (
        "5.1-5.3",
        "a star is a wildcard as leftmost label, at any depth, for its types, around existing names",
        &["rule_5_wildcards_and_existence"],
    ),
    (
        "5.4",
        "aliases and groups may be wildcards",
        &[
            "rule_6_6_an_alias_shows_its_targets_values_and_ttl_under_its_own_name",
            "every_reply_is_one_the_model_allows",
        ],
    ),
    ("5.5", "empty non-terminals exist", &["rule_5_wildcards_and_existence", "empty_non_terminals_exist"]),
    ("5.6", "a synthesized answer has the query's name", &["rule_5_wildcards_and_existence"]),
    (
        "6.5",
        "aliases of aliases; loops lead nowhere",
        &[
            "rule_6_5_loops_lead_nowhere_and_what_is_off_the_loop_answers",
            "rules_6_5_and_9_5_trees_are_followed_to_any_depth_and_dags_cost_no_more",
        ],
    ),
    (
        "6.6",
        "an alias is invisible and matches only its type",
        &["rule_6_6_an_alias_shows_its_targets_values_and_ttl_under_its_own_name"],
    ),
    (
        "6.7",
        "an alias to a group is decided for the same client",
        &["rule_6_7_an_alias_to_a_group_is_decided_by_the_same_client"],
    ),
    ("6.10", "there is no multivalue alias", &["aliases_that_cannot_be_are_left_out"]),
    (
        "6.11",
        "evaluation means nothing on a simple alias",
        &["rule_6_11_evaluation_means_nothing_on_a_simple_alias"],
    ),
    (
        "6.13",
        "an alias of a deleted record is NODATA",
        &[
            "rule_6_13_an_alias_of_nothing_is_nodata_and_comes_alive_with_its_target",
            "rule_6_13_a_target_that_is_gone_is_not_healthy",
        ],
    ),
    (
        "7.6",
        "aliases and records mix in a group",
        &["section_9_the_configuration_octodns_builds", "every_reply_is_one_the_model_allows"],
    ),
    (
        "8.1",
        "the longest zone answers; zones of one name never mix",
        &[
            "rule_8_1_the_longest_suffix_answers_and_ds_goes_to_the_parent",
            "two_zones_of_one_name_never_mix_and_a_removed_one_is_gone",
        ],
    ),
    ("8.2", "positive answers are authoritative", &["rule_8_positive_answers"]),
    ("8.3", "negative answers carry the SOA", &["rule_8_3_negative_answers_carry_the_soa"]),
    ("8.4", "sizes and truncation", &["rule_8_4_sizes_and_truncation"]),
    (
        "8.5",
        "CNAME first, then what it leads to in the zone",
        &["rule_8_5_cname_first_then_what_it_leads_to_inside_the_zone"],
    ),
    (
        "8.6",
        "ANY gets one set; what is not served is refused",
        &["rule_8_6_any_gets_one_set", "rule_8_6_what_is_not_ours_or_not_served"],
    ),
    ("8.7", "each query is a choice of its own", &["rules_8_7_and_10_the_order_of_values_is_random"]),
    (
        "9.1",
        "without a check a set is healthy",
        &["rule_10_failover_by_state_of_health", "rule_10_multivalue_by_state_of_health"],
    ),
    ("9.2", "an alias needs its check, and its target if evaluated", &["section_9_trees_by_state_of_health"]),
    (
        "9.3",
        "a group is healthy with one healthy member",
        &[
            "section_9_trees_by_state_of_health",
            "rule_9_3_a_tree_takes_the_next_latency_when_a_region_is_down",
        ],
    ),
    (
        "9.4-9.5",
        "fail open on every level",
        &[
            "section_9_trees_by_state_of_health",
            "rules_6_5_and_9_5_trees_are_followed_to_any_depth_and_dags_cost_no_more",
        ],
    ),
    (
        "9.6",
        "an unhealthy branch is left for the next candidate",
        &["section_9_trees_by_state_of_health", "section_9_the_configuration_octodns_builds"],
    ),
    ("9.7", "an alias that does not evaluate stays", &["section_9_trees_by_state_of_health"]),
    ("9.8", "an unhealthy check on an alias removes its branch", &["section_9_trees_by_state_of_health"]),
    (
        "9.9",
        "a single simple set answers whatever its health",
        &["rule_9_9_a_single_simple_set_answers_whatever_its_health"],
    ),
    ("9.10", "a healthy member of weight 0 keeps its group healthy", &["section_9_trees_by_state_of_health"]),
    ("10 simple", "all values in random order", &["rules_8_7_and_10_the_order_of_values_is_random"]),
    ("10 weighted 1-4", "weights, zero weights, nobody healthy", &["rule_10_weighted_by_state_of_health"]),
    ("10 failover 1-4", "primary, secondary, primary again", &["rule_10_failover_by_state_of_health"]),
    (
        "10 latency 1, 2, 4",
        "nearest healthy region; China; a fixed order",
        &["rule_10_latency_1_2_and_4_the_nearest_region_and_china"],
    ),
    (
        "10 latency 5",
        "measured, the operator's table, distance",
        &[
            "rule_10_latency_4_and_5_what_was_measured_comes_before_the_operators_table_and_that_before_distance",
        ],
    ),
    ("10 latency 6", "the regions", &["tables_are_sorted_and_every_row_is_found"]),
    (
        "10 geolocation 1-2",
        "smallest healthy area, or the smallest",
        &[
            "rule_10_geolocation_1_and_4_the_smallest_area_answers",
            "rule_10_geolocation_1_and_2_by_state_of_health",
        ],
    ),
    (
        "10 geolocation 3",
        "no area and no default is no answer",
        &["rule_10_geolocation_1_and_4_the_smallest_area_answers"],
    ),
    (
        "10 geolocation 4",
        "unmapped clients get the default",
        &["rule_10_geolocation_1_and_4_the_smallest_area_answers"],
    ),
    (
        "10 geolocation 6",
        "Route 53's continents",
        &["rule_10_geolocation_6_countries_are_assigned_by_route_53", "what_a_file_says_is_found_by_address"],
    ),
    (
        "10 geoproximity 1, 2, 4",
        "smallest biased distance; without a place the highest bias",
        &["rule_10_geoproximity_1_2_and_4_biased_distances"],
    ),
    (
        "10 multivalue 1-3",
        "up to eight of the healthy, or of all",
        &["rule_10_multivalue_by_state_of_health", "rule_10_multivalue_takes_each_member_equally_often"],
    ),
    ("10 multivalue 4", "the lowest TTL on all", &["multivalue_members_share_the_lowest_ttl"]),
    (
        "10 IP-based 1-3",
        "longest block that holds the whole client",
        &[
            "rule_10_ip_based_1_and_2_the_longest_block_that_holds_the_whole_client",
            "rule_10_ip_based_2_a_changed_collection_moves_clients",
        ],
    ),
    (
        "10 IP-based 4",
        "the default for an unhealthy match, if healthy",
        &["rule_10_ip_based_4_by_state_of_health"],
    ),
    (
        "11.1, 11.3",
        "the client subnet, unless its prefix is 0, else the sender",
        &["rules_11_1_and_11_3_whose_location_counts"],
    ),
    (
        "11.4",
        "echo, true and wide scopes",
        &[
            "rule_11_client_subnets_are_checked_and_echoed_with_scope_0",
            "rule_11_4_scopes_are_as_wide_as_the_group_can_tell_clients_apart",
            "rule_11_4_answers_that_do_not_depend_on_the_client_are_for_everybody",
            "every_reply_is_one_the_model_allows",
        ],
    ),
    (
        "11.5",
        "malformed subnets are FORMERR",
        &["rule_11_client_subnets_are_checked_and_echoed_with_scope_0"],
    ),
    (
        "16.5",
        "keys are signed ahead, everything else online",
        &[
            "rule_16_5_everything_is_signed_as_it_is_answered",
            "keys_are_signed_for_the_day",
            "every_answer_of_any_signed_zone_is_valid",
        ],
    ),
    (
        "16.7",
        "a name that does not exist is denied by one NSEC of its own",
        &["rule_16_7_a_name_that_does_not_exist_has_a_proof_of_its_own"],
    ),
    ("16.8", "a missing type, beside all others", &["rule_16_8_a_missing_type_is_denied_beside_all_others"]),
    ("16.9", "no NSEC for wildcards", &["rule_16_9_wildcards_are_signed_as_the_name_itself"]),
    (
        "16.10",
        "signatures are valid for a day",
        &["rule_16_10_signatures_are_kept_for_a_while_and_renewed_before_they_end"],
    ),
    ("12.26", "status reaches answers by itself", &["a_health_byte_changes_answers_without_a_new_snapshot"]),
];

/// The text of every source file below `folder`.
fn sources(folder: &Path, text: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, text);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            text.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn every_rule_names_tests_that_exist() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut text = String::new();
    sources(&here.join("src"), &mut text);
    sources(&here.join("../controlplane/types/src/dns"), &mut text);
    for (rule, says, tests) in RULES {
        assert!(!tests.is_empty(), "{rule} ({says}) has no test");
        for test in *tests {
            assert!(text.contains(&format!("fn {test}(")), "{rule} ({says}): {test} does not exist");
        }
    }
}
