//! HTTP/1.1 without a library: requests that are known to be well formed, one at a time on a connection that is kept while
//! the server keeps it. As light as a client can be, because its work shares the machine with the server's.

use crate::Failure;
use std::net::SocketAddr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Behind a head.
const END: &[u8] = b"\r\n\r\n";
/// Room for an answer before it grows.
const ROOM: usize = 64 * 1024;

/// A connection.
#[derive(Debug)]
pub struct Http1 {
    address: SocketAddr,
    /// Absent after the server closed it; the next request opens another.
    stream: Option<TcpStream>,
    received: Vec<u8>,
    /// Chunks put together.
    joined: Vec<u8>,
}

/// An answer read whole.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'c> {
    /// HTTP's status.
    pub status: u16,
    /// The content.
    pub body: &'c [u8],
}

/// Where the content of an answer ends.
enum Extent {
    Length(usize),
    Chunks,
    Close,
}

struct Head {
    status: u16,
    length: usize,
    extent: Extent,
    closes: bool,
}

impl Http1 {
    /// Opens a connection.
    pub async fn connect(address: SocketAddr) -> Result<Self, Failure> {
        let stream = Some(open(address).await?);
        Ok(Self { address, stream, received: Vec::with_capacity(ROOM), joined: Vec::new() })
    }

    /// Sends a request as it is written and reads its answer.
    pub async fn send(&mut self, request: &[u8]) -> Result<Answer<'_>, Failure> {
        let mut stream = match self.stream.take() {
            Some(stream) => stream,
            None => open(self.address).await?,
        };
        stream.write_all(request).await?;
        self.received.clear();
        let head = self.head(&mut stream).await?;
        let body = match head.extent {
            Extent::Length(length) => {
                self.until(&mut stream, head.length + length).await?;
                &self.received[head.length..head.length + length]
            }
            Extent::Chunks => {
                self.chunks(&mut stream, head.length).await?;
                &self.joined
            }
            Extent::Close => {
                stream.read_to_end(&mut self.received).await?;
                &self.received[head.length..]
            }
        };
        self.stream = (!head.closes).then_some(stream);
        Ok(Answer { status: head.status, body })
    }

    /// Any page, as text.
    pub async fn page(&mut self, path: &str) -> Result<String, Failure> {
        let answer = self.send(format!("GET {path} HTTP/1.1\r\nHost: server\r\n\r\n").as_bytes()).await?;
        Ok(String::from_utf8_lossy(answer.body).into_owned())
    }

    async fn head(&mut self, stream: &mut TcpStream) -> Result<Head, Failure> {
        let mut seen = 0;
        loop {
            self.more(stream).await?;
            if let Some(end) = self.received[seen..].windows(END.len()).position(|bytes| bytes == END) {
                let end = seen + end;
                return read_head(std::str::from_utf8(&self.received[..end])?, end + END.len());
            }
            seen = self.received.len().saturating_sub(END.len());
        }
    }

    async fn until(&mut self, stream: &mut TcpStream, length: usize) -> Result<(), Failure> {
        self.received.reserve(length.saturating_sub(self.received.len()));
        while self.received.len() < length {
            self.more(stream).await?;
        }
        Ok(())
    }

    async fn chunks(&mut self, stream: &mut TcpStream, mut at: usize) -> Result<(), Failure> {
        self.joined.clear();
        loop {
            let Some(line) = self.received[at..].windows(2).position(|bytes| bytes == b"\r\n") else {
                self.more(stream).await?;
                continue;
            };
            let size = std::str::from_utf8(&self.received[at..at + line])?;
            let size = usize::from_str_radix(size.split(';').next().unwrap_or_default(), 16)?;
            let (start, end) = (at + line + 2, at + line + 2 + size);
            self.until(stream, end + 2).await?;
            if size == 0 {
                return Ok(());
            }
            self.joined.extend_from_slice(&self.received[start..end]);
            at = end + 2;
        }
    }

    async fn more(&mut self, stream: &mut TcpStream) -> Result<(), Failure> {
        match stream.read_buf(&mut self.received).await? {
            0 => Err("the server hung up".into()),
            _ => Ok(()),
        }
    }
}

async fn open(address: SocketAddr) -> Result<TcpStream, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn read_head(text: &str, length: usize) -> Result<Head, Failure> {
    let status = text.get(9..12).ok_or("no status")?.parse()?;
    let headers = text.lines().skip(1).filter_map(|line| line.split_once(':'));
    let mut head = Head { status, length, extent: Extent::Close, closes: text.starts_with("HTTP/1.0") };
    for (name, value) in headers {
        let value = value.trim();
        match name {
            _ if name.eq_ignore_ascii_case("content-length") => head.extent = Extent::Length(value.parse()?),
            _ if name.eq_ignore_ascii_case("transfer-encoding") => head.extent = Extent::Chunks,
            _ if name.eq_ignore_ascii_case("connection") => head.closes = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
    }
    head.closes |= matches!(head.extent, Extent::Close);
    Ok(head)
}
