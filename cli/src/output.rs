//! Rows as tables, objects as YAML or JSON.

use crate::error::{CliError, Kind};
use clap::ValueEnum;
use comfy_table::{ContentArrangement, Table, presets};
use controlplane_proto::api::{Column, Row};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};

/// How to print records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// Columns for people
    Table,
    /// All columns
    Wide,
    /// Objects
    Json,
    /// Objects
    Yaml,
    /// kind/name, one per line
    Name,
}

/// Prints rows; one record wanted by name is printed as an object, several as a list.
pub(crate) fn print(columns: &[Column], rows: &[Row], format: Format, single: bool) -> Result<(), CliError> {
    let text = match format {
        Format::Table | Format::Wide if rows.is_empty() => {
            eprintln!("no records found");
            return Ok(());
        }
        Format::Table | Format::Wide => table(columns, rows, format == Format::Wide, true),
        Format::Name => rows.iter().map(name).collect(),
        Format::Json => serde_json::to_string_pretty(&objects(rows, single)?).unwrap_or_default() + "\n",
        Format::Yaml => yaml(&objects(rows, single)?)?,
    };
    write(&text)
}

/// One line of a watch.
pub(crate) fn line(columns: &[Column], row: &Row, format: Format, heading: bool) -> Result<(), CliError> {
    match format {
        Format::Table | Format::Wide => {
            write(&table(columns, std::slice::from_ref(row), format == Format::Wide, heading))
        }
        Format::Name => write(&name(row)),
        Format::Json => write(&format!("{}\n", row.json)),
        Format::Yaml => write(&format!("---\n{}", yaml(&object(row)?)?)),
    }
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

fn object(row: &Row) -> Result<Value, CliError> {
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

fn yaml(value: &Value) -> Result<String, CliError> {
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
