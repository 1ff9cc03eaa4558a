use crate::client::Target;
use crate::error::CliError;
use crate::output::{self, Format};
use crate::watch::{Step, Watch};
use clap::Args;
use controlplane_proto::api::{Column, GetRequest, KindsRequest, Row};

/// Show records of a kind
///
/// Example: hearth get instances -o wide
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Kind, plural or short name; `kinds` lists them
    kind: String,
    /// Name or id
    name: Option<String>,
    /// How to print
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
    /// Go on with every change, through the death of servers
    #[arg(short, long)]
    watch: bool,
    /// Take what the server has without asking the others, and say how old it may be
    #[arg(long, conflicts_with = "watch")]
    stale: bool,
}

impl Get {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        if self.kind == "kinds" {
            return self.kinds(target).await;
        }
        let single = self.name.is_some();
        let name = self.name.clone().unwrap_or_default();
        if self.watch {
            return self.follow(&name, target).await;
        }
        let request = GetRequest { kind: self.kind.clone(), name, stale: self.stale, session: String::new() };
        let response = target.connect().await?.get(request).await?.into_inner();
        if self.stale {
            let age = response.max_age_ms as f64 / 1000.0;
            eprintln!("stale: as of at most {age:.3} s ago");
        }
        output::print(&response.columns, &response.rows, self.output, single)
    }

    async fn follow(&self, name: &str, target: &Target) -> Result<(), CliError> {
        let mut watch = Watch::start(target, &self.kind, name).await?;
        let mut heading = true;
        loop {
            let Step::Row(change, mut row) = watch.next().await? else { continue };
            let mut columns = watch.columns().to_vec();
            columns.push(Column { name: "EVENT".to_owned(), wide: false });
            row.cells.push(change.as_str_name().to_owned());
            output::line(&columns, &row, self.output, heading)?;
            heading = false;
        }
    }

    async fn kinds(&self, target: &Target) -> Result<(), CliError> {
        let kinds = target.connect().await?.kinds(KindsRequest {}).await?.into_inner().kinds;
        let names = ["NAME", "PLURAL", "SHORT", "SERVICE", "MANIFEST"];
        let columns: Vec<Column> =
            names.iter().map(|name| Column { name: (*name).to_owned(), wide: false }).collect();
        let rows: Vec<Row> = kinds
            .into_iter()
            .map(|kind| Row {
                cells: vec![
                    kind.name.clone(),
                    kind.plural,
                    kind.short_names.join(","),
                    kind.service,
                    if kind.declarative { "yes" } else { "" }.to_owned(),
                ],
                json: format!("{{\"name\":\"{}\"}}", kind.name),
                name: kind.name,
                kind: "kind".to_owned(),
                id: String::new(),
            })
            .collect();
        output::print(&columns, &rows, self.output, false)
    }
}
