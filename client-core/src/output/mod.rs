//! What comes out of the machine: actions for the host to carry out and events for the application, in one queue.

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

/// One thing the machine wants done or known. The order is the order in which things happened.
#[derive(Debug)]
pub enum Output<P> {
    /// For the host.
    Action(Action<P>),
    /// For the application.
    Event(Event<P>),
}

/// The queue of outputs, to which every layer adds.
#[derive(Debug)]
pub(crate) struct Outbox<P> {
    queue: Queue<Output<P>>,
}

impl<P> Outbox<P> {
    pub(crate) fn new() -> Self {
        Outbox {
            queue: Queue::new(),
        }
    }

    pub(crate) fn action(&mut self, action: Action<P>) {
        self.queue.push(Output::Action(action));
    }

    pub(crate) fn event(&mut self, event: Event<P>) {
        self.queue.push(Output::Event(event));
    }

    pub(crate) fn poll(&mut self) -> Option<Output<P>> {
        self.queue.pop()
    }
}

/// Where a namespace puts what it wants said: events up, packets down. It does not know who carries them.
pub(crate) trait PacketSink<P> {
    fn event(&mut self, event: Event<P>);
    /// A packet and its attachments, which nothing may separate.
    fn send(&mut self, message: Message<P>, attachments: Vec<P>);
    /// Whether the transport keeps up with what is sent, as far as the host has said.
    fn is_writable(&self) -> bool;
}
