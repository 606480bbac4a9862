//! Starts and stops the server, which has its own thread and runtime.

use std::convert::Infallible;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::{Router, middleware};
use socketioxide::{ParserConfig, SocketIo};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower_http::cors::CorsLayer;

use crate::app::App;
use crate::cluster::{Adapter, BadAddress, Change, Cluster, Departed, Events, News};
use crate::metrics::{Metric, Metrics};
use crate::node::Node;
use crate::outbox::{Listener, Peer, attend};
use crate::{Config, Namespace, bridge, echo, namespace, namespaces, routes};

/// The number of tasks between two looks for input: a task may read an event of many kilobytes.
const TASKS: u32 = 16;

/// The time the server waits for a client's ack: longer than any test runs.
const ACK_TIMEOUT: Duration = Duration::from_secs(600);

/// The time that clients have to read the event `shutdown`: those that poll come for it.
const NOTICE: Duration = Duration::from_secs(3);

/// The time for requests that are being answered when all sessions are closed.
const ANSWERING: Duration = Duration::from_millis(500);

/// The time in which the last answers are written. Connections with a part of a request get no more.
const FLUSH: Duration = Duration::from_millis(250);

/// The time between two looks whether something has ended.
const LOOK: Duration = Duration::from_millis(5);

/// The time that connections have to end after the clients are told.
const CLOSING_TIME: Duration = Duration::from_secs(5);

/// A running server. Dropping it stops it, without waiting until it has ended.
#[derive(Debug)]
pub struct Testbed {
    url: String,
    address: SocketAddr,
    /// Dropped to stop the server.
    stop: oneshot::Sender<Gracefully>,
    /// Ends when everything is closed. It never receives a value.
    ended: oneshot::Receiver<Infallible>,
}

/// Sent to stop the server after its clients are told.
#[derive(Debug)]
struct Gracefully;

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

    /// Ends the server as a deployment does: emits `shutdown` to all clients, closes their connections, and takes this node out of
    /// the cluster.
    ///
    /// A client gets the reason `transport close` and connects again: to another node, if there is one.
    pub async fn shut_down(self) {
        // An error means that the server has ended.
        let _ = self.stop.send(Gracefully);
        let _ = self.ended.await;
    }
}

/// Starts a server with the namespaces of the contract. It accepts connections when this returns.
///
/// # Errors
/// A setting has a value that it may not have ([`Config::check`]), the port is in use, or the system has no thread or file descriptor left.
pub async fn spawn(config: Config) -> io::Result<Testbed> {
    spawn_with(config, Vec::new()).await
}

/// Starts a server with the namespaces of the contract and others. One with the path of the contract replaces it.
///
/// # Errors
/// As [`spawn`].
pub async fn spawn_with(config: Config, namespaces: Vec<Namespace>) -> io::Result<Testbed> {
    config
        .check()
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
    let (bound, address) = oneshot::channel();
    let (stop, stopped) = oneshot::channel();
    let (ending, ended) = oneshot::channel();
    thread::Builder::new()
        .name("tidewire-testbed".into())
        .spawn(move || {
            run(config, namespaces, bound, stopped);
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
fn run(
    config: Config,
    namespaces: Vec<Namespace>,
    bound: Bound,
    stopped: oneshot::Receiver<Gracefully>,
) {
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .event_interval(TASKS)
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return report(bound, Err(error)),
    };
    runtime.block_on(async {
        match start(config, namespaces).await {
            Ok((listener, address, node, router)) => {
                report(bound, Ok(address));
                serve(listener, router, &node, stopped).await;
            }
            Err(error) => report(bound, Err(error)),
        }
    });
}

fn report(bound: Bound, outcome: io::Result<SocketAddr>) {
    // If the caller of `spawn` has gone, it has dropped `stop`, too.
    let _ = bound.send(outcome);
}

type Started = (TcpListener, SocketAddr, Node, Router);

async fn start(config: Config, namespaces: Vec<Namespace>) -> io::Result<Started> {
    let (listener, address) = listen(config.host, config.port).await?;
    let metrics = Arc::new(Metrics::default());
    // A node that starts again is another member of the cluster.
    let name = format!("{}-{:08x}", address, rand::random::<u32>());
    let (cluster, events) = Cluster::join(config.redis.as_deref(), &name, &metrics)
        .await
        .map_err(|BadAddress(error)| {
            io::Error::new(
                io::ErrorKind::InvalidInput,
                format!("the address of the Redis: {error}"),
            )
        })?;
    let app = Arc::new(App::new(config, cluster, metrics));
    let (node, router) = router(app, namespaces).await;
    tokio::spawn(tell(node.clone(), events));
    if node.app.config().bridge {
        bridge::start(&node).await;
    }
    Ok((listener, address, node, router))
}

async fn listen(host: IpAddr, port: u16) -> io::Result<(TcpListener, SocketAddr)> {
    let listener = TcpListener::bind((host, port)).await?;
    let address = listener.local_addr()?;
    Ok((listener, address))
}

async fn serve(
    listener: TcpListener,
    router: Router,
    node: &Node,
    stopped: oneshot::Receiver<Gracefully>,
) {
    let limit = Arc::clone(node.app.outboxes().limit());
    let router = router.into_make_service_with_connect_info::<Peer>();
    let (closing, closed) = oneshot::channel();
    let server = axum::serve(Listener::new(listener, limit), router);
    let server = server.with_graceful_shutdown(async {
        // An error means that the server is dropped.
        let _ = closed.await;
    });
    let mut server = std::pin::pin!(server.into_future());
    let stopped = tokio::select! {
        stopped = stopped => stopped,
        _ = &mut server => return,
    };
    if stopped.is_ok() {
        let close = tokio::time::timeout(CLOSING_TIME, close(node));
        tokio::select! {
            closed = close => if closed.is_err() {
                tracing::warn!("some connections did not end in time");
            },
            _ = &mut server => return,
        }
        drop::<oneshot::Sender<()>>(closing);
        // An error means that connections with a part of a request are left.
        let _ = tokio::time::timeout(FLUSH, server).await;
    }
}

/// Tells all clients, and closes their connections.
async fn close(node: &Node) {
    tracing::info!("shutting down");
    node.app.begin_closing();
    let pollers = node.app.outboxes().pollers();
    for namespace in node.io.nsps() {
        // An error means a client that is disconnected or does not read.
        let _ = namespace
            .local()
            .emit("shutdown", "the server shuts down")
            .await;
    }
    let metrics = node.app.metrics();
    let told = async {
        // The connections take what they have to send.
        tokio::time::sleep(LOOK).await;
        wait_until(|| pollers.have_polled() && metrics.get(Metric::WaitingBytes) == 0).await;
    };
    // An error means that some do not read.
    let _ = tokio::time::timeout(NOTICE, told).await;
    node.io.close().await;
    node.app.close_connections();
    // Middleware says good-bye to the other nodes.
    wait_until(|| node.app.connections() == 0).await;
    node.app.cluster().leave().await;
    let answered = wait_until(|| node.app.requests() == 0);
    // An error means that a client has sent a part of a request.
    let _ = tokio::time::timeout(ANSWERING, answered).await;
}

async fn wait_until(mut is_done: impl FnMut() -> bool) {
    while !is_done() {
        tokio::time::sleep(LOOK).await;
    }
}

/// Passes the news of the cluster on to clients.
async fn tell(node: Node, mut events: Events) {
    let Node { app, io } = node;
    loop {
        tokio::select! {
            news = events.news.recv() => match news {
                Some(news) => {
                    if news == News::Lost {
                        echo::announce_all(&io, &app).await;
                    }
                    namespaces::announce(&io, &app, news).await;
                }
                None => return,
            },
            Some(departed) = events.departed.recv() => {
                echo::announce_departed(&io, &app, &departed).await;
                let Departed { group, member, .. } = departed;
                let change = Change::Left;
                app.cluster().tell(News::Member { group, member, change }).await;
            }
            Some(()) = events.lost.recv() => app.cluster().tell(News::Lost).await,
        }
    }
}

/// Makes the router: Socket.IO at its path, open to pages of any origin, like the Node servers; and the routes beside it.
async fn router(app: Arc<App>, namespaces: Vec<Namespace>) -> (Node, Router) {
    let config = app.config();
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
        .with_adapter::<Adapter>(app.cluster().adapter())
        .build_svc();
    let contract = namespaces::all(config);
    for namespace in contract.into_iter().chain(namespaces) {
        namespace::install(&io, &app, namespace).await;
    }
    let node = Node { app, io };
    let outboxes = Arc::clone(node.app.outboxes());
    let sockets = Router::new()
        .fallback_service(service)
        .layer(middleware::from_fn_with_state(outboxes, attend))
        .layer(middleware::from_fn_with_state(
            Arc::clone(&node.app),
            routes::refuse_late,
        ));
    let sockets = routes::name_node(sockets, &node.app);
    let router = routes::router(&node)
        .fallback_service(sockets)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&node.app),
            routes::count_request,
        ))
        .layer(CorsLayer::very_permissive());
    (node, router)
}
