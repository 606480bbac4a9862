//! The machine's outputs: actions for the host and events for the application, in one queue.

mod action;
mod event;
mod ids;
mod packet;

use alloc::vec::Vec;

pub use action::{Action, Target, Transport};
pub use event::{AckError, Event, Incoming, Refusal};
pub use ids::{AckId, Link, Nsp, Reply};
pub use packet::{Message, Packet, Recovery};

use crate::queue::Queue;

/// One output of the machine. Outputs come in the order in which things happened.
#[derive(Debug)]
pub enum Output<P> {
    /// The host carries this out.
    Action(Action<P>),
    /// The application may want to know this.
    Event(Event<P>),
}

/// The queue of outputs, to which every layer adds. Also numbers the links that actions name.
#[derive(Debug)]
pub(crate) struct Outbox<P> {
    queue: Queue<Output<P>>,
    last_link: u32,
}

impl<P> Outbox<P> {
    pub(crate) fn new() -> Self {
        Outbox {
            queue: Queue::new(),
            last_link: 0,
        }
    }

    pub(crate) fn action(&mut self, action: Action<P>) {
        self.queue.push(Output::Action(action));
    }

    pub(crate) fn event(&mut self, event: Event<P>) {
        self.queue.push(Output::Event(event));
    }

    /// Returns a link that was never used before.
    pub(crate) fn next_link(&mut self) -> Link {
        self.last_link = self.last_link.wrapping_add(1);
        Link::from_id(self.last_link)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.len() == 0
    }

    pub(crate) fn poll(&mut self) -> Option<Output<P>> {
        self.queue.pop()
    }

    pub(crate) fn shrink(&mut self) {
        self.queue.shrink();
    }
}

/// Takes the packets and events of a namespace, which does not know the engine below it.
pub(crate) trait PacketSink<P> {
    fn event(&mut self, event: Event<P>);
    /// Sends a packet and its attachments, which nothing may separate.
    fn send(&mut self, message: Message<P>, attachments: Vec<P>);
    /// Returns whether the transport keeps up, as far as the host has said.
    fn is_writable(&self) -> bool;
}
