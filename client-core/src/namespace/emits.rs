//! What a namespace has emitted and is not done with: events that wait to be sent, and acks that are awaited.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::acks::Acks;
use super::offline::{Offline, Queued};
use crate::config::{Config, OfflinePolicy};
use crate::error::Misuse;
use crate::output::{AckError, AckId, Event, Exit, Message, Nsp};
use crate::payload::Payload;
use crate::time::{Millis, Time};
use crate::wire::head::PacketType;

/// An event to emit.
#[derive(Debug)]
pub struct Emit<P> {
    /// The JSON array `["name", arguments...]`.
    pub payload: P,
    /// The attachments that placeholders in the payload name.
    pub attachments: Vec<P>,
    /// Whether an answer is awaited.
    pub ack: Ack,
    /// Drop the event rather than keep it, when the namespace is not connected or the transport is congested.
    pub volatile: bool,
}

/// Whether an emit awaits an answer, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ack {
    /// No answer.
    None,
    /// An answer, however long it takes.
    Unlimited,
    /// An answer within this time.
    Within(Millis),
}

#[derive(Debug)]
pub(crate) struct Emits<P> {
    nsp: Nsp,
    /// The namespace's name, which goes into every packet.
    name: Arc<str>,
    acks: Acks,
    offline: Offline<P>,
}

impl<P: Payload> Emits<P> {
    pub(crate) fn new(nsp: Nsp, name: Arc<str>) -> Self {
        Emits {
            nsp,
            name,
            acks: Acks::new(),
            offline: Offline::new(),
        }
    }

    /// Sends the event, keeps it for later, or (volatile) drops it.
    pub(crate) fn emit(
        &mut self,
        now: Time,
        emit: Emit<P>,
        connected: bool,
        config: &Config,
        exit: &mut impl Exit<P>,
    ) -> Result<Option<AckId>, Misuse> {
        self.check(&emit, config)?;
        let (wish, volatile) = (emit.ack, emit.volatile);
        let mut queued = Queued {
            payload: emit.payload,
            attachments: emit.attachments,
            ack: None,
        };
        let goes = connected && (!volatile || exit.is_writable());
        if !goes && !volatile {
            self.check_room(&queued, config)?;
        }
        queued.ack = (wish != Ack::None).then(|| self.acks.issue());
        let ack = queued.ack;
        if let Some(ack) = ack {
            self.acks.wait(ack, now, wish.timeout());
        }
        match (goes, volatile) {
            (true, _) => self.send(queued, exit),
            // Nobody who says "volatile" wants to hear of it, but whoever waits for an answer does.
            (false, true) => self.settle_dropped(ack, exit),
            (false, false) => self.keep(queued, config, exit),
        }
        Ok(ack)
    }

    /// Sends what has waited, in order.
    pub(crate) fn flush(&mut self, exit: &mut impl Exit<P>) {
        while let Some(emit) = self.offline.pop() {
            self.send(emit, exit);
        }
    }

    /// Forgets what waits to be sent.
    pub(crate) fn clear(&mut self, exit: &mut impl Exit<P>) {
        while let Some(emit) = self.offline.pop() {
            self.settle_dropped(emit.ack, exit);
        }
    }

    /// Stops waiting for an ack; an event that was not sent yet will not be.
    pub(crate) fn cancel(&mut self, ack: AckId) {
        if self.acks.settle(ack) {
            self.offline.remove(ack);
        }
    }

    /// Whether an ack was awaited; it no longer is.
    pub(crate) fn settle(&mut self, ack: AckId) -> bool {
        self.acks.settle(ack)
    }

    /// The acks of what was sent will not come.
    pub(crate) fn lose(&mut self, exit: &mut impl Exit<P>) {
        while let Some(ack) = self.acks.pop() {
            self.lost(ack, AckError::Disconnected, exit);
        }
    }

    /// Settles acks whose time is over; an event that still waited is not sent any more.
    pub(crate) fn expire(&mut self, now: Time, exit: &mut impl Exit<P>) {
        while let Some(ack) = self.acks.expire(now) {
            self.offline.remove(ack);
            self.lost(ack, AckError::Timeout, exit);
        }
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        self.acks.next_timeout()
    }

    /// What waits to be sent, the oldest first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &P> {
        self.offline.payloads()
    }

    // ---- inside ----

    fn check(&self, emit: &Emit<P>, config: &Config) -> Result<(), Misuse> {
        if emit.attachments.len() > config.max_attachments as usize {
            return Err(Misuse::TooManyAttachments);
        }
        if emit.ack != Ack::None && self.acks.len() >= config.max_acks {
            return Err(Misuse::TooManyAcks);
        }
        Ok(())
    }

    /// Whether an emit can be kept, with what the policy lets give way.
    fn check_room(&self, emit: &Queued<P>, config: &Config) -> Result<(), Misuse> {
        let refuses = config.offline_policy == OfflinePolicy::Refuse;
        let full = refuses && !self.offline.has_room(emit, config);
        if full || !Offline::could_fit(emit, config) {
            return Err(Misuse::BufferFull);
        }
        Ok(())
    }

    /// Keeps an emit until the namespace is connected; when there is no room, it or older ones are dropped.
    fn keep(&mut self, emit: Queued<P>, config: &Config, exit: &mut impl Exit<P>) {
        while !self.offline.has_room(&emit, config) {
            let oldest = match config.offline_policy {
                OfflinePolicy::DropOldest => self.offline.pop(),
                OfflinePolicy::Refuse | OfflinePolicy::DropNewest => None,
            };
            match oldest {
                Some(oldest) => self.give_way(oldest, exit),
                None => return self.give_way(emit, exit),
            }
        }
        self.offline.push(emit);
    }

    fn give_way(&mut self, emit: Queued<P>, exit: &mut impl Exit<P>) {
        match emit.ack {
            Some(_) => self.settle_dropped(emit.ack, exit),
            None => exit.event(Event::EmitDropped {
                nsp: self.nsp,
                payload: emit.payload,
            }),
        }
    }

    fn settle_dropped(&mut self, ack: Option<AckId>, exit: &mut impl Exit<P>) {
        let Some(ack) = ack else { return };
        if self.acks.settle(ack) {
            self.lost(ack, AckError::Dropped, exit);
        }
    }

    fn lost(&self, ack: AckId, why: AckError, exit: &mut impl Exit<P>) {
        exit.event(Event::AckLost {
            nsp: self.nsp,
            ack,
            why,
        });
    }

    fn send(&self, emit: Queued<P>, exit: &mut impl Exit<P>) {
        let message = Message {
            ack: emit.ack.map(AckId::get),
            payload: Some(emit.payload),
            ..Message::bare(PacketType::Event, self.name.clone())
        };
        exit.send(message, emit.attachments);
    }
}

impl Ack {
    const fn timeout(self) -> Option<Millis> {
        match self {
            Ack::Within(span) => Some(span),
            Ack::None | Ack::Unlimited => None,
        }
    }
}
