//! The pending emits of a namespace: events that are not sent yet, and acks that are awaited.

use alloc::sync::Arc;

use super::acks::Acks;
use super::emit::{Ack, Delivery, Emit};
use super::offline::{Offline, Queued};
use super::retries::{Due, Retried, Retries};
use crate::config::{Config, OfflinePolicy};
use crate::cx::Cx;
use crate::error::Misuse;
use crate::output::{AckError, AckId, Event, Message, Nsp, PacketSink};
use crate::payload::Payload;
use crate::time::{Millis, Time, earlier};
use crate::wire::head::PacketType;

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

    /// Sends the event, keeps it until the namespace is connected, or (volatile) drops it.
    pub(crate) fn send_or_keep(
        &mut self,
        emit: Emit<P>,
        connected: bool,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<Option<AckId>, Misuse> {
        self.check(&emit, cx.config)?;
        if let Delivery::AtLeastOnce { retries } = emit.delivery {
            return self.push_retried(emit, retries, connected, cx);
        }
        let (awaited, volatile) = (emit.ack, emit.delivery == Delivery::Volatile);
        let mut queued = Queued {
            payload: emit.payload,
            attachments: emit.attachments,
            ack: None,
            compress: emit.compress,
        };
        let sends = connected && (!volatile || cx.out.is_writable());
        if !sends && !volatile {
            self.check_room(&queued, cx.config)?;
        }
        queued.ack = (awaited != Ack::None).then(|| self.await_ack(awaited.timeout(), cx));
        let ack = queued.ack;
        match (sends, volatile) {
            (true, _) => self.send_event(queued, cx.out),
            // A volatile event is dropped without an event, but its ack is lost with one.
            (false, true) => self.settle_dropped(ack, cx.out),
            (false, false) => self.keep(queued, cx),
        }
        Ok(ack)
    }

    /// Gives back the memory of empty queues.
    pub(crate) fn shrink(&mut self) {
        self.acks.shrink();
        self.offline.shrink();
        self.retries.shrink();
    }

    /// Awaits the ack of an event that the host sends.
    pub(crate) fn expect<O>(
        &mut self,
        limit: Option<Millis>,
        cx: &Cx<'_, O>,
    ) -> Result<AckId, Misuse> {
        self.check_acks(cx.config)?;
        Ok(self.await_ack(limit, cx))
    }

    /// Settles the ack of an event that is not retried. Returns whether it was awaited.
    pub(crate) fn answered(&mut self, ack: AckId) -> bool {
        self.acks.settle(ack)
    }

    /// Sends the buffered events, in order, and then the retried ones.
    pub(crate) fn flush(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        while let Some(emit) = self.offline.pop() {
            self.send_event(emit, cx.out);
        }
        self.fill_window(cx);
    }

    /// Sends as many retried events as [`Config::retry_window`] has room for.
    pub(crate) fn fill_window(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        while let Some(retried) = self.retries.send_next(cx.now, cx.config.retry_window) {
            send_retried(&self.name, retried, cx.out);
        }
    }

    /// Drops the buffered events, and the retried ones that are not in flight.
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

    /// Drops the buffered event at this position among those of `buffered`; not one that is retried.
    pub(crate) fn remove(&mut self, at: usize, sink: &mut impl PacketSink<P>) {
        if let Some(emit) = self.offline.take(at) {
            self.settle_dropped(emit.ack, sink);
        }
    }

    /// Stops awaiting an ack. An event that was not sent yet is not sent any more.
    pub(crate) fn cancel(&mut self, ack: AckId) {
        if self.acks.settle(ack) {
            self.offline.remove(ack);
        } else {
            self.retries.cancel(ack);
        }
    }

    /// Settles an ack. Returns whether it was awaited.
    pub(crate) fn settle(&mut self, ack: AckId) -> bool {
        self.acks.settle(ack) || self.retries.settle(ack)
    }

    /// Settles the acks of sent events after a loss. Events with tries left stay to be sent again.
    pub(crate) fn lose(&mut self, sink: &mut impl PacketSink<P>) {
        while let Some(ack) = self.acks.pop() {
            self.lost(ack, AckError::Disconnected, sink);
        }
        while let Some(ack) = self.retries.connection_lost() {
            self.lost(ack, AckError::Disconnected, sink);
        }
    }

    /// Settles the acks that are overdue. A buffered event is not sent any more, one with tries left is sent again.
    pub(crate) fn expire(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        while let Some(ack) = self.acks.expire(cx.now) {
            self.offline.remove(ack);
            self.lost(ack, AckError::Timeout, cx.out);
        }
        self.expire_tries(cx);
    }

    pub(crate) fn next_timeout(&self) -> Option<Time> {
        earlier(self.acks.next_timeout(), self.retries.next_timeout())
    }

    /// Returns the payloads of the events that are not sent yet, the oldest first.
    pub(crate) fn buffered(&self) -> impl Iterator<Item = &P> {
        self.offline.payloads().chain(self.retries.payloads())
    }

    pub(crate) fn buffered_len(&self) -> usize {
        self.offline.len() + self.retries.len()
    }

    // ---- inside ----

    fn push_retried(
        &mut self,
        emit: Emit<P>,
        retries: u32,
        connected: bool,
        cx: &mut Cx<'_, impl PacketSink<P>>,
    ) -> Result<Option<AckId>, Misuse> {
        if !self.retries.has_room(&emit, cx.config) {
            return Err(Misuse::BufferFull);
        }
        let ack = self.acks.issue();
        self.retries.push(Retried::new(ack, emit, retries));
        if connected {
            self.fill_window(cx);
        }
        Ok(Some(ack))
    }

    fn expire_tries(&mut self, cx: &mut Cx<'_, impl PacketSink<P>>) {
        while let Some(due) = self.retries.expire(cx.now) {
            match due {
                Due::Again(retried) => send_retried(&self.name, retried, cx.out),
                Due::Spent(ack) => {
                    self.lost(ack, AckError::Timeout, cx.out);
                    self.fill_window(cx);
                }
            }
        }
    }

    fn check(&self, emit: &Emit<P>, config: &Config) -> Result<(), Misuse> {
        if emit.attachments.len() > config.max_attachments as usize {
            return Err(Misuse::TooManyAttachments);
        }
        if emit.ack != Ack::None {
            self.check_acks(config)?;
        }
        Ok(())
    }

    fn check_acks(&self, config: &Config) -> Result<(), Misuse> {
        if self.acks.len() >= config.max_acks {
            return Err(Misuse::TooManyAcks);
        }
        Ok(())
    }

    fn await_ack<O>(&mut self, limit: Option<Millis>, cx: &Cx<'_, O>) -> AckId {
        let ack = self.acks.issue();
        self.acks.wait(ack, cx.deadline(limit));
        ack
    }

    /// Checks that an emit can be kept, after the evictions that the policy allows.
    fn check_room(&self, emit: &Queued<P>, config: &Config) -> Result<(), Misuse> {
        let refuses = config.offline_policy == OfflinePolicy::Refuse;
        let full = refuses && !self.offline.has_room(emit, config);
        if full || !Offline::could_fit(emit, config) {
            return Err(Misuse::BufferFull);
        }
        Ok(())
    }

    /// Keeps an emit until the namespace is connected. If the buffer is full, drops it or evicts older ones.
    fn keep(&mut self, emit: Queued<P>, cx: &mut Cx<'_, impl PacketSink<P>>) {
        while !self.offline.has_room(&emit, cx.config) {
            let oldest = match cx.config.offline_policy {
                OfflinePolicy::DropOldest => self.offline.pop(),
                OfflinePolicy::Refuse | OfflinePolicy::DropNewest => None,
            };
            match oldest {
                Some(oldest) => self.drop_emit(oldest, cx.out),
                None => return self.drop_emit(emit, cx.out),
            }
        }
        self.offline.push(emit);
    }

    fn drop_emit(&mut self, emit: Queued<P>, sink: &mut impl PacketSink<P>) {
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

    fn send_event(&self, emit: Queued<P>, sink: &mut impl PacketSink<P>) {
        let message = Message {
            ack: emit.ack,
            compress: emit.compress,
            ..event(&self.name, emit.payload)
        };
        sink.send(message, emit.attachments);
    }
}

fn send_retried<P: Payload>(name: &Arc<str>, retried: &Retried<P>, sink: &mut impl PacketSink<P>) {
    let message = Message {
        ack: Some(retried.ack),
        compress: retried.compress,
        ..event(name, retried.payload.clone_ref())
    };
    sink.send(
        message,
        retried.attachments.iter().map(P::clone_ref).collect(),
    );
}

fn event<P>(name: &Arc<str>, payload: P) -> Message<P> {
    Message {
        payload: Some(payload),
        ..Message::header_only(PacketType::Event, name.clone())
    }
}
