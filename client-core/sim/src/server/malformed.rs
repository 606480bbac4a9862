//! Malformed packets from the server.

use super::session::Session;
use super::shared::Shared;
use crate::coverage::Seen;
use crate::wire::Wire;

/// Frames that either end the connection or are ignored.
const TEXTS: &[&str] = &[
    "",
    "9",
    "x",
    "3",
    "6",
    "0{\"sid\":\"other\"}",
    "49",
    "42",
    "42{}",
    "42[]",
    "42[null]",
    "42\"x\"",
    "42[\"connect\"]",
    "42/absent,[\"x\"]",
    "42/without a comma",
    "43[1]",
    "4399999999999999999999[1]",
    "43/chat,77777[1]",
    "45-[\"x\"]",
    "450-[\"x\"]",
    "4599999-[\"x\"]",
    "41/absent,",
    "44/absent,\"x\"",
    "40/absent,{\"sid\":\"x\"}",
    "42[\"unfinished",
    "47",
];

impl Session {
    pub(super) fn send_malformed(&mut self, shared: &mut Shared) {
        if self.connections.is_empty() && self.ambiguous.is_empty() {
            // A server that sends before CONNECT is a 2.x server for the client, as the protocol says.
            return;
        }
        shared.seen.note(Seen::MalformedPacket);
        match shared.rng.below(10) {
            0 => self.send(Wire::Binary(vec![1, 2, 3]), shared),
            1 => self.send(Wire::Binary(Vec::new()), shared),
            2 => {
                // A header without an end.
                self.send(Wire::Text(format!("42/{}", "n".repeat(3_000))), shared);
            }
            3 => {
                self.send(Wire::Text("452-[\"x\",{},{}]".to_owned()), shared);
                self.send(Wire::Text("42[\"between\"]".to_owned()), shared);
            }
            4 => {
                // The first half of a packet, then the end of the session.
                self.send(Wire::Text("452-[\"x\",{},{}]".to_owned()), shared);
                self.end();
            }
            _ => {
                let text = *shared.rng.pick(TEXTS);
                self.send(Wire::Text(text.to_owned()), shared);
            }
        }
    }
}
