//! Handlers, streams, builders and the other methods of the handles: which handler is called, in which order, and errors
//! that harm no other handler.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod ack_requests;
mod auth;
mod building;
mod changing;
mod cookies;
mod disconnections;
mod echo;
mod emitting;
mod failing;
mod heartbeat;
mod hints;
mod metrics;
mod mobile_sdk;
mod offline_buffer;
mod refusals;
mod registering;
mod replies;
mod reserved_events;
mod returning;
mod streams;
mod volatile;

use std::fmt;

use tidewire::Socket;
use tokio::sync::mpsc;

use support::guarded;
use support::scripted::{Conn, Scripted};

/// The notes that the handlers of a test record, in order.
#[derive(Debug)]
struct Calls {
    tx: mpsc::UnboundedSender<String>,
    rx: mpsc::UnboundedReceiver<String>,
}

impl Calls {
    fn new() -> Calls {
        let (tx, rx) = mpsc::unbounded_channel();
        Calls { tx, rx }
    }

    /// A recorder for a handler.
    fn recorder(&self) -> Recorder {
        Recorder(self.tx.clone())
    }

    async fn next(&mut self) -> String {
        guarded(self.rx.recv())
            .await
            .expect("the sender is in `self`")
    }

    async fn expect(&mut self, notes: &[&str]) {
        for note in notes {
            assert_eq!(self.next().await, *note);
        }
    }
}

#[derive(Clone, Debug)]
struct Recorder(mpsc::UnboundedSender<String>);

impl Recorder {
    fn record(&self, note: impl fmt::Display) {
        // The test may be over.
        let _ = self.0.send(note.to_string());
    }
}

/// A scripted server with a client connected to `/`.
async fn connected() -> (Scripted, Socket, Conn) {
    let server = Scripted::start().await;
    let (socket, conn) = server.connect().await;
    (server, socket, conn)
}
