//! The endpoint that Prometheus scrapes while a run is in progress.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// A client that sends no request is not served for longer.
const PATIENCE: Duration = Duration::from_secs(5);
/// Bytes of a request that are read.
const MOST_BYTES: usize = 8 << 10;

/// Serves a text that changes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Endpoint(Arc<Mutex<String>>);

impl Endpoint {
    /// Begins to serve, at every path. Returns the address.
    ///
    /// # Errors
    /// If the address is in use.
    pub(crate) async fn serve(&self, address: SocketAddr) -> std::io::Result<SocketAddr> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let endpoint = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let endpoint = endpoint.clone();
                tokio::spawn(async move {
                    // A client that goes away is not an error of the run.
                    let _ = tokio::time::timeout(PATIENCE, endpoint.answer(stream)).await;
                });
            }
        });
        Ok(address)
    }

    /// Replaces the text.
    pub(crate) fn show(&self, text: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = text;
    }

    async fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        let mut request = Vec::new();
        let mut buffer = [0; 1024];
        while !request.windows(4).any(|it| it == b"\r\n\r\n") && request.len() < MOST_BYTES {
            match stream.read(&mut buffer).await? {
                0 => return Ok(()),
                length => request.extend_from_slice(&buffer[..length]),
            }
        }
        let text = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; version=0.0.4\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            text.len()
        );
        stream.write_all(head.as_bytes()).await?;
        stream.write_all(text.as_bytes()).await?;
        stream.shutdown().await
    }
}
