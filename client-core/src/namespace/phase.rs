//! The phases of a namespace, from idle to connected and back.

use alloc::vec::Vec;

use crate::config::Config;
use crate::output::Incoming;
use crate::payload::Payload;
use crate::time::Time;
use crate::wire::head::Malformed;

#[derive(Debug)]
pub(crate) enum Phase<P> {
    /// Not wanted.
    Idle,
    /// Wanted, and there is no connection.
    Waiting,
    Connecting(Connecting<P>),
    Connected,
    /// CONNECT was sent, and the namespace is no longer wanted. The client awaits the reply anyway, because a 4.x server
    /// closes the connection on a packet for a namespace that is not connected yet.
    Disconnecting {
        /// Whether the namespace is wanted after all, until `deadline`.
        again: bool,
        deadline: Option<Time>,
    },
}

impl<P> Phase<P> {
    pub(crate) const DISCONNECTING: Phase<P> = Phase::Disconnecting {
        again: false,
        deadline: None,
    };
}

#[derive(Debug)]
pub(crate) struct Connecting<P> {
    pub(crate) stage: ConnectStage,
    pub(crate) deadline: Option<Time>,
    /// Events that came before CONNECT: a 2.x middleware sends such.
    pub(crate) early: Vec<Incoming<P>>,
    /// The size of these events.
    early_bytes: usize,
}

/// The step that a namespace waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectStage {
    /// `/` must be connected, which a 2.x server does first.
    Root,
    /// The application must give the auth payload.
    Auth,
    /// The server must answer CONNECT.
    Reply,
}

impl<P: Payload> Connecting<P> {
    pub(crate) fn new(stage: ConnectStage, deadline: Option<Time>) -> Self {
        Connecting {
            stage,
            deadline,
            early: Vec::new(),
            early_bytes: 0,
        }
    }

    /// Keeps an event that came before CONNECT.
    pub(crate) fn keep(&mut self, incoming: Incoming<P>, config: &Config) -> Result<(), Malformed> {
        let parts = incoming.payload.iter().chain(&incoming.attachments);
        let size = parts
            .map(Payload::size)
            .fold(self.early_bytes, usize::saturating_add);
        if self.early.len() >= config.early_events || size > config.max_packet_bytes {
            return Err(Malformed::TooManyEarlyEvents);
        }
        self.early_bytes = size;
        self.early.push(incoming);
        Ok(())
    }
}
