//! The way out of the namespaces: packets go down through the engine, events up to the application.

use alloc::vec::Vec;

use crate::dialect::Dialect;
use crate::engine::Engine;
use crate::output::{Event, Exit, Message, Outbox, Packet};
use crate::payload::Payload;
use crate::wire::engine::EngineType;

/// The engine and the queue, borrowed for one call.
pub(crate) struct Down<'a, P> {
    pub(crate) engine: &'a mut Engine<P>,
    pub(crate) out: &'a mut Outbox<P>,
    /// The host has said that the transport does not keep up.
    pub(crate) congested: bool,
}

impl<P: Payload> Exit<P> for Down<'_, P> {
    fn event(&mut self, event: Event<P>) {
        self.out.event(event);
    }

    fn is_writable(&self) -> bool {
        !self.congested
    }

    fn send(&mut self, message: Message<P>, attachments: Vec<P>) {
        let typed = self
            .engine
            .dialect()
            .is_some_and(Dialect::types_binary_frames);
        let prefix = typed.then_some(EngineType::Message.byte());
        // Never more than `Config::max_attachments`, which is a `u32`.
        let count = u32::try_from(attachments.len()).unwrap_or(u32::MAX);
        self.engine.send(
            Packet::Message(Message {
                attachments: count,
                ..message
            }),
            self.out,
        );
        for payload in attachments {
            self.engine
                .send(Packet::Attachment { payload, prefix }, self.out);
        }
    }
}
