use crate::client::Target;
use crate::error::CliError;
use crate::output::{self, Format};
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
    /// Go on with every change
    #[arg(short, long)]
    watch: bool,
}

impl Get {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        if self.kind == "kinds" {
            return self.kinds(target).await;
        }
        let single = self.name.is_some();
        let request = GetRequest { kind: self.kind.clone(), name: self.name.clone().unwrap_or_default() };
        if self.watch {
            return self.follow(request, target).await;
        }
        let response = target.connect().await?.get(request).await?.into_inner();
        output::print(&response.columns, &response.rows, self.output, single)
    }

    async fn follow(&self, request: GetRequest, target: &Target) -> Result<(), CliError> {
        let mut events = target.connect().await?.watch(request).await?.into_inner();
        let mut columns: Vec<Column> = Vec::new();
        let mut heading = true;
        while let Some(event) = events.message().await? {
            if !event.columns.is_empty() {
                columns = event.columns;
                columns.push(Column { name: "EVENT".to_owned(), wide: false });
            }
            let Some(mut row) = event.row else { continue };
            row.cells.push(event.event);
            output::line(&columns, &row, self.output, heading)?;
            heading = false;
        }
        Ok(())
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
