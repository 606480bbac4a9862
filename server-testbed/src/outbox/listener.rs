//! Accepts TCP connections as streams with an outbox.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Weak};

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;
use tokio::net::TcpListener;

use super::limit::Limit;
use super::wire::{Stream, Wire};

pub(crate) struct Listener {
    listener: TcpListener,
    limit: Arc<Limit>,
}

/// The connection of a request. It does not keep the connection open.
#[derive(Debug, Clone)]
pub(crate) struct Peer(pub(super) Weak<Wire>);

impl Listener {
    pub(crate) fn new(listener: TcpListener, limit: Arc<Limit>) -> Self {
        Self { listener, limit }
    }
}

impl axum::serve::Listener for Listener {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (stream, address) = axum::serve::Listener::accept(&mut self.listener).await;
        // Nagle's algorithm delays small packets. An error here only costs time.
        let _ = stream.set_nodelay(true);
        (Stream::new(stream, Arc::clone(&self.limit)), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

impl Connected<IncomingStream<'_, Listener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, Listener>) -> Self {
        Self(stream.io().wire())
    }
}
