//! Starts and stops the server, which has its own thread and runtime.

use std::convert::Infallible;
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::serve::ListenerExt as _;
use socketioxide::{ParserConfig, SocketIo};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::cors::CorsLayer;

use crate::{Config, namespaces};

/// The time the server waits for a client's ack: longer than any test runs.
const ACK_TIMEOUT: Duration = Duration::from_secs(600);

/// A running server. Dropping it stops it, without waiting until it has ended.
#[derive(Debug)]
pub struct Testbed {
    url: String,
    address: SocketAddr,
    /// Dropped to stop the server. It never sends a value.
    stop: oneshot::Sender<Infallible>,
    /// Ends when everything is closed. It never receives a value.
    ended: oneshot::Receiver<Infallible>,
}

impl Testbed {
    /// Returns the server's URL without a path: `http://127.0.0.1:<port>`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the address the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server as if it were killed: closes every TCP connection, without a CLOSE of any
    /// protocol.
    ///
    /// When this returns the port is free, and another testbed can be spawned on it.
    pub async fn stop(self) {
        drop(self.stop);
        // The sender is dropped without a value, so the error says that the server has ended.
        let _ = self.ended.await;
    }
}

/// Starts a server on 127.0.0.1. It accepts connections when this returns.
///
/// # Errors
/// The port is in use, or the system has no thread or file descriptor left.
pub async fn spawn(config: Config) -> io::Result<Testbed> {
    let (bound, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let (ending, ended) = oneshot::channel();
    thread::Builder::new()
        .name("tidewire-testbed".into())
        .spawn(move || {
            run(&config, bound, stopped);
            drop(ending);
        })?;
    let address = address
        .await
        .map_err(|_| io::Error::other("the testbed's thread ended before it was listening"))??;
    Ok(Testbed {
        url: format!("http://{address}"),
        address,
        stop,
        ended,
    })
}

/// Reports the address the server listens on, or why it does not listen.
type Bound = oneshot::Sender<io::Result<SocketAddr>>;

/// Runs a server until `stopped` ends.
///
/// A single-threaded runtime starts handlers in the order in which their events arrive, so echoes
/// keep that order. Dropping the runtime drops all tasks, and with them all connections.
fn run(config: &Config, bound: Bound, stopped: oneshot::Receiver<Infallible>) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(bound, Err(error)),
    };
    runtime.block_on(async {
        match listen(config.port).await {
            Ok((listener, address)) => {
                report(bound, Ok(address));
                serve(listener, router(config), stopped).await;
            }
            Err(error) => report(bound, Err(error)),
        }
    });
}

fn report(bound: Bound, outcome: io::Result<SocketAddr>) {
    // If the caller of `spawn` has gone, it has dropped `stop`, too.
    let _ = bound.send(outcome);
}

async fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<Infallible>) {
    let listener = listener.tap_io(|stream| {
        // Nagle's algorithm delays small packets. An error here only costs time.
        let _ = stream.set_nodelay(true);
    });
    tokio::select! {
        _ = stopped => {}
        _ = axum::serve(listener, router).into_future() => {}
    }
}

/// Makes the router: Socket.IO at its path, open to pages of any origin, like the Node servers.
fn router(config: &Config) -> Router {
    let (service, io) = SocketIo::builder()
        .req_path(config.path.clone())
        .ping_interval(config.ping_interval)
        .ping_timeout(config.ping_timeout)
        .max_buffer_size(config.max_buffer_size)
        .max_payload(u64::try_from(config.max_payload).unwrap_or(u64::MAX))
        .ws_max_message_size(config.max_payload)
        .ws_max_frame_size(config.max_payload)
        .with_parser(ParserConfig::common().max_incoming_binary_buf_size(config.max_payload))
        .ack_timeout(ACK_TIMEOUT)
        .build_svc();
    namespaces::install(&io);
    Router::new()
        .fallback_service(service)
        .layer(CorsLayer::very_permissive())
}
