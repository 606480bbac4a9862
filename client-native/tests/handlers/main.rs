//! Handlers, streams, builders, and all else that handles can be asked: who hears what, in which order, and what goes wrong
//! without harm to others.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod answers;
mod asking;
mod auth;
mod building;
mod failing;
mod heartbeat;
mod hints;
mod own_events;
mod refusals;
mod registering;
mod returning;
mod streams;
mod volatile;
mod waiting;

use std::fmt;

use tidewire::Socket;
use tokio::sync::mpsc;

use support::guarded;
use support::scripted::{Conn, Scripted};

/// Where handlers of a test write down what they have heard.
#[derive(Debug)]
struct Notes {
    tell: mpsc::UnboundedSender<String>,
    told: mpsc::UnboundedReceiver<String>,
}

impl Notes {
    fn new() -> Notes {
        let (tell, told) = mpsc::unbounded_channel();
        Notes { tell, told }
    }

    /// A pen for one handler.
    fn pen(&self) -> Pen {
        Pen(self.tell.clone())
    }

    async fn next(&mut self) -> String {
        guarded(self.told.recv()).await.expect("this has a pen")
    }

    async fn expect(&mut self, notes: &[&str]) {
        for note in notes {
            assert_eq!(self.next().await, *note);
        }
    }
}

#[derive(Clone, Debug)]
struct Pen(mpsc::UnboundedSender<String>);

impl Pen {
    fn write(&self, note: impl fmt::Display) {
        // The test may be over.
        let _ = self.0.send(note.to_string());
    }
}

/// A client that is connected to a scripted server.
async fn connected() -> (Scripted, Socket, Conn) {
    let server = Scripted::start().await;
    let (socket, conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
    (server, socket.unwrap(), conn)
}
