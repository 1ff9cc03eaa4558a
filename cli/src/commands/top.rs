use crate::client::Target;
use crate::complete;
use crate::error::CliError;
use crate::names::named;
use crate::output::{self, Format};
use clap::Args;
use clap_complete::engine::{ArgValueCandidates, ArgValueCompleter};
use controlplane_proto::api::TopRequest;
use controlplane_services_kernel::manifest::Selector;
use serde_json_path::JsonPath;

/// Show what nodes or instances use
///
/// Takes a second: the agents read the kernel's counters twice. CPU is in thousandths of a processor (250m is a quarter),
/// percentages are of what the machine has or the instance type grants. Memory leaves out what the kernel can drop.
///
/// Example: hearth top nodes
///
/// Example: hearth top instances -l tier=web --sort-by cpu
#[derive(Args, Debug)]
pub(crate) struct Top {
    /// `nodes` or `instances`, then names or ids; or KIND/NAME...
    #[arg(required = true, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
    #[arg(short, long, default_value = "table", help = Format::HELP, add = ArgValueCandidates::new(Format::candidates))]
    output: Format,
    /// Only records with these tags: tier=web,stage!=test,backup,!old,zone in (a,b)
    #[arg(short = 'l', long, value_name = "TAGS", value_parser = Selector::parse)]
    selector: Option<Selector>,
    /// `cpu` or `memory`, who uses most first; or in the order of a field: .metadata.name
    #[arg(long, value_name = "cpu|memory|PATH", value_parser = Order::parse)]
    sort_by: Option<Order>,
}

/// In which order.
#[derive(Clone, Debug)]
struct Order {
    field: JsonPath,
    most_first: bool,
}

impl Order {
    fn parse(text: &str) -> Result<Self, String> {
        let (path, most_first) = match text {
            "cpu" => (".usage.cpuMillis", true),
            "memory" => (".usage.memoryBytes", true),
            path => (path, false),
        };
        Ok(Self { field: output::path(path)?, most_first })
    }
}

impl Top {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let wanted = named(&self.what)?;
        let single = matches!(wanted.as_slice(), [one] if !one.name.is_empty());
        let mut client = target.connect().await?;
        let (mut columns, mut rows) = (Vec::new(), Vec::new());
        for one in wanted {
            let answer = client.top(TopRequest { kind: one.kind, name: one.name }).await?.into_inner();
            columns = answer.columns;
            rows.extend(answer.rows);
        }
        if let Some(selector) = &self.selector {
            output::select(&mut rows, selector)?;
        }
        if let Some(order) = &self.sort_by {
            output::sort(&mut rows, &order.field)?;
            if order.most_first {
                rows.reverse();
            }
        }
        output::print(&columns, &rows, &self.output, single)
    }
}
