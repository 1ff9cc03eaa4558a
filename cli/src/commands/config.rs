use crate::client::TargetFlags;
use crate::client::contexts::{Context, Contexts};
use crate::error::{CliError, Kind};
use crate::output;
use clap::{Args, Subcommand};
use controlplane_proto::api::{Column, Row};

/// Names for the regions and clusters you work with
#[derive(Subcommand, Debug)]
pub(crate) enum Config {
    GetContexts(GetContexts),
    SetContext(SetContext),
    UseContext(UseContext),
    DeleteContext(DeleteContext),
}

/// List the contexts; a star marks the one commands use
///
/// Example: hearth config get-contexts
#[derive(Args, Debug)]
pub(crate) struct GetContexts {}

/// Give a region a name: the folder with its certificates, and where its servers are
///
/// Example: hearth config set-context lab --data-dir ~/lab --server 10.0.0.1:4567
#[derive(Args, Debug)]
pub(crate) struct SetContext {
    /// Name of the context
    name: String,
}

/// Let commands speak to this context's region unless they are told otherwise
///
/// Example: hearth config use-context lab
#[derive(Args, Debug)]
pub(crate) struct UseContext {
    /// Name of the context
    name: String,
}

/// Forget a context; its region and certificates stay
///
/// Example: hearth config delete-context lab
#[derive(Args, Debug)]
pub(crate) struct DeleteContext {
    /// Name of the context
    name: String,
}

impl Config {
    pub(crate) fn run(self, flags: &TargetFlags) -> Result<(), CliError> {
        let mut contexts = Contexts::read()?;
        let told = match self {
            Self::GetContexts(_) => return list(&contexts),
            Self::SetContext(set) => {
                let data_dir = flags.data_dir.clone().ok_or_else(|| {
                    CliError::new(Kind::Usage, "a context needs --data-dir, the folder with its certificates")
                })?;
                let context =
                    Context { data_dir: std::path::absolute(data_dir)?, server: flags.server.clone() };
                contexts.contexts.insert(set.name.clone(), context);
                format!("context {} set\n", set.name)
            }
            Self::UseContext(chosen) => {
                contexts.get(&chosen.name)?;
                contexts.current = Some(chosen.name.clone());
                format!("commands use context {}\n", chosen.name)
            }
            Self::DeleteContext(gone) => {
                contexts.get(&gone.name)?;
                contexts.contexts.remove(&gone.name);
                contexts.current = contexts.current.filter(|current| *current != gone.name);
                format!("context {} forgotten\n", gone.name)
            }
        };
        contexts.write()?;
        output::write(&told)
    }
}

fn list(contexts: &Contexts) -> Result<(), CliError> {
    let columns =
        ["CURRENT", "NAME", "DATA-DIR", "SERVERS"].map(|name| Column { name: name.to_owned(), wide: false });
    let rows: Vec<Row> = (contexts.contexts.iter())
        .map(|(name, context)| {
            let star = if contexts.current.as_ref() == Some(name) { "*" } else { "" };
            let cells = [star, name, &context.data_dir.display().to_string(), &context.server.join(",")];
            Row { cells: cells.map(str::to_owned).into(), ..Row::default() }
        })
        .collect();
    output::print(&columns, &rows, &output::Format::Table, false)
}
