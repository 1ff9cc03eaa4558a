//! An S3 server in this process, which keeps objects as files: what trails are delivered to. It can be stopped and started again where it
//! was, as a store is that goes down and comes back.

use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto::Builder;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

/// The one access key id it knows.
pub const ACCESS_KEY_ID: &str = "AKIAHEARTH";
/// Its secret.
pub const SECRET: &str = "secret";

/// A store over a folder, in which each folder is a bucket.
pub struct S3Server {
    folder: PathBuf,
    address: SocketAddr,
    running: Option<Runtime>,
}

impl S3Server {
    /// Starts one on a free port.
    ///
    /// # Panics
    /// When there is none, or the folder cannot be used.
    pub fn start(folder: &Path) -> Self {
        let any = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        let mut server = Self { folder: folder.to_owned(), address: any, running: None };
        server.resume();
        server
    }

    /// Where it is, also while it is down.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends it and all its connections.
    pub fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown_background();
        }
    }

    /// Starts it again where it was.
    ///
    /// # Panics
    /// When somebody else took its port.
    pub fn resume(&mut self) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a thread");
        let listener = runtime.block_on(TcpListener::bind(self.address)).expect("its port");
        self.address = listener.local_addr().expect("its address");
        let mut builder = S3ServiceBuilder::new(FileSystem::new(&self.folder).expect("its folder"));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET));
        runtime.spawn(serve(listener, builder.build()));
        self.running = Some(runtime);
    }
}

impl Drop for S3Server {
    fn drop(&mut self) {
        self.stop();
    }
}

async fn serve(listener: TcpListener, service: S3Service) {
    while let Ok((stream, _)) = listener.accept().await {
        let service = service.clone();
        tokio::spawn(async move {
            // A client that hangs up is no failure.
            let _ = Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
