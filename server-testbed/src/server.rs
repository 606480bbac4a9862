//! Starting and stopping: the server has a thread and a runtime of its own, which end with it.

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

/// How long the server waits for a client's ack: longer than any test, yet not forever.
const ACK_TIMEOUT: Duration = Duration::from_secs(600);

/// A running server. Dropping it stops it too, without waiting until it is gone.
#[derive(Debug)]
pub struct Testbed {
    url: String,
    address: SocketAddr,
    /// Nothing is ever sent here: its end is the sign to stop.
    stop: oneshot::Sender<Infallible>,
    /// Nothing ever arrives here: its end says that everything is closed.
    gone: oneshot::Receiver<Infallible>,
}

impl Testbed {
    /// Where the server is: `http://127.0.0.1:<port>`, without a path.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// The address the server listens on.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Ends the server as if it were killed: no farewell on any protocol, every TCP connection
    /// closed.
    ///
    /// Once this returns the port is free, and another testbed can be spawned on it.
    pub async fn stop(self) {
        drop(self.stop);
        // The sender is dropped, never used: an error is the only outcome, and the news we wait
        // for.
        let _ = self.gone.await;
    }
}

/// Starts a server on 127.0.0.1; it answers as soon as this returns.
///
/// # Errors
/// The port is taken, or the system has no thread or descriptor left.
pub async fn spawn(config: Config) -> io::Result<Testbed> {
    let (bound, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let (going, gone) = oneshot::channel();
    thread::Builder::new()
        .name("tidewire-testbed".into())
        .spawn(move || {
            run(&config, bound, stopped);
            drop(going);
        })?;
    let address = address
        .await
        .map_err(|_| io::Error::other("the testbed ended as it began"))??;
    Ok(Testbed {
        url: format!("http://{address}"),
        address,
        stop,
        gone,
    })
}

/// The news whether, and where, the server listens.
type Bound = oneshot::Sender<io::Result<SocketAddr>>;

/// Runs a server until the sign to stop.
///
/// A single-threaded runtime starts handlers in the order in which their events arrive, so that
/// echoes keep theirs. Dropping it drops every task on it and with them every connection, whichever
/// library holds them.
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

/// Nobody may be waiting any more; the sign to stop has come too, then.
fn report(bound: Bound, outcome: io::Result<SocketAddr>) {
    let _ = bound.send(outcome);
}

async fn listen(port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn serve(listener: TcpListener, router: Router, stopped: oneshot::Receiver<Infallible>) {
    let listener = listener.tap_io(|stream| {
        // Without this small packets wait for acknowledgements; a refusal only costs time.
        let _ = stream.set_nodelay(true);
    });
    tokio::select! {
        _ = stopped => {}
        _ = axum::serve(listener, router).into_future() => {}
    }
}

/// The engine at its path, open to pages from anywhere, as the Node servers are.
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
