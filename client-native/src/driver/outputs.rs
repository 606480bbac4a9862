//! The machine's outputs: actions carried out, events handed to whom they concern.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tidewire_core::{
    AckError as Lost, AckId, Action, EngineVersion, Event as News, Link, Millis, Nsp, OpenError,
    Output, Reason, Refusal, Target,
};

use super::requests::Response;
use super::{CLOSE_PATIENCE, Driver, Way};
use crate::args;
use crate::command::Answer;
use crate::error::{AckError, ConnectError, Refused, SocketError, TransportError};
use crate::event::{Event, Message};
use crate::transport::http::PostBody;

impl Driver {
    pub(super) fn take_outputs(&mut self) {
        while let Some(output) = self.machine.poll() {
            match output {
                Output::Action(action) => self.act(action),
                Output::Event(event) => self.tell(event),
            }
        }
    }

    fn act(&mut self, action: Action<Bytes>) {
        match action {
            Action::Open { link, target } => {
                self.last_error = None;
                self.link.open(link, target, self.opener.clone());
                self.begun = true;
            }
            Action::Send { link, packet } => self.link.send(link, &packet),
            Action::Get { link, target } => {
                let (known, opener) = (target.body_version, self.opener.clone());
                let held = self.held(&target);
                let asked =
                    async move { Ok(Response::Packets(opener.get(target, held).await?, known)) };
                self.request(link, asked);
            }
            Action::Post {
                link,
                target,
                packets,
            } => {
                // Nothing is posted before the first answer has told the form.
                let body =
                    PostBody::new(target.body_version.unwrap_or(EngineVersion::Eio4), &packets);
                let opener = self.opener.clone();
                let posted =
                    async move { opener.post(target, body).await.map(|()| Response::Taken) };
                self.request(link, posted);
            }
            Action::Drop { link } => {
                if let Some(requests) = &mut self.requests {
                    requests.abort(link);
                }
                if let Some(wire) = self.link.take(link) {
                    let earlier = self.closing.take();
                    self.closing = Some(tokio::spawn(async move {
                        wire.close(CLOSE_PATIENCE).await;
                        if let Some(earlier) = earlier {
                            let _ = earlier.await;
                        }
                    }));
                }
            }
        }
    }

    /// For how long the server may leave a GET unanswered: until its next ping, or the answer to ours, once there is a session.
    fn held(&self, target: &Target) -> Duration {
        let interval = target
            .sid
            .as_ref()
            .and_then(|_| self.machine.ping_interval());
        interval.map_or(Duration::ZERO, |Millis(interval)| {
            Duration::from_millis(interval.into())
        })
    }

    fn request(
        &mut self,
        link: Link,
        request: impl Future<Output = Result<Response, TransportError>> + Send + 'static,
    ) {
        self.requests.get_or_insert_default().start(link, request);
        self.begun = true;
    }

    fn tell(&mut self, event: News<Bytes>) {
        match event {
            News::AuthRequired(nsp) => self.ask_for_auth(nsp),
            News::Connected { nsp, id, recovered } => self.connected(nsp, id, recovered),
            News::Disconnected { nsp, reason } => {
                let lane = &mut self.lanes[nsp.index()];
                lane.channel.set_connected(None, None);
                lane.way = match reason {
                    Reason::ServerDisconnect | Reason::ClientDisconnect => Way::Out,
                    Reason::PingTimeout
                    | Reason::TransportClose
                    | Reason::TransportError
                    | Reason::ParseError
                    | Reason::ForcedClose => Way::Lost,
                };
                lane.batch.push(Event::Disconnected(reason));
            }
            News::ConnectError { nsp, refusal } => self.refused(nsp, connect_error(refusal)),
            News::OpenFailed(error) => self.open_failed(error),
            News::Closed(reason) => self.closed(reason),
            News::Reconnecting { attempt, delay } => {
                let delay = Duration::from_millis(delay.0.into());
                self.tell_those_out(&Event::Reconnecting { attempt, delay });
            }
            News::ReconnectFailed => {
                self.tell_those_out(&Event::ReconnectFailed);
                let error = self.last_failure.take().unwrap_or(ConnectError::Timeout);
                self.give_up(&error);
            }
            News::Message(incoming) => {
                // A packet without any payload has no name, and nobody listens for that.
                let Some(json) = incoming.payload else { return };
                let reply = incoming.reply.map(|reply| Arc::new(reply.into()));
                let message = Message {
                    json,
                    attachments: incoming.attachments,
                    reply,
                };
                self.lanes[incoming.nsp.index()]
                    .batch
                    .push(Event::Message(message));
            }
            News::EmitDropped { nsp, payload } => {
                let event =
                    args::event_name(&payload).map_or(String::new(), |name| name.text.into_owned());
                self.lanes[nsp.index()]
                    .batch
                    .push(Event::Error(SocketError::Dropped { event }));
            }
            News::ServerError { nsp, payload } => {
                let error = SocketError::Server(Refused::new(payload));
                self.lanes[nsp.index()].batch.push(Event::Error(error));
            }
            News::Acked {
                nsp,
                ack,
                payload,
                attachments,
            } => {
                self.answer(
                    nsp,
                    ack,
                    Ok(Answer {
                        json: payload,
                        attachments,
                    }),
                );
            }
            News::AckLost { nsp, ack, why } => self.answer(nsp, ack, Err(ack_error(why))),
            News::Opened | News::Upgraded | News::UpgradeFailed | News::Malformed(_) => {
                tracing::debug!(target: "tidewire", ?event);
            }
        }
    }

    fn connected(&mut self, nsp: Nsp, id: Arc<str>, recovered: bool) {
        let engine_version = self.machine.engine_version();
        let lane = &mut self.lanes[nsp.index()];
        lane.way = Way::In;
        lane.refusals = None;
        lane.channel.set_connected(Some(id.clone()), engine_version);
        lane.channel.set_recovered(recovered);
        lane.batch.push(Event::Connected(id));
        lane.deliver();
        self.waiters.settle(nsp, &Ok(()));
    }

    /// Tells whoever asked, after everybody has what the server sent before the answer.
    fn answer(&mut self, nsp: Nsp, ack: AckId, outcome: Result<Answer, AckError>) {
        self.lanes[nsp.index()].deliver();
        self.asks.settle(nsp, ack, outcome);
    }

    fn open_failed(&mut self, error: OpenError) {
        let cause = match (error, self.last_error.take()) {
            (OpenError::Transport, Some(cause)) => cause,
            (error, _) => TransportError::Handshake(error),
        };
        self.attempt_failed(cause);
    }

    /// A connection that was open has ended. For those who were still on their way in, that is an attempt that failed.
    fn closed(&mut self, reason: Reason) {
        let cause = self.last_error.take();
        self.attempt_failed(cause.unwrap_or(TransportError::Closed(reason)));
        for lane in &mut self.lanes {
            if lane.way == Way::Lost {
                lane.way = if self.returns { Way::Joining } else { Way::Out };
            }
        }
    }

    /// Those on their way in are told. Those who wanted just one attempt do not get another.
    fn attempt_failed(&mut self, cause: TransportError) {
        let error = ConnectError::Unreachable(cause);
        for lane in &mut self.lanes {
            if lane.way == Way::Joining {
                lane.batch.push(Event::ConnectError(error.clone()));
                lane.deliver();
            }
        }
        if self.returns {
            let lanes = &self.lanes;
            let concerned = |nsp: Nsp| lanes[nsp.index()].way != Way::Refused;
            for nsp in self.waiters.settle_impatient(&error, concerned) {
                self.lanes[nsp.index()].way = Way::Out;
                self.machine.disconnect(self.now, nsp);
            }
        } else {
            self.give_up(&error);
        }
        self.last_failure = Some(error);
    }

    /// Tells the namespaces that are wanted and have no connection.
    fn tell_those_out(&mut self, event: &Event) {
        for lane in &mut self.lanes {
            if matches!(lane.way, Way::Joining | Way::Lost) {
                lane.batch.push(event.clone());
            }
        }
    }

    /// No further attempt to connect will be made, but for namespaces that are asked for again after a refusal.
    pub(super) fn give_up(&mut self, error: &ConnectError) {
        let lanes = &self.lanes;
        let concerned = |nsp: Nsp| lanes[nsp.index()].way != Way::Refused;
        self.waiters.settle_all(error, concerned);
        for lane in &mut self.lanes {
            if matches!(lane.way, Way::Joining | Way::Lost) {
                lane.way = Way::Out;
            }
        }
    }
}

fn connect_error(refusal: Refusal<Bytes>) -> ConnectError {
    match refusal {
        Refusal::Server(json) => ConnectError::Refused(Refused::new(json)),
        Refusal::WrongVersion => ConnectError::WrongVersion,
        Refusal::Timeout => ConnectError::Timeout,
    }
}

fn ack_error(why: Lost) -> AckError {
    match why {
        Lost::Timeout => AckError::Timeout,
        Lost::Dropped => AckError::Dropped,
        Lost::Disconnected => AckError::Disconnected,
    }
}
