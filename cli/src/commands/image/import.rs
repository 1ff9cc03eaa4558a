use crate::client::Target;
use crate::error::CliError;
use crate::output;
use clap::Args;
use controlplane_proto::api::{ImportImageChunk, ImportImageHeader};
use std::path::PathBuf;
use tokio::io::AsyncReadExt;
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;

/// Take in a root file system (tar, tar.gz) or an OCI image layout (tar)
///
/// Example: hearth image import app.tar --name app
#[derive(Args, Debug)]
pub(crate) struct Import {
    /// The archive
    file: PathBuf,
    /// Name of the image
    #[arg(long)]
    name: String,
    /// What people should know about it
    #[arg(long, default_value = "")]
    description: String,
}

const CHUNK: usize = 256 * 1024;

impl Import {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let unreadable = |error: &(dyn std::error::Error + 'static)| {
            CliError::failed(format!("{} cannot be read", self.file.display()), error)
        };
        let contents = agent::archive::inspect(&self.file).map_err(|error| unreadable(&error))?;
        let mut file = tokio::fs::File::open(&self.file).await.map_err(|error| unreadable(&error))?;
        let header = ImportImageHeader {
            name: self.name.clone(),
            description: self.description.clone(),
            command: contents.command,
            environment: contents.environment,
            working_directory: contents.working_directory,
        };
        let (sender, receiver) = mpsc::channel(4);
        let spinner = output::spinner(format!("importing {}", self.file.display()));
        let pump = async move {
            let mut header = Some(header);
            loop {
                let mut data = vec![0; CHUNK];
                let count = file.read(&mut data).await?;
                data.truncate(count);
                let first = header.is_some();
                let chunk = ImportImageChunk { header: header.take(), data };
                if (count == 0 && !first) || sender.send(chunk).await.is_err() {
                    return Ok::<_, std::io::Error>(());
                }
            }
        };
        let mut client = target.connect().await?;
        let (sent, response) = tokio::join!(pump, client.import_image(ReceiverStream::new(receiver)));
        spinner.finish_and_clear();
        let response = response?.into_inner();
        sent?;
        output::write(&format!("image/{} created  {}\n", self.name, response.image_id))
    }
}
