//! A tape: everything that a picture of a run shows, in the order of its time.

use crate::coverage::{Coverage, Seen};

/// The entries that a tape keeps at most; later ones are counted only.
const MAX_ENTRIES: usize = 20_000;
/// The characters that a text keeps.
const MAX_TEXT: usize = 300;

/// Where something happens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// The client: its application and its machine.
    Client,
    /// The network between both.
    Network,
    /// The server.
    Server,
}

/// The end of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It is on its way.
    Flying,
    /// It arrived.
    Arrived,
    /// It got lost: its link was broken.
    Lost,
    /// It arrived after the client had dropped its link.
    Ignored,
}

/// An entry of a tape.
#[derive(Clone, Debug)]
pub enum Entry {
    /// A message between client and server.
    Flight(Flight),
    /// Something that happened on one side, in milliseconds.
    Happened(u64, Lane, String),
    /// A command of the application, or an event for it, in milliseconds.
    Application(u64, String),
}

/// A message between client and server, or news of a link.
#[derive(Clone, Debug)]
pub struct Flight {
    /// The number of its event in the run.
    pub number: u64,
    /// The side that sends.
    pub from: Lane,
    /// The link.
    pub link: u32,
    /// When it was sent, in milliseconds.
    pub sent: u64,
    /// When it arrives, in milliseconds.
    pub arrives: u64,
    /// The kind of message, such as `frame`.
    pub kind: &'static str,
    /// Its packets.
    pub text: String,
    /// Its end.
    pub fate: Fate,
}

/// The things of the coverage that a picture shows: faults, and what follows from them.
const SHOWN: &[(Seen, Lane)] = &[
    (Seen::LinksCut, Lane::Network),
    (Seen::HalfOpen, Lane::Network),
    (Seen::Stalled, Lane::Network),
    (Seen::ConnectionRefused, Lane::Network),
    (Seen::ConnectionHung, Lane::Network),
    (Seen::RequestLost, Lane::Network),
    (Seen::ResponseLost, Lane::Network),
    (Seen::LateLinkEvent, Lane::Network),
    (Seen::VersionRefused, Lane::Server),
    (Seen::ProbeAnsweredWrongly, Lane::Server),
    (Seen::MissedEventReplayed, Lane::Server),
    (Seen::Refused, Lane::Server),
    (Seen::ConnectIgnored, Lane::Server),
    (Seen::Kicked, Lane::Server),
    (Seen::ErrorWhileConnected, Lane::Server),
    (Seen::EarlyEvent, Lane::Server),
    (Seen::ServerRestarted, Lane::Server),
    (Seen::ServerSilent, Lane::Server),
    (Seen::SessionForgotten, Lane::Server),
    (Seen::ClientFoundDead, Lane::Server),
    (Seen::MalformedPacket, Lane::Server),
    (Seen::AckSentTwice, Lane::Server),
    (Seen::AckNeverSent, Lane::Server),
    (Seen::Slept, Lane::Client),
    (Seen::AuthLate, Lane::Client),
];

/// The tape of a run.
#[derive(Clone, Debug, Default)]
pub struct Tape {
    /// The entries, in the order in which they began.
    pub entries: Vec<Entry>,
    /// The number of entries that were not kept.
    pub dropped: u64,
    /// When all faults ended, in milliseconds.
    pub healed: Option<u64>,
    seen: Coverage,
}

impl Tape {
    pub(crate) fn flight(&mut self, mut flight: Flight) {
        shorten(&mut flight.text);
        self.push(Entry::Flight(flight));
    }

    /// A message has come to its end.
    pub(crate) fn ends(&mut self, number: u64, at: u64, fate: Fate) {
        // The message was sent not long ago.
        let sent = self.entries.iter_mut().rev().find_map(|entry| match entry {
            Entry::Flight(flight) if flight.number == number => Some(flight),
            Entry::Flight(_) | Entry::Happened(..) | Entry::Application(..) => None,
        });
        if let Some(flight) = sent {
            (flight.arrives, flight.fate) = (at, fate);
        }
    }

    pub(crate) fn application(&mut self, at: u64, mut text: String) {
        shorten(&mut text);
        self.push(Entry::Application(at, text));
    }

    pub(crate) fn happened(&mut self, at: u64, lane: Lane, text: impl Into<String>) {
        self.push(Entry::Happened(at, lane, text.into()));
    }

    /// Adds the things that have happened since the last call.
    pub(crate) fn compare(&mut self, at: u64, seen: &Coverage) {
        for (thing, lane) in SHOWN {
            for _ in self.seen.count(*thing)..seen.count(*thing) {
                self.happened(at, *lane, thing.text());
            }
        }
        self.seen = seen.clone();
    }

    fn push(&mut self, entry: Entry) {
        match self.entries.len() < MAX_ENTRIES {
            true => self.entries.push(entry),
            false => self.dropped += 1,
        }
    }
}

fn shorten(text: &mut String) {
    if let Some((end, _)) = text.char_indices().nth(MAX_TEXT) {
        text.truncate(end);
        text.push('…');
    }
}
