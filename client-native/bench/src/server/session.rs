//! A session's counts, and its answers to packets, over any transport.

use std::io::{self, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The packet that opens a session.
pub(super) fn open(sid: &str) -> String {
    format!(
        r#"0{{"sid":"{sid}","upgrades":[],"pingInterval":300000,"pingTimeout":300000,"maxPayload":1000000}}"#
    )
}

/// The counts of one session.
pub(super) struct Session {
    /// `sent` events and attachments, and their bytes.
    events: u64,
    bytes: u64,
    /// How many sessions have joined the namespace, of all.
    joined: Arc<AtomicU64>,
}

/// The server's answer to a packet.
pub(super) enum Answer {
    Nothing,
    Packet(Vec<u8>),
    Flood(Flood),
}

/// Events that a client has asked for.
pub(super) struct Flood {
    pub(super) count: u64,
    /// The size of an event's text or attachment, in bytes.
    pub(super) size: usize,
    pub(super) content: Content,
}

/// The content of the events of a flood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content {
    /// A number and the same text.
    Text,
    /// A number and words.
    Words,
    Attachment,
}

impl Session {
    pub(super) fn new(joined: Arc<AtomicU64>) -> Session {
        Session {
            events: 0,
            bytes: 0,
            joined,
        }
    }

    pub(super) fn hear(&mut self, packet: &[u8]) -> io::Result<Answer> {
        match packet {
            [b'4', b'2', b'[', ..] if packet.starts_with(br#"42["sent","#) => {
                self.count(packet);
                Ok(Answer::Nothing)
            }
            [b'4', b'2', b'[', ..] => {
                Ok(Flood::parse(&packet[2..])?.map_or(Answer::Nothing, Answer::Flood))
            }
            [b'4', b'2', rest @ ..] => Ok(Answer::Packet(self.acknowledge(rest)?)),
            [b'4', b'0', ..] => {
                self.joined.fetch_add(1, Ordering::Relaxed);
                Ok(Answer::Packet(br#"40{"sid":"bench"}"#.to_vec()))
            }
            _ => Ok(Answer::Nothing),
        }
    }

    /// Counts a `sent` event, or an attachment.
    pub(super) fn count(&mut self, payload: &[u8]) {
        self.events += 1;
        self.bytes += payload.len() as u64;
    }

    fn acknowledge(&self, packet: &[u8]) -> io::Result<Vec<u8>> {
        let digits = packet.iter().take_while(|byte| byte.is_ascii_digit());
        let (id, event) = packet.split_at(digits.count());
        let mut answer = [b"43", id].concat();
        match event.strip_prefix(br#"["echo","#) {
            Some(rest) => answer.extend_from_slice(&[b"[", rest].concat()),
            None => {
                let joined = self.joined.load(Ordering::Relaxed);
                write!(answer, "[[{},{},{joined}]]", self.events, self.bytes)?;
            }
        }
        Ok(answer)
    }
}

impl Flood {
    /// Reads the event's name and arguments; `None` if it is another event.
    fn parse(event: &[u8]) -> io::Result<Option<Flood>> {
        const EVENTS: [(&[u8], Content); 3] = [
            (br#"["flood","#, Content::Text),
            (br#"["flood-words","#, Content::Words),
            (br#"["flood-blobs","#, Content::Attachment),
        ];
        let named = EVENTS.iter().find(|(name, _)| event.starts_with(name));
        let Some(&(_, content)) = named else {
            return Ok(None);
        };
        let (_, count, size): (&str, u64, usize) = serde_json::from_slice(event)?;
        Ok(Some(Flood {
            count,
            size,
            content,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(answer: Answer) -> String {
        match answer {
            Answer::Packet(packet) => String::from_utf8(packet).unwrap(),
            _ => String::new(),
        }
    }

    #[test]
    fn what_was_sent_is_counted() {
        let mut session = Session::new(Arc::default());
        let mut hear = |text: &str| packet(session.hear(text.as_bytes()).unwrap());
        assert_eq!(hear("40"), r#"40{"sid":"bench"}"#);
        assert_eq!(hear(r#"42["sent","abc"]"#), "");
        assert_eq!(hear(r#"427["echo",12]"#), "437[12]");
        assert_eq!(hear(r#"428["count"]"#), "438[[1,16,1]]");
    }

    #[test]
    fn a_flood_says_how_many_and_how_large() {
        let flood = Flood::parse(br#"["flood-blobs",12,64]"#).unwrap().unwrap();
        assert_eq!(
            (flood.count, flood.size, flood.content),
            (12, 64, Content::Attachment)
        );
        assert!(Flood::parse(br#"["other",12,64]"#).unwrap().is_none());
        assert!(Flood::parse(br#"["flood",12]"#).is_err());
    }
}
