use super::*;
use std::collections::BTreeSet;
use std::fmt::Write;

const BEGIN: &str = "<!-- metrics: begin -->\n";
const END: &str = "<!-- metrics: end -->\n";

/// The table that METRICS.md has to hold.
fn table() -> String {
    let mut table = String::from("| metric | kind | labels | of | meaning |\n|---|---|---|---|---|\n");
    for metric in catalogue::ALL {
        let part = match metric.part {
            Part::Server => "server",
            Part::Agent => "agent",
            Part::Dns => "dns",
            Part::Every => "all",
        };
        let labels = if metric.labels.is_empty() { "–".to_owned() } else { metric.labels.join(", ") };
        let (name, kind) = (metric.name, metric.kind.name());
        writeln!(table, "| `{name}` | {kind} | {labels} | {part} | {} |", metric.help).unwrap();
    }
    table
}

#[test]
fn the_page_is_the_catalogue() {
    let page = include_str!("../../METRICS.md");
    let shown =
        page.split_once(BEGIN).and_then(|(_, rest)| rest.split_once(END)).map_or("", |(shown, _)| shown);
    let table = table();
    assert!(shown == table, "METRICS.md: the table between the marks must be\n{BEGIN}{table}{END}");
}

#[test]
fn names_follow_prometheus() {
    let mut names = BTreeSet::new();
    for metric in catalogue::ALL {
        let name = metric.name;
        assert!(names.insert(name), "{name} is there twice");
        assert!(name.starts_with("hearth_") || name.starts_with("process_"), "{name}");
        assert_eq!(name.ends_with("_total"), metric.kind == Kind::Counter, "{name}");
        assert!(name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'), "{name}");
        assert!(metric.help.ends_with('.'), "{name}: {}", metric.help);
        if let Kind::Histogram(bounds) = metric.kind {
            assert!(bounds.is_sorted(), "{name}");
        }
    }
}

#[test]
fn histograms_have_buckets_and_samples_do_not_pile_up() {
    install();
    let samples = catalogue::AWS_REQUEST_SECONDS.samples(&["ec2", "TestAction"]);
    for _ in 0..=SAMPLES_WAITING {
        samples.record(0.002);
    }
    assert!(WAITING.load(Ordering::Relaxed) < SAMPLES_WAITING);
    let page = render();
    let bucket =
        "hearth_aws_request_seconds_bucket{service=\"ec2\",action=\"TestAction\",le=\"0.0025\"} 8193";
    assert!(page.contains(bucket), "{page}");
    assert!(page.contains("# HELP hearth_aws_request_seconds Time from"), "{page}");
}

#[test]
fn pages_are_prometheus_text() {
    let mut page = Page::default();
    page.add(&catalogue::NODES, &["true"], 2.0);
    page.add(&catalogue::NODES, &["fal\"se"], 0.5);
    page.add(&catalogue::LOG_LEADS, &[], 1.0);
    assert_eq!(
        page.into_text(),
        format!(
            "# HELP hearth_nodes {}\n# TYPE hearth_nodes gauge\nhearth_nodes{{ready=\"true\"}} 2\n\
             hearth_nodes{{ready=\"fal\\\"se\"}} 0.5\n# HELP hearth_log_leads {}\n# TYPE hearth_log_leads gauge\n\
             hearth_log_leads 1\n",
            catalogue::NODES.help,
            catalogue::LOG_LEADS.help
        )
    );
}

#[test]
fn the_process_tells_of_itself() {
    let page = render();
    for name in ["hearth_build_info{version=", "process_resident_memory_bytes ", "process_open_fds "] {
        assert!(page.contains(&format!("\n{name}")), "{name}: {page}");
    }
}

/// Names of metrics in a query, without the endings that a histogram's series have.
fn asked(query: &str) -> Vec<&str> {
    let words = query.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_');
    let names = words.filter(|word| word.starts_with("hearth_") || word.starts_with("process_"));
    let histograms = catalogue::ALL.iter().filter(|metric| matches!(metric.kind, Kind::Histogram(_)));
    let histograms: Vec<&'static str> = histograms.map(|metric| metric.name).collect();
    let ends = ["_bucket", "_sum", "_count"];
    let base = |asked: &str| {
        histograms.iter().copied().find(|name| ends.iter().any(|end| asked.strip_suffix(end) == Some(name)))
    };
    names.map(|name| base(name).unwrap_or(name)).collect()
}

#[test]
fn the_dashboard_asks_for_what_there_is() {
    let dashboard = include_str!("../../../../manifests/homelab/grafana.json");
    let dashboard: serde_json::Value = serde_json::from_str(dashboard).unwrap();
    let known: BTreeSet<&str> = catalogue::ALL.iter().map(|metric| metric.name).collect();
    let mut queries = 0;
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let query = target["expr"].as_str().unwrap();
            let asked = asked(query);
            assert!(!asked.is_empty(), "{}: {query}", panel["title"]);
            for name in asked {
                assert!(known.contains(name), "{}: there is no {name}: {query}", panel["title"]);
            }
            queries += 1;
        }
    }
    assert!(queries > 30, "{queries}");
    assert_eq!(
        asked("rate(hearth_aws_request_seconds_bucket{le=\"1\"}[5m])"),
        ["hearth_aws_request_seconds"]
    );
    assert_eq!(asked("hearth_nodes_count"), ["hearth_nodes_count"], "no histogram");
}
