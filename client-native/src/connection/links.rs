//! The full-duplex links of a connection: one, or two while they race to take its session over from polling.

use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::Bytes;
use tidewire_core::{Link, Packet, Target};

use super::duplex::{Duplex, DuplexEvent};
use crate::host::{Connector, DuplexIo, FrameBlock};

#[derive(Default)]
pub(super) struct Links {
    first: Duplex,
    /// The link that was opened beside the first one. Either may end before the other.
    second: Option<Box<Duplex>>,
}

impl Links {
    pub(super) fn open(&mut self, link: Link, target: Target, connector: Arc<Connector>) {
        if self.first.is_none() {
            self.first.open(link, target, connector);
        } else {
            let second = self.second.get_or_insert_default();
            second.open(link, target, connector);
        }
    }

    #[inline]
    pub(super) fn send(&mut self, link: Link, packet: &Packet<Bytes>) {
        if let Some(second) = &mut self.second {
            second.send(link, packet);
        }
        self.first.send(link, packet);
    }

    /// Sends frames that the machine need not see.
    #[inline]
    pub(super) fn send_block(&mut self, link: Link, block: FrameBlock) {
        match &mut self.second {
            Some(second) if second.is(link) => second.send_block(link, block),
            _ => self.first.send_block(link, block),
        }
    }

    /// Gives a link up. Returns it, to be closed, if it was open.
    pub(super) fn take(&mut self, link: Link) -> Option<Box<DuplexIo>> {
        match &mut self.second {
            Some(second) if second.is(link) => second.take(link),
            _ => self.first.take(link),
        }
    }

    /// Whether there is none, not even one that opens.
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none() && self.second.as_ref().is_none_or(|second| second.is_none())
    }

    /// The bytes of frames that are not written yet.
    #[inline]
    pub(super) fn unsent(&self) -> usize {
        let second = self.second.as_ref().map_or(0, |second| second.unsent());
        self.first.unsent() + second
    }

    /// Whether a link does not read before it has written; see [`DuplexIo::is_flooded`].
    #[inline]
    pub(super) fn is_flooded(&self) -> bool {
        self.first.is_flooded() || self.second.as_ref().is_some_and(|link| link.is_flooded())
    }

    /// Writes buffered frames. Pending while a peer does not read.
    #[inline]
    pub(super) fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Option<DuplexEvent>> {
        if self.second.is_some() {
            return self.poll_write_both(cx);
        }
        self.first.poll_write(cx)
    }

    #[cold]
    fn poll_write_both(&mut self, cx: &mut Context<'_>) -> Poll<Option<DuplexEvent>> {
        let first = self.first.poll_write(cx);
        match &mut self.second {
            Some(second) if !matches!(first, Poll::Ready(Some(_))) => match second.poll_write(cx) {
                Poll::Ready(None) => first,
                written => written,
            },
            _ => first,
        }
    }

    /// Polls for the next event of a link: the result of opening, or a frame.
    #[inline]
    pub(super) fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<DuplexEvent> {
        if self.second.is_some() {
            return self.poll_event_of_both(cx);
        }
        self.first.poll_event(cx)
    }

    #[cold]
    fn poll_event_of_both(&mut self, cx: &mut Context<'_>) -> Poll<DuplexEvent> {
        let mut event = self.first.poll_event(cx);
        let Some(mut second) = self.second.take() else {
            return event;
        };
        if event.is_pending() {
            event = second.poll_event(cx);
        }
        if self.first.is_none() {
            self.first = *second;
        } else if !second.is_none() {
            self.second = Some(second);
        }
        event
    }
}

#[cfg(test)]
mod tests {
    use std::future::{pending, ready};
    use std::task::Waker;

    use super::*;
    use crate::error::TransportError;

    const TWO: [u32; 2] = [1, 2];

    /// Two links that open; the one with the number `fails` has failed.
    fn racing(fails: u32) -> Links {
        let [first, second] = TWO.map(|id| {
            let link = Link::from_id(id);
            match id == fails {
                true => Duplex::Opening(link, Box::pin(ready(Err(TransportError::BadPacket)))),
                false => Duplex::Opening(link, Box::pin(pending())),
            }
        });
        Links {
            first,
            second: Some(Box::new(second)),
        }
    }

    fn poll_event(links: &mut Links) -> Poll<DuplexEvent> {
        links.poll_event(&mut Context::from_waker(Waker::noop()))
    }

    #[test]
    fn either_link_may_fail_and_the_other_one_stays() {
        for (fails, stays) in [(1, 2), (2, 1)] {
            let mut links = racing(fails);
            let event = poll_event(&mut links);
            let failed = Link::from_id(fails);
            assert!(
                matches!(event, Poll::Ready(DuplexEvent::OpenFailed(link, _)) if link == failed)
            );
            assert!(poll_event(&mut links).is_pending());
            assert!(links.first.is(Link::from_id(stays)), "{stays}");
            assert!(links.second.is_none());
            assert!(!links.is_empty());
        }
    }

    #[test]
    fn either_link_may_be_given_up() {
        for (dropped, stays) in [(1, 2), (2, 1)] {
            let mut links = racing(0);
            assert!(links.take(Link::from_id(dropped)).is_none());
            assert!(poll_event(&mut links).is_pending());
            assert!(links.first.is(Link::from_id(stays)));
            assert!(links.take(Link::from_id(stays)).is_none());
            assert!(links.is_empty());
        }
    }
}
