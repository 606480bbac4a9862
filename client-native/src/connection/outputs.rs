//! The driver's handling of the machine's outputs, and of its events.

use std::mem::take;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{AckId, Nsp, OpenError, Output, Reason, Refusal, Reply, Transport};

use super::attempt::Attempt;
use super::command::{AckFailure, AckReply};
use super::driver::{CLOSE_TIMEOUT, Driver};
use super::namespace_entry::{NamespaceEntry, Status};
use crate::args;
use crate::error::{ConnectError, Ended, Refused, SocketError, TransportError};
use crate::event::{Event, Message, ReplyToken};
use crate::meter::{Count, Meter};
use crate::text::Text;

impl Driver {
    pub(super) fn take_outputs(&mut self) {
        self.take_outputs_closing_within(CLOSE_TIMEOUT);
    }

    /// Takes outputs. The peers of the links that are given up have the time `patience` to close, too.
    pub(super) fn take_outputs_closing_within(&mut self, patience: Duration) {
        // A listener may ask for the transport as soon as it has an event.
        self.state().set_transport(self.machine.transport());
        let mut dropped = Vec::new();
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Action(action) => dropped.extend(self.handle_action(action)),
                Output::Event(event) => {
                    if let tidewire_core::Event::Closed(Reason::PingTimeout) = event {
                        // The peer has not answered before, and will not now.
                        self.close_links(&mut dropped, Duration::ZERO);
                    }
                    self.handle_event(event);
                }
            }
        }
        self.close_links(&mut dropped, patience);
        self.failures.forget_last();
    }

    fn handle_event(&mut self, event: tidewire_core::Event<Bytes>) {
        use tidewire_core::Event as E;
        match event {
            E::AuthRequired(nsp) => self.request_auth(nsp),
            E::Connected { nsp, id, recovered } => self.on_connected(nsp, id, recovered),
            E::Disconnected {
                nsp,
                reason,
                reconnects,
            } => self.on_disconnected(nsp, reason, reconnects),
            E::ConnectError { nsp, refusal } => {
                self.check_auth(nsp);
                let error = self.connect_error(nsp, refusal);
                self.on_refused(nsp, error);
            }
            E::Opened => {
                self.failures.forget_refusal();
                self.on_opened();
            }
            E::Upgraded => {
                self.leave_unused_socket();
                self.measure(Attempt::upgraded);
                self.notify(&Event::Upgraded, |status| status == Status::Connected);
            }
            E::UpgradeFailed { .. } => {
                if self.links.is_empty() {
                    self.attempt = None;
                    self.leave_unused_socket();
                }
                self.notify(&Event::UpgradeFailed, |status| status == Status::Connected);
            }
            E::Malformed(rule) => {
                // A connecting namespace gets it with its `ConnectError`.
                self.failures.set_last(TransportError::Malformed(rule));
                let error = Event::Error(SocketError::Malformed(rule));
                self.notify(&error, |status| status == Status::Connected);
            }
            E::OpenFailed(error) => self.on_open_failed(error),
            E::Closed(reason) => self.on_closed(reason),
            E::Reconnecting { attempt, delay } => {
                let delay = Duration::from_millis(delay.0.into());
                self.notify_disconnected(&Event::Reconnecting { attempt, delay });
            }
            E::ReconnectFailed => {
                self.notify_disconnected(&Event::ReconnectFailed);
                let error = match self.failures.take_attempt() {
                    Some(error) => error,
                    None => self.unreachable(TransportError::Closed(Reason::TransportClose)),
                };
                self.give_up(&error);
            }
            E::Message(incoming) => {
                // A packet without a payload has no event name, so no listener wants it.
                if let Some(json) = incoming.payload {
                    let reply = incoming.reply;
                    self.on_message(incoming.nsp, json.into(), incoming.attachments, reply);
                }
            }
            E::EmitDropped { nsp, payload } => {
                self.state().meter.count(Count::DroppedOffline);
                let event = args::event_name_or_empty(&String::from_utf8_lossy(&payload));
                self.report(nsp, SocketError::Dropped { event });
            }
            E::ServerError { nsp, payload } => {
                let error = SocketError::Server(self.refused(nsp, payload));
                self.report(nsp, error);
            }
            E::Acked {
                nsp,
                ack,
                payload,
                attachments,
            } => {
                self.state().meter.count(Count::AckReceived);
                let reply = AckReply {
                    json: payload,
                    attachments,
                };
                self.settle_ack(nsp, ack, Ok(reply));
            }
            E::AckLost { nsp, ack, why } => self.settle_ack(nsp, ack, Err(AckFailure::Lost(why))),
        }
    }

    fn on_opened(&mut self) {
        self.leave_unused_socket();
        let is_reconnect = take(&mut self.is_lost);
        let meter = &self.connector.state.meter;
        meter.connected();
        if is_reconnect {
            meter.count(Count::Reconnect);
        }
        self.measure(Attempt::opened);
    }

    /// Leaves the UDP socket of a WebTransport that could not be opened, once the session is on another transport.
    fn leave_unused_socket(&self) {
        if self.machine.transport() != Some(Transport::WebTransport) {
            self.connector.leave_udp_socket();
        }
    }

    /// Measures a stage that is over, and forgets the attempt with its last one.
    fn measure(&mut self, stage_over: impl FnOnce(&mut Attempt, &Meter)) {
        if let Some(attempt) = &mut self.attempt {
            stage_over(attempt, &self.connector.state.meter);
            let transport = self.machine.transport();
            self.attempt.take_if(|attempt| attempt.is_over(transport));
        }
    }

    fn on_connected(&mut self, nsp: Nsp, id: Arc<str>, recovered: bool) {
        self.check_auth(nsp);
        self.measure(Attempt::connected);
        let version = self.machine.engine_version();
        let entry = &mut self.namespaces[nsp.index()];
        entry.status = Status::Connected;
        entry.keep_trying = true;
        entry.refusals = None;
        entry.state.set_connected(id.clone(), recovered, version);
        #[cfg(not(target_family = "wasm"))]
        entry.state.observer.connected();
        entry.id = Some(id.clone());
        entry.batch.push(Event::Connected(id));
        entry.deliver();
        self.pending_connects.settle(nsp, &Ok(()));
    }

    fn on_disconnected(&mut self, nsp: Nsp, reason: Reason, reconnects: bool) {
        let error = self.failures.broken_by(reason);
        if reason == Reason::ServerDisconnect {
            self.state().meter.count_loss(reason);
        }
        let entry = &mut self.namespaces[nsp.index()];
        entry.state.set_disconnected();
        #[cfg(not(target_family = "wasm"))]
        entry.state.observer.disconnected(reason, reconnects);
        entry.id = None;
        entry.batch.push(Event::Disconnected {
            reason,
            error,
            reconnects,
        });
        match reason {
            Reason::ServerDisconnect => entry.end(Ended::Kicked),
            Reason::ClientDisconnect => entry.end(Ended::Closed),
            _ => entry.status = Status::Lost,
        }
    }

    pub(super) fn on_message(
        &mut self,
        nsp: Nsp,
        json: Text,
        attachments: Vec<Bytes>,
        reply: Option<Reply>,
    ) {
        let index = nsp.index();
        self.received = self.received.wrapping_add(1);
        let reply =
            reply.map(|reply| Arc::new(ReplyToken::new(self.commands.clone(), index, reply)));
        let is_to_me = self.namespaces[index]
            .id
            .as_ref()
            .is_some_and(|id| args::is_event_name(json.as_str(), id));
        let message = Message {
            json,
            attachments,
            reply,
            is_to_me,
        };
        self.namespaces[index].push_message(message, self.read);
    }

    fn report(&mut self, nsp: Nsp, error: SocketError) {
        self.namespaces[nsp.index()].batch.push(Event::Error(error));
    }

    /// Gives the caller its ack, after the listeners have the events that the server sent before it.
    fn settle_ack(&mut self, nsp: Nsp, ack: AckId, result: Result<AckReply, AckFailure>) {
        self.namespaces[nsp.index()].deliver();
        self.pending_acks.settle(nsp, ack, result);
    }

    fn on_open_failed(&mut self, error: OpenError) {
        let cause = self.failures.take_cause(error);
        self.attempt = None;
        self.attempt_failed(cause);
    }

    /// An open connection has ended. For namespaces that were still connecting, this is a failed attempt.
    fn on_closed(&mut self, reason: Reason) {
        let cause = self.failures.broken_by(reason);
        self.attempt = None;
        self.pinged = None;
        // A kick has counted with its namespace.
        self.is_lost = reason != Reason::ServerDisconnect && self.state().meter.count_loss(reason);
        self.attempt_failed(cause.unwrap_or(TransportError::Closed(reason)));
        for entry in &mut self.namespaces {
            if entry.status == Status::Lost {
                entry.status = Status::Connecting;
            }
        }
    }

    /// Reports a failed attempt to the connecting namespaces, and fails the callers that wanted a single one.
    fn attempt_failed(&mut self, cause: TransportError) {
        let error = self.unreachable(cause);
        let is_wanted = |entry: &NamespaceEntry| entry.status == Status::Connecting;
        if self.namespaces.iter().any(is_wanted) {
            self.state().meter.count(Count::FailedAttempt);
        }
        for entry in &mut self.namespaces {
            if entry.status == Status::Connecting {
                entry.batch.push(Event::ConnectError(error.clone()));
                entry.deliver();
            }
        }
        if self.reconnects() {
            let namespaces = &self.namespaces;
            let affected = |nsp: Nsp| namespaces[nsp.index()].status != Status::Rejected;
            let given_up = self.pending_connects.fail_single_attempts(&error, affected);
            for nsp in given_up {
                if self.namespaces[nsp.index()].keep_trying {
                    continue;
                }
                self.namespaces[nsp.index()].end(Ended::GaveUp(error.clone()));
                self.machine.disconnect(self.now, nsp);
            }
        } else {
            self.give_up(&error);
        }
        self.failures.note_attempt(error);
    }

    /// Tells the namespaces that are wanted and not connected.
    fn notify_disconnected(&mut self, event: &Event) {
        self.notify(event, |status| {
            matches!(status, Status::Connecting | Status::Lost)
        });
    }

    fn notify(&mut self, event: &Event, concerns: impl Fn(Status) -> bool) {
        for entry in &mut self.namespaces {
            if concerns(entry.status) {
                entry.batch.push(event.clone());
            }
        }
    }

    /// Ends all namespaces that are connecting, because no attempt follows. Those that wait out a refusal go on.
    pub(super) fn give_up(&mut self, error: &ConnectError) {
        self.connector.leave_udp_socket();
        let namespaces = &self.namespaces;
        let affected = |nsp: Nsp| namespaces[nsp.index()].status != Status::Rejected;
        self.pending_connects.fail_all(error, affected);
        for entry in &mut self.namespaces {
            if matches!(entry.status, Status::Connecting | Status::Lost) {
                entry.end(match error {
                    ConnectError::Closed => Ended::Closed,
                    error => Ended::GaveUp(error.clone()),
                });
            }
        }
    }

    fn unreachable(&self, source: TransportError) -> ConnectError {
        ConnectError::Unreachable {
            url: self.connector.address.endpoint(),
            source,
        }
    }

    fn refused(&self, nsp: Nsp, json: Option<Bytes>) -> Refused {
        Refused::new(self.namespaces[nsp.index()].state.name.clone(), json)
    }

    fn connect_error(&self, nsp: Nsp, refusal: Refusal<Bytes>) -> ConnectError {
        match refusal {
            Refusal::Server(json) => ConnectError::Refused(self.refused(nsp, json)),
            Refusal::WrongVersion => ConnectError::WrongVersion,
            Refusal::Timeout => ConnectError::Timeout {
                namespace: self.namespaces[nsp.index()].state.name.clone(),
                timeout: self.callback_limit().unwrap_or_default(),
            },
        }
    }
}
