//! Commands of the handles, carried to the machine.

use tidewire_core::{Emit, Nsp};
use tokio::sync::oneshot;

use super::{Driver, Lane, Way};
use crate::args::{self, Encoded};
use crate::auth::AuthResult;
use crate::command::{Answer, Command, Ticket};
use crate::error::{AckError, ConnectError, EmitError, SocketError};
use crate::event::Event;

impl Driver {
    pub(super) fn handle_command(&mut self, command: Command) {
        match command {
            Command::Register(channel) => {
                let nsp = self
                    .machine
                    .namespace(&channel.name, channel.query.as_deref());
                self.lanes.push(Lane::new(nsp, channel));
            }
            Command::Connect { index, done } => self.connect(self.nsp(index), done),
            Command::Disconnect { index, done } => {
                let nsp = self.nsp(index);
                self.lanes[index].way = Way::Out;
                self.machine.disconnect(self.now, nsp);
                self.waiters.settle(nsp, &Err(ConnectError::Closed));
                // Outputs are taken before anybody is told, so that the socket shows what it is.
                self.take_outputs();
                let _ = done.send(());
            }
            Command::Emit { index, emit, taken } => self.emit(index, emit, taken),
            Command::Ask {
                index,
                emit,
                ticket,
                answer,
            } => self.ask(index, emit, ticket, answer),
            Command::Cancel(ticket) => {
                if let Some((nsp, ack)) = self.asks.forget(ticket) {
                    self.machine.cancel(self.now, nsp, ack);
                }
            }
            Command::Reply {
                index,
                reply,
                content,
                taken,
            } => {
                let Encoded { json, attachments } = content;
                let nsp = self.nsp(index);
                let sent = self.machine.reply(self.now, nsp, reply, json, attachments);
                let _ = taken.send(sent.map_err(EmitError::Refused));
            }
            Command::ClearOffline { index } => self.machine.clear_offline(self.nsp(index)),
            Command::ListOffline { index, tell } => {
                let names = self.machine.offline(self.nsp(index)).map(|payload| {
                    args::event_name(payload).map_or(String::new(), |name| name.text.into_owned())
                });
                let _ = tell.send(names.collect());
            }
            Command::Hint(hint) => self.machine.handle_hint(self.now, hint),
            Command::Close { done } => self.close(done),
        }
    }

    /// The application's auth payload for a namespace, or its failure to give one.
    pub(super) fn authorize(&mut self, nsp: Nsp, auth: AuthResult) {
        match auth {
            Ok(auth) => self.machine.authorize(self.now, nsp, auth),
            Err(why) => {
                self.machine.disconnect(self.now, nsp);
                self.refuse(nsp, ConnectError::Auth(why));
            }
        }
    }

    /// The namespace is not to be had: whoever waits for it and whoever listens is told.
    pub(super) fn refuse(&mut self, nsp: Nsp, error: ConnectError) {
        let lane = &mut self.lanes[nsp.index()];
        lane.way = Way::Out;
        lane.batch.push(Event::ConnectError(error.clone()));
        lane.deliver();
        self.waiters.settle(nsp, &Err(error));
    }

    fn connect(&mut self, nsp: Nsp, done: Option<crate::command::Connecting>) {
        if let Some(done) = done {
            self.waiters.add(nsp, done);
        }
        if self.machine.is_connected(nsp) {
            self.waiters.settle(nsp, &Ok(()));
        } else {
            let lane = &mut self.lanes[nsp.index()];
            if lane.way == Way::Out {
                lane.refusals = None;
            }
            lane.way = Way::Joining;
            self.machine.connect(self.now, nsp);
        }
    }

    fn emit(
        &mut self,
        index: usize,
        emit: Emit<bytes::Bytes>,
        taken: Option<oneshot::Sender<Result<(), EmitError>>>,
    ) {
        let outcome = self.machine.emit(self.now, self.nsp(index), emit);
        match (taken, outcome) {
            (Some(taken), outcome) => {
                let _ = taken.send(outcome.map(|_| ()).map_err(EmitError::Refused));
            }
            (None, Err(misuse)) => {
                let error = Event::Error(SocketError::NotSent(misuse));
                self.lanes[index].batch.push(error);
            }
            (None, Ok(_)) => {}
        }
    }

    fn ask(
        &mut self,
        index: usize,
        emit: Emit<bytes::Bytes>,
        ticket: Ticket,
        answer: oneshot::Sender<Result<Answer, AckError>>,
    ) {
        let nsp = self.nsp(index);
        match self.machine.emit(self.now, nsp, emit) {
            Ok(Some(ack)) => self.asks.add(nsp, ack, ticket, answer),
            // An ack was asked for, so there is an id.
            Ok(None) => {}
            Err(misuse) => {
                let _ = answer.send(Err(AckError::Emit(EmitError::Refused(misuse))));
            }
        }
    }

    fn close(&mut self, done: oneshot::Sender<()>) {
        self.machine.close(self.now);
        for lane in &mut self.lanes {
            if lane.way == Way::Refused {
                lane.way = Way::Out;
            }
        }
        self.give_up(&ConnectError::Closed);
        self.take_outputs();
        let closing = self.closing.take();
        tokio::spawn(async move {
            if let Some(closing) = closing {
                let _ = closing.await;
            }
            let _ = done.send(());
        });
    }

    /// Lanes are registered in the order of their numbers, before any command names them.
    fn nsp(&self, index: usize) -> Nsp {
        self.lanes[index].nsp
    }
}
