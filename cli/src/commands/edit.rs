use crate::client::{Client, Target};
use crate::complete;
use crate::error::{CliError, Kind};
use crate::names::{Named, records};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::{EditRequest, GetRequest};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Change one record in an editor ($VISUAL, $EDITOR, else vi)
///
/// All of what the editor leaves becomes true, or nothing. If it is refused, the file stays where it is. What a manifest
/// declares comes back with its next apply.
///
/// Example: EDITOR=nano hearth edit asg/web
#[derive(Args, Debug)]
pub(crate) struct Edit {
    /// Kind and name or id, or KIND/NAME
    #[arg(required = true, num_args = 1..=2, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

impl Edit {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let wanted = match records(&self.what)?.as_slice() {
            [one] => one.clone(),
            _ => return Err(CliError::new(Kind::Usage, "one record can be edited at a time")),
        };
        let mut client = target.connect().await?;
        let before = manifest(&wanted, &mut client).await?;
        let file = Draft::new(&wanted, &before)?;
        file.edit()?;
        let after = file.text()?;
        if after.trim() == before.trim() {
            file.discard()?;
            return output::write(&format!("{}/{} unchanged\n", wanted.kind, wanted.name));
        }
        let Named { kind, name } = wanted;
        let request = EditRequest { kind: kind.clone(), name: name.clone(), before, after };
        let response = client.edit(request).await.map_err(|status| {
            CliError::from(status).with_hint(format!("what you wrote is in {}", file.path.display()))
        })?;
        file.discard()?;
        let response = response.into_inner();
        output::write(&format!("{kind}/{name} {}  {}\n", response.outcome, response.id))
    }
}

async fn manifest(wanted: &Named, client: &mut Client) -> Result<String, CliError> {
    let request =
        GetRequest { kind: wanted.kind.clone(), name: wanted.name.clone(), ..GetRequest::default() };
    let row = client.get(request).await?.into_inner().rows.into_iter().next();
    let row = row.ok_or_else(|| CliError::new(Kind::NotFound, "the record has just gone"))?;
    let object = output::object(&row)?;
    if object.get("spec").is_none() {
        return Err(CliError::new(Kind::Refused, format!("{} has nothing that a manifest says", row.kind)));
    }
    output::yaml(&output::manifest(&object))
}

/// The file in the editor.
struct Draft {
    path: PathBuf,
}

impl Draft {
    /// Nobody else may read it: a spec can hold secrets.
    fn new(wanted: &Named, text: &str) -> Result<Self, CliError> {
        use std::io::Write;
        use std::os::unix::fs::OpenOptionsExt;
        let plain = |text: &str| text.replace(|c: char| !c.is_ascii_alphanumeric(), "-");
        let name =
            format!("hearth-{}-{}-{}.yaml", plain(&wanted.kind), plain(&wanted.name), std::process::id());
        let path = std::env::temp_dir().join(name);
        let mut file = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(Self { path })
    }

    fn edit(&self) -> Result<(), CliError> {
        let set = |name: &str| std::env::var(name).ok().filter(|text| !text.trim().is_empty());
        let editor = set("VISUAL").or_else(|| set("EDITOR")).unwrap_or_else(|| "vi".to_owned());
        let mut words = editor.split_whitespace();
        let program = words.next().unwrap_or_default();
        let status = Command::new(program).args(words).arg(&self.path).status();
        let status = status
            .map_err(|error| CliError::failed(format!("the editor {program} cannot be started"), &error))?;
        match status.success() {
            true => Ok(()),
            false => Err(CliError::new(
                Kind::Failed,
                format!("the editor {program} failed ({status}); nothing was changed"),
            )),
        }
    }

    fn text(&self) -> Result<String, CliError> {
        let path: &Path = &self.path;
        std::fs::read_to_string(path)
            .map_err(|error| CliError::failed(format!("{} cannot be read", path.display()), &error))
    }

    fn discard(&self) -> Result<(), CliError> {
        Ok(std::fs::remove_file(&self.path)?)
    }
}
