//! Files into instances and out of them, as a tar stream through `exec`.
//!
//! What comes out of an instance was made by somebody who may not be trusted: it is unpacked beside its place, nothing in it
//! may lead out of there, and only when all of it has come does it get its name.

use crate::client::Target;
use crate::complete;
use crate::error::{CliError, Kind};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::{ExecInput, ExecOutput, ExecStart, exec_input};
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Component, Path, PathBuf};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio_stream::wrappers::ReceiverStream;
use tonic::Streaming;

/// Copy a file or a folder into an instance or out of one
///
/// The instance needs `tar`. A target that ends in a slash, or is a folder here, gets the source into it; any other is the
/// copy's own name.
///
/// Example: hearth cp web-1:/var/log/app.log .
///
/// Example: hearth cp ./site web-1:/srv/
#[derive(Args, Debug)]
pub(crate) struct Cp {
    /// PATH, or INSTANCE:PATH
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    source: String,
    /// INSTANCE:PATH, or PATH
    #[arg(add = ArgValueCompleter::new(complete::instances))]
    target: String,
}

/// One end of a copy.
#[derive(Debug, PartialEq)]
enum Place {
    Here(PathBuf),
    There { instance: String, path: String },
}

const CHUNK: usize = 64 * 1024;
/// Chunks on their way.
const IN_FLIGHT: usize = 16;
/// As much of what `tar` complains about is told.
const MOST_COMPLAINTS: usize = 4096;

impl Place {
    /// As with `scp`: a colon before the first slash names an instance.
    fn parse(text: &str) -> Self {
        match text.split_once(':') {
            Some((instance, path)) if !instance.is_empty() && !instance.contains('/') => {
                Self::There { instance: instance.to_owned(), path: path.to_owned() }
            }
            _ => Self::Here(text.into()),
        }
    }
}

impl Cp {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        match (Place::parse(&self.source), Place::parse(&self.target)) {
            (Place::Here(from), Place::There { instance, path }) => {
                let name = file_name(&from)?;
                let (folder, name) = inside(&path, &name)?;
                upload(from, name, instance, folder, target).await?;
            }
            (Place::There { instance, path }, Place::Here(to)) => {
                let (folder, name) = split(&path)?;
                let to = if to.is_dir() { to.join(&name) } else { to };
                download(instance, folder, name, to, target).await?;
            }
            _ => return Err(usage("one of both is INSTANCE:PATH, and the other a path here")),
        }
        output::write(&format!("{} copied to {}\n", self.source, self.target))
    }
}

fn usage(message: &str) -> CliError {
    CliError::new(Kind::Usage, message)
}

fn file_name(path: &Path) -> Result<String, CliError> {
    let whole = fs::canonicalize(path)
        .map_err(|error| CliError::failed(format!("{} cannot be read", path.display()), &error))?;
    let name = whole.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned).ok_or_else(|| usage("the source needs a name of its own"))
}

/// Folder and name of a path in an instance.
fn split(path: &str) -> Result<(String, String), CliError> {
    let path = path.trim_end_matches('/');
    let (folder, name) = path.rsplit_once('/').unwrap_or((".", path));
    if matches!(name, "" | "." | "..") {
        return Err(usage("the path in the instance has to end in a name"));
    }
    Ok((if folder.is_empty() { "/" } else { folder }.to_owned(), name.to_owned()))
}

/// The same of a target, where a slash at the end means: into it.
fn inside(path: &str, name: &str) -> Result<(String, String), CliError> {
    match path {
        "" => Ok((".".to_owned(), name.to_owned())),
        path if path.ends_with('/') => Ok((path.to_owned(), name.to_owned())),
        path => split(path),
    }
}

async fn upload(
    from: PathBuf,
    name: String,
    instance: String,
    folder: String,
    target: &Target,
) -> Result<(), CliError> {
    let command = ["tar", "-x", "-f", "-", "-C", &folder].map(str::to_owned).to_vec();
    let (inputs, outputs) = start(instance, command, target).await?;
    let pack = spawn_blocking(move || {
        let mut archive = tar::Builder::new(Inputs(inputs));
        archive.follow_symlinks(false);
        match fs::metadata(&from)?.is_dir() {
            true => archive.append_dir_all(&name, &from)?,
            false => archive.append_path_with_name(&from, &name)?,
        }
        archive.into_inner()?.close()
    });
    let (ended, packed) = tokio::join!(until_ended(outputs, |_| async { true }), pack);
    // What tar says there explains more than that it stopped listening.
    ended?;
    packed
        .map_err(io::Error::other)
        .flatten()
        .map_err(|error| CliError::failed("the source cannot be sent", &error))
}

async fn download(
    instance: String,
    folder: String,
    name: String,
    to: PathBuf,
    target: &Target,
) -> Result<(), CliError> {
    if fs::symlink_metadata(&to).is_ok_and(|there| there.is_dir()) {
        return Err(CliError::new(Kind::Refused, format!("{} is there already", to.display())));
    }
    let aside = Aside::beside(&to)?;
    let command = ["tar", "-c", "-f", "-", "-C", &folder, "--", &name].map(str::to_owned).to_vec();
    let (inputs, outputs) = start(instance, command, target).await?;
    // Nobody types anything.
    drop(inputs);
    let (sender, chunks) = mpsc::channel(IN_FLIGHT);
    let into = aside.0.clone();
    let unpack = spawn_blocking(move || {
        let mut archive = tar::Archive::new(Outputs { chunks, chunk: Vec::new(), taken: 0 });
        archive.set_preserve_ownerships(false);
        archive.entries()?.try_for_each(|entry| unpack(entry?, &into))
    });
    let pump = until_ended(outputs, move |bytes| {
        let sender = sender.clone();
        async move { sender.send(bytes).await.is_ok() }
    });
    let (ended, unpacked) = tokio::join!(pump, unpack);
    let unpacked = unpacked.map_err(io::Error::other).flatten();
    ended?;
    unpacked.map_err(|error| CliError::failed("what came cannot be unpacked", &error))?;
    let got = aside.0.join(&name);
    fs::rename(&got, &to)
        .map_err(|error| CliError::failed(format!("{} cannot be made", to.display()), &error))
}

/// Refuses what leads out of `into`.
fn unpack<R: Read>(mut entry: tar::Entry<'_, R>, into: &Path) -> io::Result<()> {
    let path = entry.path()?.into_owned();
    let plain = |part: Component<'_>| matches!(part, Component::Normal(_) | Component::CurDir);
    if !path.components().all(plain) || !entry.unpack_in(into)? {
        return Err(io::Error::other(format!("{} leads elsewhere", path.display())));
    }
    Ok(())
}

/// A folder beside the copy's place, removed with what is left in it.
struct Aside(PathBuf);

impl Aside {
    fn beside(to: &Path) -> Result<Self, CliError> {
        let parent = to.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let folder = parent.join(format!(".hearth-cp-{}", std::process::id()));
        fs::create_dir(&folder).map_err(|error| {
            CliError::failed(format!("{} cannot be written to", parent.display()), &error)
        })?;
        Ok(Self(folder))
    }
}

impl Drop for Aside {
    fn drop(&mut self) {
        // There is nobody left to tell.
        let _ = fs::remove_dir_all(&self.0);
    }
}

async fn start(
    instance: String,
    command: Vec<String>,
    target: &Target,
) -> Result<(mpsc::Sender<ExecInput>, Streaming<ExecOutput>), CliError> {
    let (sender, receiver) = mpsc::channel(IN_FLIGHT);
    let start = ExecStart { instance, command, ..ExecStart::default() };
    // The channel is new and has room.
    let _ = sender.send(ExecInput { input: Some(exec_input::Input::Start(start)) }).await;
    let outputs = target.connect().await?.exec(ReceiverStream::new(receiver)).await?.into_inner();
    Ok((sender, outputs))
}

/// Takes what a command says until it has ended well. `take` answers whether more is wanted.
async fn until_ended<F>(
    mut outputs: Streaming<ExecOutput>,
    take: impl Fn(Vec<u8>) -> F,
) -> Result<(), CliError>
where
    F: Future<Output = bool>,
{
    let mut complaints = Vec::new();
    let mut wanted = true;
    while let Some(output) = outputs.message().await? {
        let room = MOST_COMPLAINTS.saturating_sub(complaints.len());
        complaints.extend(output.stderr.into_iter().take(room));
        if wanted && !output.stdout.is_empty() {
            wanted = take(output.stdout).await;
        }
        if output.exited {
            return ended(output.exit_code, &String::from_utf8_lossy(&complaints));
        }
    }
    Err(CliError::new(Kind::Unavailable, "the instance broke off"))
}

fn ended(code: i32, complaints: &str) -> Result<(), CliError> {
    match code {
        0 => Ok(()),
        126 | 127 => Err(CliError::new(Kind::Refused, "the instance has no tar")
            .with_hint("`hearth exec -i INSTANCE -- sh -c 'cat > FILE' < FILE` copies one file without it")),
        code => Err(CliError::new(
            Kind::Failed,
            format!("tar in the instance ended with {code}: {}", complaints.trim()),
        )),
    }
}

/// What is written goes to the command's standard input.
struct Inputs(mpsc::Sender<ExecInput>);

impl Inputs {
    fn send(&self, input: exec_input::Input) -> io::Result<()> {
        let sent = self.0.blocking_send(ExecInput { input: Some(input) });
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }

    fn close(self) -> io::Result<()> {
        self.send(exec_input::Input::CloseStdin(true))
    }
}

impl Write for Inputs {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(CHUNK);
        self.send(exec_input::Input::Stdin(bytes[..count].to_vec()))?;
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What the command writes to its standard output.
struct Outputs {
    chunks: mpsc::Receiver<Vec<u8>>,
    chunk: Vec<u8>,
    taken: usize,
}

impl Read for Outputs {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.chunk.len() {
            match self.chunks.blocking_recv() {
                Some(chunk) => (self.chunk, self.taken) = (chunk, 0),
                None => return Ok(0),
            }
        }
        let count = into.len().min(self.chunk.len() - self.taken);
        into[..count].copy_from_slice(&self.chunk[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let there =
            |instance: &str, path: &str| Place::There { instance: instance.into(), path: path.into() };
        for (text, expected) in [
            ("web-1:/srv/x", there("web-1", "/srv/x")),
            ("i-1:", there("i-1", "")),
            ("./a:b", Place::Here("./a:b".into())),
            (":x", Place::Here(":x".into())),
            ("x", Place::Here("x".into())),
        ] {
            assert_eq!(Place::parse(text), expected, "{text}");
        }
    }

    #[test]
    fn paths_in_the_instance() {
        let pair = |folder: &str, name: &str| (folder.to_owned(), name.to_owned());
        assert_eq!(split("/etc/hosts").unwrap(), pair("/etc", "hosts"));
        assert_eq!(split("/x/").unwrap(), pair("/", "x"));
        assert_eq!(split("x").unwrap(), pair(".", "x"));
        assert!(["", "/", "/a/..", "."].iter().all(|path| split(path).is_err()));
        assert_eq!(inside("/srv/", "a").unwrap(), pair("/srv/", "a"));
        assert_eq!(inside("/srv/b", "a").unwrap(), pair("/srv", "b"));
        assert_eq!(inside("", "a").unwrap(), pair(".", "a"));
    }

    /// An archive of one entry whose name nobody looked at.
    fn archive(name: &[u8]) -> Vec<u8> {
        let mut header = tar::Header::new_gnu();
        header.as_old_mut().name[..name.len()].copy_from_slice(name);
        header.set_entry_type(tar::EntryType::Regular);
        header.set_size(0);
        header.set_mode(0o644);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend([0; 1024]);
        bytes
    }

    #[test]
    fn nothing_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("in");
        fs::create_dir(&into).unwrap();
        std::os::unix::fs::symlink(folder.path(), into.join("out")).unwrap();
        let names: [&[u8]; 4] = [b"../a", b"x/../../a", b"/a", b"out/a"];
        for name in names {
            let bytes = archive(name);
            let mut archive = tar::Archive::new(bytes.as_slice());
            let unpacked = archive.entries().unwrap().try_for_each(|entry| unpack(entry?, &into));
            assert!(unpacked.is_err(), "{}", String::from_utf8_lossy(name));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing beside the folder");
    }
}
