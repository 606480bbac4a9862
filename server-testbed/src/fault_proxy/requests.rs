//! The direction from the client to the server: requests, and what the rules make of them.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncRead;
use tokio::sync::{mpsc, oneshot};
use tokio::time::timeout;

use super::body::Body;
use super::exchange::{Asked, Carried, Exchange, Gate, Protocol, pass_all, reset};
use super::head::{Parsed, RequestHead};
use super::messages::Messages;
use super::own_answer::own_answer;
use super::sink::Sink;
use super::source::Source;
use super::state::State;
use super::statement::{Direction, Fault, Page, Trigger};

/// The time in which a client may go on sending after an answer of the proxy.
const LINGER: Duration = Duration::from_secs(5);
/// Bytes that may come before the server has answered a request for another protocol.
const MOST_EARLY_BYTES: usize = 64 * 1024;

pub(super) struct Requests<R> {
    pub(super) state: Arc<State>,
    pub(super) client: Source<R>,
    pub(super) server: Sink,
    /// Tells the direction of the answers about each request.
    pub(super) exchanges: mpsc::Sender<Exchange>,
}

enum Next {
    /// A request, and the bytes of its head, which are still in the source.
    Request(RequestHead, usize),
    End,
    Foreign,
}

impl<R: AsyncRead + Unpin> Requests<R> {
    /// Runs until the client ends.
    pub(super) async fn run(mut self) -> io::Result<()> {
        loop {
            let (head, length) = match self.next().await? {
                Next::Request(head, length) => (head, length),
                Next::End => return Ok(()),
                Next::Foreign => return self.pass_all().await,
            };
            let gate = match self.fault(&head) {
                None => Gate::Open,
                Some(Fault::ResetAfterAnswer) => Gate::Shut,
                Some(Fault::CutAnswer(length)) => Gate::First(length),
                Some(fault) => {
                    self.client.consume(length);
                    return self.instead(&head, &fault).await;
                }
            };
            let switch = self.expect_answer(&head, gate).await;
            self.pass_head(length).await?;
            self.client.consume(length);
            match self.pass_body(head.body).await? {
                Carried::Whole => {}
                Carried::End => return Ok(()),
                Carried::Foreign => return self.pass_all().await,
            }
            let Some(switch) = switch else { continue };
            match self.protocol(switch).await? {
                None => {}
                Some(Protocol::Other) => return self.pass_all().await,
                Some(Protocol::WebSocket) => {
                    let messages =
                        Messages::new(self.state, Direction::Up, self.client, self.server);
                    return messages.run().await;
                }
            }
        }
    }

    /// Reads the next head. If no rule watches requests, its bytes pass as they come.
    async fn next(&mut self) -> io::Result<Next> {
        loop {
            match RequestHead::parse(self.client.bytes()) {
                Parsed::Head(head, length) => return Ok(Next::Request(head, length)),
                Parsed::Foreign => return Ok(Next::Foreign),
                Parsed::Partial => {}
            }
            if !self.state.watches_requests() {
                self.pass_head(self.client.bytes().len()).await?;
            }
            if !self.client.fill().await? {
                self.pass_head(self.client.bytes().len()).await?;
                return Ok(Next::End);
            }
        }
    }

    async fn pass_head(&mut self, length: usize) -> io::Result<()> {
        Gate::Open
            .pass_head(&mut self.client, &mut self.server, length)
            .await
    }

    async fn pass_body(&mut self, body: Body) -> io::Result<Carried> {
        Gate::Open
            .carry(&mut self.client, &mut self.server, body)
            .await
    }

    async fn pass_all(&mut self) -> io::Result<()> {
        pass_all(&mut self.client, &mut self.server).await
    }

    /// Returns the fault of a request: a forgotten session, or that of a rule.
    fn fault(&self, head: &RequestHead) -> Option<Fault> {
        let is_forgotten = |session: &str| self.state.is_forgotten(session);
        let is_forgotten = head.query("sid").is_some_and(is_forgotten);
        if self.client.has_passed_some() {
            // The server has seen a part of it already.
            return None;
        }
        if is_forgotten {
            self.state.count();
            return Some(Fault::Status(400, Page::Json));
        }
        let triggers: &[Trigger] = match (head.is_websocket(), head.method.as_str()) {
            (true, _) => &[Trigger::WebSocket],
            (_, "GET") => &[Trigger::Request, Trigger::Get],
            (_, "POST") => &[Trigger::Request, Trigger::Post],
            _ => &[Trigger::Request],
        };
        self.state.meet(triggers, Some(head.target.as_bytes()))
    }

    /// Tells the other direction about a request, before the server can answer it.
    async fn expect_answer(
        &self,
        head: &RequestHead,
        gate: Gate,
    ) -> Option<oneshot::Receiver<Protocol>> {
        let (sender, receiver) = oneshot::channel();
        let (sender, receiver) = match head.may_switch() {
            true => (Some(sender), Some(receiver)),
            false => (None, None),
        };
        let asked = Asked {
            is_head: head.method == "HEAD",
            is_connect: head.is_connect(),
            gate,
            switch: sender,
        };
        // An error means that the server has ended. It may still read.
        let _ = self.exchanges.send(Exchange::Server(asked)).await;
        receiver
    }

    /// Lets the proxy answer a request, or leaves it without an answer. No request after it is read.
    async fn instead(mut self, head: &RequestHead, fault: &Fault) -> io::Result<()> {
        let is_head = head.method == "HEAD";
        let exchange = match (fault, own_answer(fault, is_head)) {
            (_, Some(answer)) => Exchange::Own(answer),
            (Fault::Hang, None) => Exchange::Hang,
            (_, None) => Exchange::Reset,
        };
        let (answers, hangs) = (
            matches!(exchange, Exchange::Own(_)),
            matches!(exchange, Exchange::Hang),
        );
        if answers && !head.expects_continue {
            // A client may not read before it has sent its body.
            let carried = Gate::Shut
                .carry(&mut self.client, &mut self.server, head.body)
                .await?;
            if carried == Carried::End {
                return Ok(());
            }
        }
        self.exchanges.send(exchange).await.map_err(|_| reset())?;
        if answers {
            // Without this, bytes that still come would reset the connection, and the answer with it.
            return timeout(LINGER, self.client.drain()).await.unwrap_or(Ok(()));
        }
        self.client.drain().await?;
        if !hangs {
            // The other direction resets, after the answers before this one, or has ended.
            self.exchanges.closed().await;
        }
        Err(reset())
    }

    /// Waits for the answer that changes the protocol, or does not: then returns `None`.
    async fn protocol(
        &mut self,
        mut switch: oneshot::Receiver<Protocol>,
    ) -> io::Result<Option<Protocol>> {
        loop {
            let is_full = self.client.bytes().len() >= MOST_EARLY_BYTES;
            let filled = tokio::select! {
                biased;
                protocol = &mut switch => return Ok(protocol.ok()),
                filled = self.client.fill(), if !is_full => filled?,
            };
            if !filled {
                // The end passes, behind the bytes that came before it.
                return Ok(Some(Protocol::Other));
            }
        }
    }
}
