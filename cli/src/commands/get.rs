use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::names::{Named, named};
use crate::output::{self, Format};
use crate::watch::{Step, Watch};
use clap::Args;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter};
use controlplane_proto::api::{Column, DrawRequest, GetRequest, KindsRequest, Row};
use controlplane_services_kernel::manifest::Selector;
use serde_json_path::JsonPath;

/// Show records
///
/// Example: hearth get instances -l tier=web --sort-by .status.launchTime -o wide
///
/// Example: hearth get i/web-1 -o jsonpath='{.status.privateIpAddress}'
///
/// Example: hearth get instances -A
///
/// Example: hearth get records example.com -o tree
///
/// Example: hearth get vpc,subnet -o custom-columns=NAME:.metadata.name,CIDR:.spec.cidrBlock
#[derive(Args, Debug)]
pub(crate) struct Get {
    /// Kind, plural or short name, then names or ids; or KIND/NAME...; or KIND,KIND...; `all`; `kinds` lists them
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
    /// Only records with these tags: tier=web,stage!=test,backup,!old,zone in (a,b)
    #[arg(short = 'l', long, value_name = "TAGS", value_parser = Selector::parse)]
    selector: Option<Selector>,
    /// In the order of a field: .metadata.name
    #[arg(long, value_name = "PATH", value_parser = output::path, conflicts_with = "watch")]
    sort_by: Option<JsonPath>,
    /// Records of every account in every region, with account and region first
    #[arg(short = 'A', long, conflicts_with = "watch")]
    all_accounts: bool,
    /// Go on with every change, through the death of servers
    #[arg(short, long)]
    watch: bool,
    /// Take what the server has without asking the others, and say how old it may be
    #[arg(long, conflicts_with = "watch")]
    stale: bool,
}

/// Rows of one kind.
struct Group {
    kind: String,
    columns: Vec<Column>,
    rows: Vec<Row>,
}

impl Get {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let wanted = match self.what.as_slice() {
            [word] if word == "all" => every_kind(target).await?,
            words => named(words)?,
        };
        if let (Format::Tree, [one], false) = (&self.output, wanted.as_slice(), self.watch)
            && !one.name.is_empty()
        {
            return draw(one, target).await;
        }
        if self.watch {
            return match wanted.as_slice() {
                [one] => self.follow(one, target).await,
                _ => Err(CliError::new(Kind::Usage, "one kind or one record can be watched at a time")),
            };
        }
        let single = matches!(wanted.as_slice(), [one] if !one.name.is_empty());
        let mut groups = match self.what == ["kinds"] {
            true => vec![kinds(target).await?],
            false => self.read(&wanted, target).await?,
        };
        for group in &mut groups {
            if let Some(selector) = &self.selector {
                output::select(&mut group.rows, selector)?;
            }
            if let Some(field) = &self.sort_by {
                output::sort(&mut group.rows, field)?;
            }
        }
        self.print(groups, single)
    }

    async fn read(&self, wanted: &[Named], target: &Target) -> Result<Vec<Group>, CliError> {
        let mut client = target.connect().await?;
        let mut groups: Vec<Group> = Vec::new();
        let mut age = 0;
        for Named { kind, name } in wanted {
            let request = GetRequest {
                kind: kind.clone(),
                name: name.clone(),
                stale: self.stale,
                session: String::new(),
                all_accounts: self.all_accounts,
            };
            let response = client.get(request).await?.into_inner();
            age = age.max(response.max_age_ms);
            match groups.last_mut().filter(|group| group.kind == *kind) {
                Some(group) => group.rows.extend(response.rows),
                None => {
                    groups.push(Group { kind: kind.clone(), columns: response.columns, rows: response.rows })
                }
            }
        }
        if self.stale {
            eprintln!("stale: as of at most {:.3} s ago", age as f64 / 1000.0);
        }
        Ok(groups)
    }

    /// Several kinds as tables are told apart by what stands before their names.
    fn print(&self, mut groups: Vec<Group>, single: bool) -> Result<(), CliError> {
        let is_table = matches!(self.output, Format::Table | Format::Wide);
        let places = is_table && self.all_accounts && self.what != ["kinds"];
        if groups.len() > 1 && is_table {
            groups.retain(|group| !group.rows.is_empty());
            let mut between = "";
            for group in &mut groups {
                for row in &mut group.rows {
                    if let Some(first) = row.cells.first_mut() {
                        *first = format!("{}/{first}", row.kind);
                    }
                }
                if places {
                    with_places(group)?;
                }
                output::write(between)?;
                output::print(&group.columns, &group.rows, &self.output, false)?;
                between = "\n";
            }
            if !groups.is_empty() {
                return Ok(());
            }
        }
        if places {
            groups.iter_mut().try_for_each(with_places)?;
        }
        let columns = groups.first().map(|group| group.columns.clone()).unwrap_or_default();
        let rows: Vec<Row> = groups.into_iter().flat_map(|group| group.rows).collect();
        output::print(&columns, &rows, &self.output, single)
    }

    async fn follow(&self, one: &Named, target: &Target) -> Result<(), CliError> {
        let mut watch = Watch::start(target, &one.kind, &one.name).await?;
        let mut heading = true;
        loop {
            let Step::Row(change, mut row) = watch.next().await? else { continue };
            if let Some(selector) = &self.selector
                && !selector.selects(output::tags(&output::object(&row)?))
            {
                continue;
            }
            let mut columns = watch.columns().to_vec();
            columns.push(Column { name: "EVENT".to_owned(), wide: false });
            row.cells.push(change.as_str_name().to_owned());
            output::line(&columns, &row, &self.output, heading)?;
            heading = false;
        }
    }
}

/// The records of a kind that are held by the one that is named.
async fn draw(one: &Named, target: &Target) -> Result<(), CliError> {
    let request = DrawRequest { kind: one.kind.clone(), holder: one.name.clone() };
    output::write(&target.connect().await?.draw(request).await?.into_inner().text)
}

/// Puts account and region before everything else: ids and names may come again in another one.
fn with_places(group: &mut Group) -> Result<(), CliError> {
    let places = [("ACCOUNT", "account"), ("REGION", "region")];
    group.columns.splice(0..0, places.map(|(name, _)| Column { name: name.to_owned(), wide: false }));
    for row in &mut group.rows {
        let object = output::object(row)?;
        let cells =
            places.map(|(_, field)| object["metadata"][field].as_str().unwrap_or_default().to_owned());
        row.cells.splice(0..0, cells);
    }
    Ok(())
}

/// The kinds themselves.
async fn kinds(target: &Target) -> Result<Group, CliError> {
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
    Ok(Group { kind: "kind".to_owned(), columns, rows })
}

/// Every kind that has something to show, but for events, which are no possessions.
async fn every_kind(target: &Target) -> Result<Vec<Named>, CliError> {
    let kinds = target.connect().await?.kinds(KindsRequest {}).await?.into_inner().kinds;
    let kinds = kinds.into_iter().filter(|kind| kind.name != "event");
    Ok(kinds.map(|kind| Named { kind: kind.name, name: String::new() }).collect())
}
