//! Tagged events on their way from one user to others.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::source::LONGEST;
use crate::stats::{Counter, Kind, Recorder};

/// A tag in an event's arguments: this, 16 hexadecimal digits, and `~`.
const PREFIX: &[u8] = b"~tw:";
const DIGITS: usize = 16;

/// Tags that may be on their way at a time. Later events are sent untagged, and their deliveries are not measured.
const MOST_TAGS: usize = 1_000_000;

/// All tagged events that may still arrive.
#[derive(Debug)]
pub(crate) struct Tags {
    /// Distinguishes this run from others on the same server.
    run: u64,
    next: AtomicU64,
    sent: Mutex<HashMap<u64, Sent>>,
    /// Whether any tag was made: until then no message is searched.
    is_used: AtomicBool,
}

#[derive(Debug)]
struct Sent {
    at: Instant,
    intended: Instant,
    label: Arc<str>,
    expected: u64,
    received: u64,
    deadline: Instant,
    /// Whether only copies that name their receiver count.
    is_addressed: bool,
}

/// The receivers of a tagged event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Receivers {
    pub(crate) count: u64,
    /// The time in which they should get it.
    pub(crate) within: Duration,
    /// Whether the event names its receiver. egg-socket.io's example sends such events to all clients.
    pub(crate) is_addressed: bool,
}

impl Tags {
    pub(crate) fn new(seed: u64) -> Tags {
        Tags {
            run: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) & 0xFFFF_FFFF_0000_0000,
            next: AtomicU64::new(0),
            sent: Mutex::default(),
            is_used: false.into(),
        }
    }

    /// Makes a tag for an event that is about to be sent.
    pub(crate) fn create(&self) -> String {
        self.is_used.store(true, Ordering::Relaxed);
        let number = self.next.fetch_add(1, Ordering::Relaxed) & 0xFFFF_FFFF;
        format!("~tw:{:016x}~", self.run | number)
    }

    /// Remembers an event that is sent now, until its time is over. Returns whether there was room.
    pub(crate) fn sent(
        &self,
        tag: &str,
        label: &Arc<str>,
        intended: Instant,
        receivers: Receivers,
    ) -> bool {
        let at = Instant::now();
        let Some(number) = find(tag.as_bytes()) else {
            return false;
        };
        let mut sent = self.lock();
        let has_room = sent.len() < MOST_TAGS;
        if has_room {
            let entry = Sent {
                at,
                intended: intended.min(at),
                label: label.clone(),
                expected: receivers.count,
                received: 0,
                deadline: at + receivers.within.min(LONGEST),
                is_addressed: receivers.is_addressed,
            };
            sent.insert(number, entry);
        }
        has_room
    }

    /// Measures the arrival of an event, if it has a tag of this run. `is_to_me`: it is named by the id of the client that got it.
    pub(crate) fn arrived(
        &self,
        (json, is_to_me): (&[u8], bool),
        at: Instant,
        recorder: &Recorder,
    ) {
        if !self.is_used.load(Ordering::Relaxed) {
            return;
        }
        let Some(number) = find(json) else { return };
        let mut sent = self.lock();
        let Some(event) = sent.get_mut(&number) else {
            return;
        };
        if event.is_addressed && !is_to_me {
            return;
        }
        event.received += 1;
        let service = at.saturating_duration_since(event.at);
        let response = at.saturating_duration_since(event.intended);
        recorder.record(Kind::Delivery, &event.label, service, response);
        if event.received > event.expected {
            recorder.count(Counter::DeliveriesSurplus, 1);
        } else if event.received == event.expected {
            recorder.record(Kind::FanOut, &event.label, service, response);
        }
    }

    /// Counts the copies of events whose time is over; at the end of the run (`None`) those of all events.
    ///
    /// A copy that may still have arrived in time when the run ended is not lost, but cut off.
    pub(crate) fn settle(&self, now: Option<Instant>, recorder: &Recorder) {
        self.lock().retain(|_, event| {
            if now.is_some_and(|now| event.deadline > now) {
                return true;
            }
            let arrived = event.received.min(event.expected);
            let missing = match now {
                Some(_) => Counter::DeliveriesLost,
                None => Counter::DeliveriesCutOff,
            };
            recorder.count(Counter::DeliveriesExpected, event.expected);
            recorder.count(Counter::Delivered, arrived);
            recorder.count(missing, event.expected - arrived);
            false
        });
    }

    /// Forgets an event that was not sent after all.
    pub(crate) fn forget(&self, tag: &str) {
        if let Some(number) = find(tag.as_bytes()) {
            self.lock().remove(&number);
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Sent>> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Finds the first tag in a text.
fn find(text: &[u8]) -> Option<u64> {
    let mut rest = text;
    loop {
        let start = rest.windows(PREFIX.len()).position(|it| it == PREFIX)?;
        rest = &rest[start + PREFIX.len()..];
        let digits = rest.get(..DIGITS)?;
        if rest.get(DIGITS) == Some(&b'~')
            && let Ok(digits) = std::str::from_utf8(digits)
            && let Ok(number) = u64::from_str_radix(digits, 16)
        {
            return Some(number);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_anywhere_and_a_broken_one_is_not() {
        let tags = Tags::new(3);
        let (first, second) = (tags.create(), tags.create());
        assert_ne!(first, second);
        let number = find(first.as_bytes());
        assert!(number.is_some());
        assert_eq!(
            find(format!(r#"["said",{{"a":"~tw:x{first}"}}]"#).as_bytes()),
            number
        );
        for broken in [
            "",
            "~tw:",
            "~tw:12~",
            "~tw:00000000000000zz~",
            "~tw:0000000000000001",
        ] {
            assert_eq!(find(broken.as_bytes()), None, "{broken}");
        }
    }

    #[test]
    fn copies_are_counted_as_delivered_lost_or_surplus() {
        let (tags, recorder) = (Tags::new(1), Recorder::default());
        let now = Instant::now();
        let label: Arc<str> = "say".into();
        let (tags, recorder) = (&tags, &recorder);
        let send = |expected: u64, copies: u64, is_addressed: bool| {
            let tag = tags.create();
            let receivers = Receivers {
                count: expected,
                within: Duration::from_secs(1),
                is_addressed,
            };
            assert!(tags.sent(&tag, &label, now, receivers));
            for _ in 0..copies {
                tags.arrived((tag.as_bytes(), !is_addressed), now, recorder);
            }
            tag
        };
        let tag = |expected, copies| {
            send(expected, copies, false);
        };
        tag(3, 3);
        tag(3, 1);
        tag(3, 4);
        // Copies at others than the receiver.
        let tag_of_one = send(1, 5, true);
        tags.arrived((tag_of_one.as_bytes(), true), now, recorder);
        tags.settle(Some(now), recorder);
        let early = recorder.take();
        assert_eq!(early.counter(Counter::DeliveriesExpected), 0);
        assert_eq!(early.counter(Counter::DeliveriesSurplus), 1);
        assert_eq!(early.kind(Kind::Delivery).unwrap().service.count(), 9);
        assert_eq!(early.kind(Kind::FanOut).unwrap().service.count(), 3);
        tags.settle(Some(now + Duration::from_secs(5)), recorder);
        tag(2, 1);
        tags.settle(None, recorder);
        let sum = recorder.take();
        let counts = [
            (Counter::DeliveriesExpected, 12),
            (Counter::Delivered, 9),
            (Counter::DeliveriesLost, 2),
            (Counter::DeliveriesCutOff, 1),
        ];
        for (counter, count) in counts {
            assert_eq!(sum.counter(counter), count, "{counter:?}");
        }
    }
}
