//! Packets that no server may send.

use super::Shared;
use super::session::Session;
use crate::coverage::Seen;
use crate::wire::Wire;

/// Some end the connection, some are to be ignored; none may do more.
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
    "42/nobody,[\"x\"]",
    "42/without a comma",
    "43[1]",
    "4399999999999999999999[1]",
    "43/chat,77777[1]",
    "45-[\"x\"]",
    "450-[\"x\"]",
    "4599999-[\"x\"]",
    "41/nobody,",
    "44/nobody,\"x\"",
    "40/nobody,{\"sid\":\"x\"}",
    "42[\"unfinished",
    "47",
];

impl Session {
    pub(super) fn talk_nonsense(&mut self, shared: &mut Shared) {
        if self.rooms.is_empty() && self.ambiguous.is_empty() {
            // A 4.x server that speaks before it is asked is taken for one of 2.x, and rightly.
            return;
        }
        shared.seen.note(Seen::Nonsense);
        match shared.chance.below(10) {
            0 => self.send(Wire::Binary(vec![1, 2, 3]), shared),
            1 => self.send(Wire::Binary(Vec::new()), shared),
            2 => {
                // A head without an end.
                self.send(Wire::Text(format!("42/{}", "n".repeat(3_000))), shared);
            }
            3 => {
                self.send(Wire::Text("452-[\"x\",{},{}]".to_owned()), shared);
                self.send(Wire::Text("42[\"between\"]".to_owned()), shared);
            }
            4 => {
                // Half a packet, and then nothing more.
                self.send(Wire::Text("452-[\"x\",{},{}]".to_owned()), shared);
                self.end();
            }
            _ => {
                let text = *shared.chance.pick(TEXTS);
                self.send(Wire::Text(text.to_owned()), shared);
            }
        }
    }
}
