//! Rows as tables, objects as YAML or JSON, and whatever else people ask for.

mod columns;
mod template;

use crate::error::{CliError, Kind};
use clap_complete::engine::CompletionCandidate;
pub(crate) use columns::Columns;
use comfy_table::{ContentArrangement, Table, presets};
use controlplane_proto::api::{Column, Row};
use controlplane_services_kernel::manifest::Selector;
use serde_json::{Value, json};
use serde_json_path::JsonPath;
use std::cmp::Ordering;
use std::io::{IsTerminal, Write};
use std::str::FromStr;
pub(crate) use template::{Template, path};

/// How to print records.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Format {
    Table,
    /// All columns.
    Wide,
    Json,
    Yaml,
    /// `kind/name`, one per line.
    Name,
    /// Fields in a text.
    JsonPath(Template),
    Columns(Columns),
    /// As the server draws the records of a kind below what holds them.
    Tree,
}

impl Format {
    /// What `--help` says.
    pub(crate) const HELP: &str = "How to print: table, wide, json, yaml, name, jsonpath=TEMPLATE, custom-columns=HEADING:PATH,... or tree";

    /// What a shell may offer.
    pub(crate) fn candidates() -> Vec<CompletionCandidate> {
        let words = ["table", "wide", "json", "yaml", "name", "jsonpath=", "custom-columns=", "tree"];
        words.map(CompletionCandidate::new).into()
    }
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, text.split_once('=')) {
            ("table", _) => Ok(Self::Table),
            ("wide", _) => Ok(Self::Wide),
            ("json", _) => Ok(Self::Json),
            ("yaml", _) => Ok(Self::Yaml),
            ("name", _) => Ok(Self::Name),
            ("tree", _) => Ok(Self::Tree),
            (_, Some(("jsonpath", template))) => Template::parse(template).map(Self::JsonPath),
            (_, Some(("custom-columns", columns))) => Columns::parse(columns).map(Self::Columns),
            _ => Err(format!("there is no such form. {}", Self::HELP)),
        }
    }
}

/// Prints rows; one record wanted by name is printed as an object, several as a list.
pub(crate) fn print(columns: &[Column], rows: &[Row], format: &Format, single: bool) -> Result<(), CliError> {
    let text = match format {
        Format::Table | Format::Wide | Format::Columns(_) if rows.is_empty() => {
            eprintln!("no records found");
            return Ok(());
        }
        Format::Table | Format::Wide => table(columns, rows, *format == Format::Wide, true),
        Format::Columns(chosen) => {
            let rows: Vec<Row> =
                rows.iter().map(|row| Ok(chosen.row(row, &object(row)?))).collect::<Result<_, CliError>>()?;
            table(&chosen.headings(), &rows, true, true)
        }
        Format::JsonPath(template) => template.fill(&objects(rows, single)?) + "\n",
        Format::Name => rows.iter().map(name).collect(),
        Format::Json => serde_json::to_string_pretty(&objects(rows, single)?).unwrap_or_default() + "\n",
        Format::Yaml => yaml(&objects(rows, single)?)?,
        Format::Tree => return Err(no_tree()),
    };
    write(&text)
}

/// One line of a watch.
pub(crate) fn line(columns: &[Column], row: &Row, format: &Format, heading: bool) -> Result<(), CliError> {
    let rows = std::slice::from_ref(row);
    match format {
        Format::Table | Format::Wide => write(&table(columns, rows, *format == Format::Wide, heading)),
        Format::Columns(chosen) => {
            let row = chosen.row(row, &object(row)?);
            write(&table(&chosen.headings(), &[row], true, heading))
        }
        Format::JsonPath(template) => write(&(template.fill(&object(row)?) + "\n")),
        Format::Name => write(&name(row)),
        Format::Json => write(&format!("{}\n", row.json)),
        Format::Yaml => write(&format!("---\n{}", yaml(&object(row)?)?)),
        Format::Tree => Err(no_tree()),
    }
}

/// Rows are no tree; whoever can have one drawn does not come here.
fn no_tree() -> CliError {
    CliError::new(Kind::Usage, "a tree is drawn of one thing: hearth get records ZONE -o tree")
}

/// Keeps the rows that a selector names.
pub(crate) fn select(rows: &mut Vec<Row>, selector: &Selector) -> Result<(), CliError> {
    let objects = rows.iter().map(object).collect::<Result<Vec<_>, _>>()?;
    let mut objects = objects.iter();
    rows.retain(|_| objects.next().is_some_and(|object| selector.selects(tags(object))));
    Ok(())
}

/// What a selector looks at. Nodes have labels, which people said of them, where all else has tags.
pub(crate) fn tags(object: &Value) -> Option<&Value> {
    object.pointer("/spec/tags").or_else(|| object.pointer("/status/labels"))
}

/// Sorts rows by a field: nothing first, then numbers by size, then texts.
pub(crate) fn sort(rows: &mut Vec<Row>, field: &JsonPath) -> Result<(), CliError> {
    let mut keyed = Vec::with_capacity(rows.len());
    for row in rows.drain(..) {
        let object = object(&row)?;
        keyed.push((field.query(&object).first().cloned().unwrap_or_default(), row));
    }
    keyed.sort_by(|(left, _), (right, _)| order(left, right));
    rows.extend(keyed.into_iter().map(|(_, row)| row));
    Ok(())
}

fn order(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| (!value.is_null(), !value.is_number());
    let number = |value: &Value| value.as_f64().unwrap_or_default();
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    rank(left).cmp(&rank(right)).then_with(|| match left {
        Value::Number(_) => number(left).total_cmp(&number(right)),
        _ => text(left).cmp(&text(right)),
    })
}

/// Prints to stdout; a reader that is gone (`| head`) ends the program quietly.
pub(crate) fn write(text: &str) -> Result<(), CliError> {
    let mut stdout = std::io::stdout().lock();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => std::process::exit(0),
        other => Ok(other?),
    }
}

fn table(columns: &[Column], rows: &[Row], wide: bool, heading: bool) -> String {
    let shown: Vec<usize> = (0..columns.len()).filter(|index| wide || !columns[*index].wide).collect();
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_content_arrangement(ContentArrangement::Disabled);
    if heading {
        table.set_header(shown.iter().map(|index| columns[*index].name.as_str()));
    }
    for row in rows {
        table.add_row(shown.iter().map(|index| row.cells.get(*index).map_or("", String::as_str)));
    }
    let lines =
        table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_owned() + "\n");
    lines.collect()
}

fn name(row: &Row) -> String {
    format!("{}/{}\n", row.kind, if row.name.is_empty() { &row.id } else { &row.name })
}

/// The whole record of a row.
pub(crate) fn object(row: &Row) -> Result<Value, CliError> {
    serde_json::from_str(&row.json).map_err(|error| {
        CliError::new(Kind::Failed, format!("the server sent no JSON for {}: {error}", row.id))
    })
}

fn objects(rows: &[Row], single: bool) -> Result<Value, CliError> {
    match rows {
        [row] if single => object(row),
        rows => Ok(json!({"items": rows.iter().map(object).collect::<Result<Vec<_>, _>>()?})),
    }
}

/// What a manifest says of a record: neither its ids nor its status. What has no name is called by its id.
pub(crate) fn manifest(object: &Value) -> Value {
    let metadata = &object["metadata"];
    let name = if metadata["name"] == "" { &metadata["id"] } else { &metadata["name"] };
    json!({
        "kind": object["kind"],
        "metadata": {"name": name},
        "spec": object["spec"],
    })
}

/// As YAML.
pub(crate) fn yaml(value: &Value) -> Result<String, CliError> {
    serde_saphyr::to_string(value).map_err(|error| CliError::failed("YAML cannot be written", &error))
}

/// Progress for people: a spinner on a terminal, nothing elsewhere.
pub(crate) fn spinner(message: String) -> indicatif::ProgressBar {
    if !std::io::stderr().is_terminal() {
        return indicatif::ProgressBar::hidden();
    }
    let spinner = indicatif::ProgressBar::new_spinner().with_message(message);
    spinner.enable_steady_tick(std::time::Duration::from_millis(100));
    spinner
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Row> {
        let row =
            |name: &str, json: Value| Row { name: name.to_owned(), json: json.to_string(), ..Row::default() };
        vec![
            row("ten", json!({"spec": {"size": 10, "tags": {"a": "x"}}})),
            row("text", json!({"spec": {"size": "big"}})),
            row("none", json!({"spec": {"tags": {"a": "y"}}})),
            row("two", json!({"spec": {"size": 2, "tags": {"a": "x"}}})),
        ]
    }

    fn names(rows: &[Row]) -> Vec<&str> {
        rows.iter().map(|row| row.name.as_str()).collect()
    }

    #[test]
    fn rows_are_sorted_by_a_field() {
        let mut rows = rows();
        sort(&mut rows, &path(".spec.size").unwrap()).unwrap();
        assert_eq!(names(&rows), ["none", "two", "ten", "text"]);
    }

    #[test]
    fn rows_are_selected_in_their_order() {
        let mut rows = rows();
        select(&mut rows, &Selector::parse("a=x").unwrap()).unwrap();
        assert_eq!(names(&rows), ["ten", "two"]);
    }

    #[test]
    fn formats_are_read_whole() {
        assert_eq!("wide".parse(), Ok(Format::Wide));
        let template = Template::parse("{.metadata.name}").unwrap();
        assert_eq!("jsonpath={.metadata.name}".parse(), Ok(Format::JsonPath(template)));
        for text in ["", "jsonpath", "xml", "custom-columns=", "jsonpath={.a"] {
            assert!(text.parse::<Format>().is_err(), "{text}");
        }
    }
}
