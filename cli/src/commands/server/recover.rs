use crate::client::Target;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use controlplane_raft::{Recovered, TokioRuntime};
use controlplane_server::cluster::{RecoveryError, assess, recover};

/// Go on with this server alone after a majority was lost for good
///
/// Works on the data folder of a server that does not run. Without --confirm it changes nothing and says what would be
/// kept and what may be lost: ask every server that is left, and recover the one with the highest last entry. Afterwards
/// start it as ever; other servers join it anew, with empty data folders.
///
/// Example: hearth server recover --data-dir /var/lib/hearth
#[derive(Args, Debug)]
pub(crate) struct Recover {
    /// Do it, knowing what may be lost
    #[arg(long)]
    confirm: bool,
}

impl Recover {
    pub(crate) fn run(self, target: &Target) -> Result<(), CliError> {
        let dir = target.server_dir();
        let found = assess(&dir).map_err(refused)?;
        if found.members_before.len() == 1 {
            let message =
                format!("server {} is the only one of its cluster: there is nothing to recover", found.id);
            return Err(CliError::new(Kind::Refused, message));
        }
        output::write(&described(&found))?;
        if !self.confirm {
            let message = "nothing was changed";
            return Err(CliError::new(Kind::Refused, message).with_hint("--confirm makes it the only server"));
        }
        recover(&dir, &*TokioRuntime::current()).map_err(refused)?;
        output::write(&format!("server {} is the only one now; start it as ever\n", found.id))
    }
}

fn refused(error: RecoveryError) -> CliError {
    let kind = match &error {
        RecoveryError::NoServer(_) | RecoveryError::Refused { .. } => Kind::Refused,
        RecoveryError::Store { .. } => Kind::Failed,
    };
    CliError::failed("nothing can be recovered", &error).with_kind(kind)
}

/// What is kept and what may be lost, entry by entry as far as this server can know.
fn described(found: &Recovered) -> String {
    let (last, known) = (found.last_index, found.committed_index);
    let others = found.members_before.iter().filter(|(id, _)| **id != found.id);
    let others: Vec<String> = others.map(|(id, address)| format!("{id} ({address})")).collect();
    let unsure = match last > known {
        true => format!("entries {} to {last}: kept, though nobody may ever have been told so\n", known + 1),
        false => String::new(),
    };
    format!(
        "server {} of cluster {}, at {}\n\
         entries up to {known}: kept, known to be acknowledged\n\
         {unsure}\
         entries after {last}: lost, if the others acknowledged any without this server\n\
         servers {}: out for good; their data folders must not be used again\n",
        found.id,
        found.cluster,
        found.members_before[&found.id],
        others.join(", "),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_lost_is_named() {
        let mut found = Recovered {
            id: 2,
            cluster: "lab".into(),
            members_before: [(1, "a:1".to_owned()), (2, "b:1".to_owned()), (3, "c:1".to_owned())].into(),
            last_index: 12,
            committed_index: 10,
            changed: false,
        };
        let text = described(&found);
        for line in [
            "server 2 of cluster lab, at b:1\n",
            "entries up to 10: kept",
            "entries 11 to 12: kept, though",
            "entries after 12: lost",
            "servers 1 (a:1), 3 (c:1): out for good",
        ] {
            assert!(text.contains(line), "{text}");
        }
        found.committed_index = 12;
        assert!(!described(&found).contains("though"));
    }
}
