//! Registries that misbehave: a line that breaks, and answers no honest registry gives.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A line to a registry that breaks each time it has carried so many bytes from there, the first `breaks` times.
pub(crate) struct BrokenLine {
    pub(crate) port: u16,
    broken: Arc<AtomicUsize>,
}

impl BrokenLine {
    pub(crate) fn to(registry: u16, after_bytes: u64, breaks: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let broken: Arc<AtomicUsize> = Arc::default();
        let counted = broken.clone();
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let counted = counted.clone();
                std::thread::spawn(move || carry(&client, registry, after_bytes, breaks, &counted));
            }
        });
        Self { port, broken }
    }

    /// How often it broke.
    pub(crate) fn broken(&self) -> usize {
        self.broken.load(Ordering::SeqCst)
    }
}

fn carry(client: &TcpStream, registry: u16, after_bytes: u64, breaks: usize, broken: &AtomicUsize) {
    let server = TcpStream::connect(("127.0.0.1", registry)).unwrap();
    let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
    std::thread::spawn(move || {
        let _ = std::io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    let (mut client, mut server) = (client, server);
    let carried =
        std::io::copy(&mut Read::by_ref(&mut server).take(after_bytes), &mut client).unwrap_or_default();
    if carried == after_bytes && broken.fetch_add(1, Ordering::SeqCst) >= breaks {
        broken.fetch_sub(1, Ordering::SeqCst);
        let _ = std::io::copy(&mut server, &mut client);
    }
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

/// Answers each request line and header with what `script` says, byte for byte. Returns its port.
pub(crate) fn scripted(script: impl Fn(&str, &str) -> Vec<u8> + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
            let request = lines.next().unwrap_or_default();
            let header: String = lines.take_while(|line| !line.is_empty()).map(|line| line + "\n").collect();
            let _ = stream.write_all(&script(&request, &header));
        }
    });
    port
}

/// An answer with this header and body, after which the connection ends.
pub(crate) fn answer(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nConnection: close\r\n{headers}\r\n");
    [head.as_bytes(), body].concat()
}
