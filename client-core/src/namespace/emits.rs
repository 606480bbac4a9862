//! What a namespace has emitted and is not done with: events that wait to be sent, and acks that are awaited.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::acks::Acks;
use super::offline::{Offline, Queued};
use super::retries::{Due, Retried, Retries};
use crate::config::{Config, OfflinePolicy};
use crate::error::Misuse;
use crate::output::{AckError, AckId, Event, Message, Nsp, PacketSink};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
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
    /// What happens to an event that cannot be sent at once, or may have been lost.
    pub delivery: Delivery,
}

/// What happens to an event that cannot be sent at once, or may have been lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Delivery {
    /// At most once: sent when the namespace is connected, and never again.
    #[default]
    Once,
    /// Dropped rather than kept, when the namespace is not connected or the transport is congested.
    Volatile,
    /// At least once: sent again, up to this many times, when [`Ack::Within`] has passed or the connection was lost before the
    /// server's answer. The server must answer each, and may see one twice. First arrivals are in order.
    ///
    /// An ack is always awaited, and is lost after the last try. Up to [`Config::retry_window`] are on their way at a time;
    /// [`Config::offline_packets`] and [`Config::offline_bytes`] bound those that are not answered yet, and whatever the
    /// policy, one that finds no room is refused: it never gives way.
    AtLeastOnce {
        /// How many tries may follow the first.
        retries: u32,
    },
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
    retries: Retries<P>,
}

impl<P: Payload> Emits<P> {
    pub(crate) fn new(nsp: Nsp, name: Arc<str>) -> Self {
        Emits {
            nsp,
            name,
            acks: Acks::new(),
            offline: Offline::new(),
            retries: Retries::new(),
        }
    }

    /// Sends the event, keeps it for later, or (volatile) drops it.
    pub(crate) fn emit(
        &mut self,
        now: Time,
        emit: Emit<P>,
        connected: bool,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<Option<AckId>, Misuse> {
        self.check(&emit, config)?;
        if let Delivery::AtLeastOnce { retries } = emit.delivery {
            return self.emit_retried(now, emit, retries, connected, config, sink);
        }
        let (wish, volatile) = (emit.ack, emit.delivery == Delivery::Volatile);
        let mut queued = Queued {
            payload: emit.payload,
            attachments: emit.attachments,
            ack: None,
        };
        let goes = connected && (!volatile || sink.is_writable());
        if !goes && !volatile {
            self.check_room(&queued, config)?;
        }
        queued.ack = (wish != Ack::None).then(|| self.acks.issue());
        let ack = queued.ack;
        if let Some(ack) = ack {
            self.acks.wait(ack, now, wish.timeout());
        }
        match (goes, volatile) {
            (true, _) => self.send(queued, sink),
            // Nobody who says "volatile" wants to hear of it, but whoever waits for an answer does.
            (false, true) => self.settle_dropped(ack, sink),
            (false, false) => self.keep(queued, config, sink),
        }
        Ok(ack)
    }

    /// Sends what has waited, in order: first what goes once, then what goes until it is answered.
    pub(crate) fn flush(&mut self, now: Time, config: &Config, sink: &mut impl PacketSink<P>) {
        while let Some(emit) = self.offline.pop() {
            self.send(emit, sink);
        }
        self.go_on(now, config, sink);
    }

    /// Sends of what goes until it is answered as much as the window has room for.
    pub(crate) fn go_on(&mut self, now: Time, config: &Config, sink: &mut impl PacketSink<P>) {
        while let Some(retried) = self.retries.send_next(now, config.retry_window) {
            send_retried(&self.name, retried, sink);
        }
    }

    /// Forgets what waits to be sent.
    pub(crate) fn clear(&mut self, sink: &mut impl PacketSink<P>) {
        while let Some(emit) = self.offline.pop() {
            self.settle_dropped(emit.ack, sink);
        }
        while let Some(retried) = self.retries.take_waiting() {
            let why = if retried.was_tried() {
                AckError::Disconnected
            } else {
                AckError::Dropped
            };
            self.lost(retried.ack, why, sink);
        }
    }

    /// Stops waiting for an ack; an event that was not sent yet will not be.
    pub(crate) fn cancel(&mut self, ack: AckId) {
        if self.acks.settle(ack) {
            self.offline.remove(ack);
        } else {
            self.retries.cancel(ack);
        }
    }

    /// Whether an ack was awaited; it no longer is.
    pub(crate) fn settle(&mut self, ack: AckId) -> bool {
        self.acks.settle(ack) || self.retries.settle(ack)
    }

    /// The acks of what was sent will not come; what has tries left will be sent again.
    pub(crate) fn lose(&mut self, sink: &mut impl PacketSink<P>) {
        while let Some(ack) = self.acks.pop() {
            self.lost(ack, AckError::Disconnected, sink);
        }
        while let Some(ack) = self.retries.connection_lost() {
            self.lost(ack, AckError::Disconnected, sink);
        }
    }

    /// Settles acks whose time is over; an event that still waited is not sent any more, one with tries left is sent again.
    pub(crate) fn expire(&mut self, now: Time, config: &Config, sink: &mut impl PacketSink<P>) {
        while let Some(ack) = self.acks.expire(now) {
            self.offline.remove(ack);
            self.lost(ack, AckError::Timeout, sink);
        }
        self.expire_tries(now, config, sink);
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        earlier(self.acks.next_timeout(), self.retries.next_timeout())
    }

    /// What waits to be sent, the oldest first.
    pub(crate) fn waiting(&self) -> impl Iterator<Item = &P> {
        self.offline.payloads().chain(self.retries.payloads())
    }

    // ---- inside ----

    fn emit_retried(
        &mut self,
        now: Time,
        emit: Emit<P>,
        retries: u32,
        connected: bool,
        config: &Config,
        sink: &mut impl PacketSink<P>,
    ) -> Result<Option<AckId>, Misuse> {
        let Emit {
            payload,
            attachments,
            ack: wish,
            ..
        } = emit;
        if !self.retries.has_room(&payload, &attachments, config) {
            return Err(Misuse::BufferFull);
        }
        let ack = self.acks.issue();
        let retried = Retried::new(ack, payload, attachments, wish.timeout(), retries);
        self.retries.push(retried);
        if connected {
            self.go_on(now, config, sink);
        }
        Ok(Some(ack))
    }

    fn expire_tries(&mut self, now: Time, config: &Config, sink: &mut impl PacketSink<P>) {
        while let Some(due) = self.retries.expire(now) {
            match due {
                Due::Again(retried) => send_retried(&self.name, retried, sink),
                Due::Spent(ack) => {
                    self.lost(ack, AckError::Timeout, sink);
                    self.go_on(now, config, sink);
                }
            }
        }
    }

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
    fn keep(&mut self, emit: Queued<P>, config: &Config, sink: &mut impl PacketSink<P>) {
        while !self.offline.has_room(&emit, config) {
            let oldest = match config.offline_policy {
                OfflinePolicy::DropOldest => self.offline.pop(),
                OfflinePolicy::Refuse | OfflinePolicy::DropNewest => None,
            };
            match oldest {
                Some(oldest) => self.give_way(oldest, sink),
                None => return self.give_way(emit, sink),
            }
        }
        self.offline.push(emit);
    }

    fn give_way(&mut self, emit: Queued<P>, sink: &mut impl PacketSink<P>) {
        match emit.ack {
            Some(_) => self.settle_dropped(emit.ack, sink),
            None => sink.event(Event::EmitDropped {
                nsp: self.nsp,
                payload: emit.payload,
            }),
        }
    }

    fn settle_dropped(&mut self, ack: Option<AckId>, sink: &mut impl PacketSink<P>) {
        let Some(ack) = ack else { return };
        if self.acks.settle(ack) {
            self.lost(ack, AckError::Dropped, sink);
        }
    }

    fn lost(&self, ack: AckId, why: AckError, sink: &mut impl PacketSink<P>) {
        sink.event(Event::AckLost {
            nsp: self.nsp,
            ack,
            why,
        });
    }

    fn send(&self, emit: Queued<P>, sink: &mut impl PacketSink<P>) {
        let message = event(&self.name, emit.ack, emit.payload);
        sink.send(message, emit.attachments);
    }
}

fn send_retried<P: Payload>(name: &Arc<str>, retried: &Retried<P>, sink: &mut impl PacketSink<P>) {
    let message = event(name, Some(retried.ack), retried.payload.clone_ref());
    sink.send(
        message,
        retried.attachments.iter().map(P::clone_ref).collect(),
    );
}

fn event<P>(name: &Arc<str>, ack: Option<AckId>, payload: P) -> Message<P> {
    Message {
        ack,
        payload: Some(payload),
        ..Message::bare(PacketType::Event, name.clone())
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
