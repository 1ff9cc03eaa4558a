use crate::client::{Client, Target};
use crate::complete;
use crate::error::CliError;
use crate::names::{Named, records};
use crate::output::{self, Format};
use crate::watch::{Step, Watch};
use clap::Args;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter};
use controlplane_proto::api::row_change::Change;
use controlplane_proto::api::{GetRequest, Row};
use std::collections::BTreeSet;

/// Show what happened in the last hour, oldest first
///
/// Example: hearth events --watch
///
/// Example: hearth events asg/web node/rack1-a
#[derive(Args, Debug)]
pub(crate) struct Events {
    /// Only what happened to these: a kind and names or ids, or KIND/NAME...
    #[arg(value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
    /// Go on with what happens next
    #[arg(short, long)]
    watch: bool,
}

const EVENT: &str = "event";

/// Kind and id of the records whose events are wanted; empty: of all.
type About = BTreeSet<(String, String)>;

impl Events {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        let about = match self.what.is_empty() {
            true => About::new(),
            false => found(&records(&self.what)?, &mut client).await?,
        };
        if self.watch {
            return self.follow(&about, target).await;
        }
        let request = GetRequest { kind: EVENT.to_owned(), ..GetRequest::default() };
        let response = client.get(request).await?.into_inner();
        let rows = response.rows.into_iter().filter_map(|row| match concerns(&row, &about) {
            Ok(wanted) => wanted.then_some(Ok(row)),
            Err(error) => Some(Err(error)),
        });
        output::print(&response.columns, &rows.collect::<Result<Vec<_>, _>>()?, &self.output, false)
    }

    async fn follow(&self, about: &About, target: &Target) -> Result<(), CliError> {
        let mut watch = Watch::start(target, EVENT, "").await?;
        let mut heading = true;
        loop {
            // An event that is forgotten after its hour is no news.
            let Step::Row(change, row) = watch.next().await? else { continue };
            if change == Change::Deleted || !concerns(&row, about)? {
                continue;
            }
            output::line(watch.columns(), &row, &self.output, heading)?;
            heading = false;
        }
    }
}

async fn found(wanted: &[Named], client: &mut Client) -> Result<About, CliError> {
    let mut about = About::new();
    for Named { kind, name } in wanted {
        let request = GetRequest { kind: kind.clone(), name: name.clone(), ..GetRequest::default() };
        let rows = client.get(request).await?.into_inner().rows;
        about.extend(rows.into_iter().map(|row| (row.kind, row.id)));
    }
    Ok(about)
}

fn concerns(event: &Row, about: &About) -> Result<bool, CliError> {
    if about.is_empty() {
        return Ok(true);
    }
    let event = output::object(event)?;
    let text = |field: &str| event["status"][field].as_str().unwrap_or_default().to_owned();
    Ok(about.contains(&(text("kind"), text("id"))))
}
