//! The layers below the namespaces, as the place where their packets and events go.

use alloc::vec::Vec;

use crate::engine::Engine;
use crate::engine_version::EngineVersion;
use crate::output::{Event, Message, Outbox, Packet, PacketSink};
use crate::payload::Payload;
use crate::wire::engine::EngineType;

/// The engine, and the queue of outputs.
#[derive(Debug)]
pub(crate) struct Lower<P> {
    pub(crate) engine: Engine<P>,
    pub(crate) out: Outbox<P>,
    /// The host has said that the transport does not keep up.
    pub(crate) congested: bool,
}

impl<P: Payload> Lower<P> {
    pub(crate) fn new() -> Self {
        Lower {
            engine: Engine::new(),
            out: Outbox::new(),
            congested: false,
        }
    }
}

impl<P: Payload> PacketSink<P> for Lower<P> {
    fn event(&mut self, event: Event<P>) {
        self.out.event(event);
    }

    fn is_writable(&self) -> bool {
        !self.congested
    }

    fn send(&mut self, message: Message<P>, attachments: Vec<P>) {
        let typed = self
            .engine
            .engine_version()
            .is_some_and(EngineVersion::types_binary_frames);
        let prefix = typed.then_some(EngineType::Message.byte());
        // Never more than `Config::max_attachments`, which is a `u32`.
        let count = u32::try_from(attachments.len()).unwrap_or(u32::MAX);
        self.engine.send(
            Packet::Message(Message {
                attachments: count,
                ..message
            }),
            &mut self.out,
        );
        for payload in attachments {
            self.engine
                .send(Packet::Attachment { payload, prefix }, &mut self.out);
        }
    }
}
