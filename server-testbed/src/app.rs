//! All that the namespaces and the HTTP routes of one node share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use cookie::Key;
use tokio::sync::watch;

use crate::Config;
use crate::cluster::Cluster;
use crate::echo::endpoint::Endpoint;
use crate::echo::subscriptions::Subscriptions;
use crate::metrics::Metrics;
use crate::outbox::{Limit, Outboxes};

#[derive(Debug)]
pub(crate) struct App {
    config: Config,
    cluster: Cluster,
    metrics: Arc<Metrics>,
    outboxes: Arc<Outboxes>,
    requests: Arc<()>,
    session_key: SessionKey,
    subscriptions: Subscriptions,
    echo_endpoint: Option<Endpoint>,
    started: Instant,
    connections: Arc<()>,
    is_closing: AtomicBool,
    closing: watch::Sender<bool>,
}

/// The key that signs the cookies of sessions.
pub(crate) struct SessionKey(pub(crate) Key);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SessionKey")
    }
}

impl App {
    pub(crate) fn new(config: Config, cluster: Cluster, metrics: Arc<Metrics>) -> Self {
        let key = match &config.session_secret {
            Some(secret) => Key::derive_from(&stretch(secret)),
            None => Key::generate(),
        };
        let echo_endpoint = config.echo_auth.as_deref().map(Endpoint::new);
        let limit = Limit {
            bytes: config.max_buffer_bytes,
            answer: config.max_payload,
            metrics: Arc::clone(&metrics),
        };
        Self {
            config,
            cluster,
            metrics,
            outboxes: Arc::new(Outboxes::new(limit)),
            requests: Arc::new(()),
            session_key: SessionKey(key),
            subscriptions: Subscriptions::default(),
            echo_endpoint,
            started: Instant::now(),
            connections: Arc::new(()),
            is_closing: AtomicBool::new(false),
            closing: watch::Sender::new(false),
        }
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    pub(crate) fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(crate) fn shared_metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
    }

    pub(crate) fn outboxes(&self) -> &Arc<Outboxes> {
        &self.outboxes
    }

    /// Returns a token to keep while a request is answered.
    pub(crate) fn request(&self) -> Arc<()> {
        Arc::clone(&self.requests)
    }

    /// Returns the number of requests that are being answered.
    pub(crate) fn requests(&self) -> usize {
        Arc::strong_count(&self.requests) - 1
    }

    pub(crate) fn subscriptions(&self) -> &Subscriptions {
        &self.subscriptions
    }

    pub(crate) fn echo_endpoint(&self) -> Option<&Endpoint> {
        self.echo_endpoint.as_ref()
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    /// Returns a token to keep while the middleware of a connection runs.
    pub(crate) fn connection(&self) -> Arc<()> {
        Arc::clone(&self.connections)
    }

    /// Returns the number of connections whose middleware runs.
    pub(crate) fn connections(&self) -> usize {
        Arc::strong_count(&self.connections) - 1
    }

    /// From now on, no session begins.
    pub(crate) fn begin_closing(&self) {
        self.is_closing.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_closing(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed)
    }

    /// Ends the middleware of all connections: socketioxide tells no handler that the server closes.
    pub(crate) fn close_connections(&self) {
        self.closing.send_replace(true);
    }

    /// Returns when the server closes.
    pub(crate) async fn closing(&self) {
        // An error means that this has gone, which has closed everything.
        let _ = self.closing.subscribe().wait_for(|closing| *closing).await;
    }

    pub(crate) fn session_key(&self) -> &SessionKey {
        &self.session_key
    }
}

/// Repeats a secret, because a key is derived from at least 32 bytes.
fn stretch(secret: &str) -> Vec<u8> {
    let repeated = secret.as_bytes().iter().copied().cycle();
    repeated.take(secret.len().max(32)).collect()
}
