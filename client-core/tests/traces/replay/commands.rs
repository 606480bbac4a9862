//! The commands of a replay: the calls of the application that the frames of the recorded client imply.

use tidewire_core::{Ack, AckId, Delivery, Emit};

use super::Replay;
use crate::payload::CountedPayload;
use crate::trace::Line;
use crate::wire::Sio;

impl Replay<'_> {
    /// Calls the machine as the application did when the recorded client sent this frame.
    pub(super) fn command(&mut self, number: usize, line: &Line) {
        match line.kind.as_str() {
            "text" if line.text.starts_with('4') => {
                self.partial = Some((Sio::parse(&line.text[1..]), Vec::new()));
                self.complete(number);
            }
            "binary" => {
                let part = self.counter.payload(&line.bytes[1..]);
                let (_, parts) = self.partial.as_mut().expect("a header");
                parts.push(part);
                self.complete(number);
            }
            "close" if !self.ended_by_server.contains(&line.conn) => self.close(number),
            "text" if line.text == "1" => self.close(number),
            _ => {}
        }
    }

    fn close(&mut self, number: usize) {
        let session = self.sessions.get(number);
        if session.is_some_and(|session| !session.ended) {
            self.client.close(self.now);
            self.drain();
        }
    }

    fn complete(&mut self, number: usize) {
        match self.partial.take() {
            Some((packet, parts)) if parts.len() == packet.attachments => {
                self.act(number, &packet, parts);
            }
            partial => self.partial = partial,
        }
    }

    fn act(&mut self, number: usize, packet: &Sio, parts: Vec<CountedPayload>) {
        let known = self.names.contains(&packet.nsp);
        match packet.kind {
            // On later connections the machine connects its namespaces by itself.
            0 if number > 0 && known => {}
            0 => self.connect_namespace(&packet.nsp, packet.query.as_deref()),
            1 => {
                let nsp = self.nsp(&packet.nsp);
                self.client.disconnect(self.now, nsp);
            }
            2 | 5 => self.emit(packet, parts),
            3 | 6 => self.reply(packet, parts),
            other => unreachable!("a client does not send {other}"),
        }
        self.drain();
    }

    pub(super) fn connect_namespace(&mut self, name: &str, query: Option<&str>) {
        let nsp = self.client.namespace(name, query);
        if nsp.index() == self.names.len() {
            self.names.push(name.to_string());
        }
        self.client.connect(self.now, nsp);
        self.drain();
    }

    fn emit(&mut self, packet: &Sio, attachments: Vec<CountedPayload>) {
        let nsp = self.nsp(&packet.nsp);
        let emit = Emit {
            payload: self.counter.payload(&packet.data),
            attachments,
            ack: packet.id.map_or(Ack::None, |_| Ack::Unlimited),
            delivery: Delivery::Once,
            compress: true,
        };
        let result = self.client.emit(self.now, nsp, emit);
        let id = result.expect("the emit is accepted").map(AckId::get);
        assert_eq!(id, packet.id, "ack ids are the same");
    }

    fn reply(&mut self, packet: &Sio, attachments: Vec<CountedPayload>) {
        let nsp = self.nsp(&packet.nsp);
        let key = (packet.nsp.clone(), packet.id.expect("an id"));
        let reply = self.replies.remove(&key).expect("a reply");
        let payload = self.counter.payload(&packet.data);
        self.client
            .reply(self.now, nsp, reply, payload, attachments)
            .expect("the reply is not stale");
    }
}
