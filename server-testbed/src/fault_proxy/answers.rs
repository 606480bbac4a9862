//! The direction from the server to the client: answers, and how much of them passes.

use std::io;
use std::sync::Arc;

use tokio::io::AsyncRead;
use tokio::sync::mpsc;

use super::body::Body;
use super::exchange::{Asked, Carried, Exchange, Gate, Protocol, pass_all, reset};
use super::head::{AnswerHead, Parsed};
use super::messages::Messages;
use super::sink::Sink;
use super::source::Source;
use super::state::State;
use super::statement::Direction;

pub(super) struct Answers<R> {
    pub(super) state: Arc<State>,
    pub(super) server: Source<R>,
    pub(super) client: Sink,
    /// From the direction of the requests.
    pub(super) exchanges: mpsc::Receiver<Exchange>,
}

/// How an answer has ended.
enum Answered {
    /// Another one may follow.
    Whole,
    /// The server has ended.
    End,
    Switch(Protocol),
}

impl<R: AsyncRead + Unpin> Answers<R> {
    /// Runs until the server ends.
    pub(super) async fn run(mut self) -> io::Result<()> {
        while let Some(exchange) = self.next().await? {
            let asked = match exchange {
                Exchange::Server(asked) => asked,
                Exchange::Own(answer) => return self.client.send(&answer).await,
                Exchange::Hang => {
                    self.state.until_healed().await;
                    return Err(reset());
                }
                Exchange::Reset => return Err(reset()),
            };
            match self.answer(asked).await? {
                Answered::Whole => {}
                Answered::End => return Ok(()),
                Answered::Switch(Protocol::Other) => {
                    return pass_all(&mut self.server, &mut self.client).await;
                }
                Answered::Switch(Protocol::WebSocket) => {
                    let messages =
                        Messages::new(self.state, Direction::Down, self.server, self.client);
                    return messages.run().await;
                }
            }
        }
        Ok(())
    }

    /// Returns how the next request is answered, or `None` at the end of the server. A server may answer without a request: that
    /// it waited too long for one.
    async fn next(&mut self) -> io::Result<Option<Exchange>> {
        loop {
            if let Ok(exchange) = self.exchanges.try_recv() {
                return Ok(Some(exchange));
            }
            if !self.server.bytes().is_empty() {
                return Ok(Some(Exchange::Server(Asked::default())));
            }
            tokio::select! {
                // A fault that is due comes before the end of the server.
                biased;
                Some(exchange) = self.exchanges.recv() => return Ok(Some(exchange)),
                filled = self.server.fill() => if !filled? {
                    return Ok(None);
                },
            }
        }
    }

    async fn answer(&mut self, asked: Asked) -> io::Result<Answered> {
        let Asked {
            is_head,
            is_connect,
            mut gate,
            switch,
        } = asked;
        let head = loop {
            match self.head(&mut gate).await? {
                Parsed::Head(head, _) if head.is_interim() => {}
                Parsed::Head(head, _) => break head,
                Parsed::Partial => return Ok(Answered::End),
                Parsed::Foreign => return self.body(gate, Body::UntilEnd).await,
            }
        };
        let protocol = match head.status {
            101 if head.is_websocket => Some(Protocol::WebSocket),
            101 => Some(Protocol::Other),
            200..300 if is_connect => Some(Protocol::Other),
            _ => None,
        };
        match protocol {
            Some(protocol) => {
                gate.end()?;
                // An error means that the client has ended.
                let _ = switch.map(|switch| switch.send(protocol));
                Ok(Answered::Switch(protocol))
            }
            None => {
                drop(switch);
                self.body(gate, if is_head { Body::Done } else { head.body })
                    .await
            }
        }
    }

    /// Passes the next head on: as it comes, or once it is whole if a fault meets the answer, because the fault does not meet an
    /// interim head. Returns `Partial` at the end of the server.
    async fn head(&mut self, gate: &mut Gate) -> io::Result<Parsed<AnswerHead>> {
        loop {
            let parsed = AnswerHead::parse(self.server.bytes());
            let length = match parsed {
                Parsed::Head(_, length) => length,
                Parsed::Partial | Parsed::Foreign => self.server.bytes().len(),
            };
            if let Parsed::Partial = parsed {
                if gate.is_open() {
                    self.pass_head(gate, length).await?;
                }
                if !self.server.fill().await? {
                    self.pass_head(gate, length).await?;
                    return Ok(parsed);
                }
                continue;
            }
            match &parsed {
                Parsed::Head(head, _) if head.is_interim() => {
                    self.pass_head(&mut Gate::Open, length).await?;
                }
                _ => self.pass_head(gate, length).await?,
            }
            self.server.consume(length);
            return Ok(parsed);
        }
    }

    async fn pass_head(&mut self, gate: &mut Gate, length: usize) -> io::Result<()> {
        gate.pass_head(&mut self.server, &mut self.client, length)
            .await
    }

    async fn body(&mut self, mut gate: Gate, body: Body) -> io::Result<Answered> {
        let mut carried = gate.carry(&mut self.server, &mut self.client, body).await?;
        if carried == Carried::Foreign {
            carried = gate
                .carry(&mut self.server, &mut self.client, Body::UntilEnd)
                .await?;
        }
        gate.end()?;
        Ok(match carried {
            Carried::Whole => Answered::Whole,
            Carried::End | Carried::Foreign => Answered::End,
        })
    }
}
