//! Every metric there is. Names, labels and units do not change; a metric that says something else gets another name.
//!
//! Labels have few values, all of the program's making: nothing a client sends becomes a label unchecked, since every new
//! value is a new series that lives as long as the process.

use super::Kind::{Counter, Gauge, Histogram};
use super::Part::{Agent, Dns, Every, Server};
use super::{Kind, Metric};

/// From half a millisecond (a commit on one server) to ten seconds.
const SECONDS: Kind =
    Histogram(&[0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0]);
/// How many share something.
const CROWD: Kind = Histogram(&[1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0]);

macro_rules! catalogue {
    ($($constant:ident = $name:literal, $part:ident $kind:ident [$($label:literal),*], $help:literal;)*) => {
        $(
            #[doc = $help]
            pub const $constant: Metric =
                Metric { name: $name, kind: $kind, part: $part, labels: &[$($label),*], help: $help };
        )*
        /// All of them, in the order of METRICS.md.
        pub const ALL: &[Metric] = &[$($constant),*];
    };
}

catalogue! {
    AWS_REQUESTS = "hearth_aws_requests_total", Server Counter ["service", "action", "code"],
        "Requests at the AWS door; code is OK or the AWS error code of the answer.";
    AWS_REQUEST_SECONDS = "hearth_aws_request_seconds", Server SECONDS ["service", "action"],
        "Time from a whole request at the AWS door to its answer.";
    GRPC_REQUESTS = "hearth_grpc_requests_total", Server Counter ["method", "code"],
        "Calls of the command line at the gRPC door, by gRPC status; streams count when they begin.";
    GRPC_REQUEST_SECONDS = "hearth_grpc_request_seconds", Server SECONDS ["method"],
        "Time from a call at the gRPC door to the head of its answer.";
    ADMISSION_WAITING = "hearth_admission_waiting", Server Gauge ["queue", "lane"],
        "Requests that wait for their turn.";
    ADMISSION_REFUSED = "hearth_admission_refused_total", Server Counter ["queue", "lane"],
        "Requests refused because too many were waiting.";
    ADMISSION_EXPIRED = "hearth_admission_expired_total", Server Counter ["queue", "lane"],
        "Requests that waited too long and were not served.";
    ADMISSION_ABANDONED = "hearth_admission_abandoned_total", Server Counter ["queue", "lane"],
        "Requests whose client went away while they waited.";
    ADMISSION_WAIT_SECONDS = "hearth_admission_wait_seconds", Server SECONDS ["queue", "lane"],
        "How long requests waited for their turn.";
    WRITER_BATCHES = "hearth_writer_batches_total", Server Counter [],
        "Batches the writer has decided.";
    WRITER_REQUESTS = "hearth_writer_requests_total", Server Counter [],
        "Requests in those batches.";
    WRITER_COMMIT_SECONDS = "hearth_writer_commit_seconds", Server SECONDS [],
        "Time from the decision of a batch to its application on the leader.";
    READS = "hearth_reads_total", Server Counter ["consistency"],
        "Reads, by what was asked of them: linearizable or stale.";
    READ_ROUND_READERS = "hearth_read_round_readers", Server CROWD [],
        "Readers that shared one confirmation of leadership.";
    LOG_LEADS = "hearth_log_leads", Server Gauge [],
        "1 while this server leads.";
    LOG_TERM = "hearth_log_term", Server Gauge [],
        "The newest term this server knows; each election is a new one.";
    LOG_LAST_INDEX = "hearth_log_last_index", Server Gauge [],
        "Newest entry in this server's log.";
    LOG_COMMITTED_INDEX = "hearth_log_committed_index", Server Gauge [],
        "Newest entry known to be on a majority.";
    LOG_APPLIED_INDEX = "hearth_log_applied_index", Server Gauge [],
        "Newest entry applied to the records.";
    LOG_DURABLE_INDEX = "hearth_log_durable_index", Server Gauge [],
        "Entry up to which the records are durable without the log.";
    LOG_PURGED_INDEX = "hearth_log_purged_index", Server Gauge [],
        "Newest entry given up.";
    LOG_SYNCS = "hearth_log_syncs_total", Server Counter [],
        "Syncs of the log's disk.";
    LOG_ENTRIES = "hearth_log_entries_total", Server Counter [],
        "Entries appended.";
    LOG_BYTES = "hearth_log_bytes_total", Server Counter [],
        "Bytes appended.";
    CLOCK_OFFSET = "hearth_clock_offset_milliseconds", Server Gauge ["server"],
        "Clock of each server minus the leader's; on the leader only.";
    CLOCK_WRONG = "hearth_clock_wrong", Server Gauge ["server"],
        "1 for a server whose clock is too far from its quorum's; on the leader only.";
    WATCH_WATCHERS = "hearth_watch_watchers", Server Gauge [],
        "Watchers of records in this server.";
    WATCH_HISTORY_COMMITS = "hearth_watch_history_commits", Server Gauge [],
        "Commits kept for watchers that are behind.";
    WATCH_HISTORY_BYTES = "hearth_watch_history_bytes", Server Gauge [],
        "Memory of those commits.";
    WATCH_RESYNCS = "hearth_watch_resyncs_total", Server Counter [],
        "Watchers that were too far behind and had to begin again.";
    ROW_WATCHERS = "hearth_row_watch_watchers", Server Gauge [],
        "Clients that watch rows (hearth get -w).";
    ROW_WATCH_EVENTS = "hearth_row_watch_events_total", Server Counter [],
        "Changes computed for them, once however many watch.";
    ROW_WATCH_LOST = "hearth_row_watch_lost_total", Server Counter [],
        "Clients that were too slow and were cut off.";
    CONTROLLER_PLANS = "hearth_controller_plans_total", Server Counter ["controller"],
        "Keys a controller looked at.";
    CONTROLLER_INTENTS = "hearth_controller_intents_total", Server Counter ["controller", "outcome"],
        "What controllers intended: done, moved (the ground changed, it is planned anew) or failed (tried again).";
    AGENTS_CONNECTED = "hearth_agents_connected", Server Gauge [],
        "Agents with a session at this server; all are at the leader.";
    DNS_SERVERS_CONNECTED = "hearth_dns_servers_connected", Server Gauge [],
        "DNS servers with a session at this server; all are at the leader.";
    NODES = "hearth_nodes", Server Gauge ["ready"],
        "Nodes on record by readiness (true, false), as this server's records say.";
    INSTANCES = "hearth_instances", Server Gauge ["state"],
        "Instances on record by state, as this server's records say.";
    AGENT_CONNECTED = "hearth_agent_connected", Agent Gauge [],
        "1 while a server answers this agent.";
    AGENT_INSTANCES = "hearth_agent_instances", Agent Gauge ["state"],
        "Instances on this machine by state, as the newest report says.";
    AGENT_PASSES = "hearth_agent_reconcile_passes_total", Agent Counter ["outcome"],
        "Passes of the reconciler: done, or blind (the machine could not be observed).";
    AGENT_STEPS = "hearth_agent_steps_total", Agent Counter ["step", "outcome"],
        "Steps on the machine (network, image, start, end): done or failed.";
    AGENT_STEP_SECONDS = "hearth_agent_step_seconds", Agent SECONDS ["step"],
        "How long steps took.";
    DNS_QUERIES = "hearth_dns_queries_total", Dns Counter ["transport", "rcode"],
        "Queries answered, by verdict.";
    DNS_UNANSWERED = "hearth_dns_unanswered_total", Dns Counter ["transport"],
        "Datagrams and messages that deserved no answer.";
    DNS_QUERY_LOG_LINES = "hearth_dns_query_log_lines_total", Dns Counter ["outcome"],
        "Lines of query logs: written, or lost (more came than could be written, or the disk refused them).";
    DNS_TRANSFERS = "hearth_dns_transfers_total", Dns Counter ["outcome"],
        "Transfers of zones: sent, current (the peer had it already), refused, bad_signature (any signed query), or broken (the peer went away).";
    DNS_NOTIFICATIONS = "hearth_dns_notifications_total", Dns Counter ["outcome"],
        "Secondaries told that a zone changed: answered, refused (they said no), or unanswered (after three attempts).";
    DNS_PUBLISHED_GENERATION = "hearth_dns_published_generation", Dns Gauge [],
        "Generation of the zones that answers come from.";
    DNS_SERVED_GENERATION = "hearth_dns_served_generation", Dns Gauge [],
        "Generation of the zones that are also on disk, as the control plane is told.";
    DNS_RECORD_SETS_REFUSED = "hearth_dns_record_sets_refused_total", Dns Counter [],
        "Record sets that could not be compiled.";
    DNS_HEALTH_CHECKS = "hearth_dns_health_checks", Dns Gauge ["healthy"],
        "Health checks by verdict (true, false).";
    DNS_HEALTH_PROBES = "hearth_dns_health_probes_total", Dns Counter ["outcome"],
        "Probes sent by this server, or by this agent from inside VPCs: success or failure.";
    DNS_HEALTH_PROBE_SECONDS = "hearth_dns_health_probe_seconds", Dns SECONDS ["phase"],
        "Time of each phase (connect, tls, first_byte) of probes for checks that measure latency.";
    TRACE_SPANS = "hearth_trace_spans_total", Every Counter ["outcome"],
        "Spans of traces: exported, dropped (too many waited) or failed (the collector did not take them).";
    BUILD_INFO = "hearth_build_info", Every Gauge ["version"],
        "Always 1; which version runs.";
    PROCESS_CPU_SECONDS = "process_cpu_seconds_total", Every Counter [],
        "Processor time of the process, user and system.";
    PROCESS_RESIDENT_BYTES = "process_resident_memory_bytes", Every Gauge [],
        "Memory of the process.";
    PROCESS_OPEN_FDS = "process_open_fds", Every Gauge [],
        "Open file descriptors of the process.";
}
