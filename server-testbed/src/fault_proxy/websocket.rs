//! Passes the frames of one WebSocket on, in both directions.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::{mpsc, watch};
use tokio::time::Instant;

use super::frame::Frame;
use super::script::{Direction, Fault, Trigger};
use super::state::{Settings, State};

/// Frames of one direction that may wait for their time. If there are more, the sender has to wait.
const QUEUE: usize = 1024;

/// A frame with the time at which it is written.
type Due = (Instant, Vec<u8>);

/// Runs until one side ends.
pub(super) async fn pass_on(
    state: &Arc<State>,
    client: &mut BufReader<TcpStream>,
    server: &mut BufReader<TcpStream>,
) -> io::Result<()> {
    let (mut from_client, mut to_client) = tokio::io::split(client);
    let (mut from_server, mut to_server) = tokio::io::split(server);
    tokio::select! {
        ended = direction(state, Direction::Up, &mut from_client, &mut to_server) => ended,
        ended = direction(state, Direction::Down, &mut from_server, &mut to_client) => ended,
    }
}

async fn direction(
    state: &Arc<State>,
    direction: Direction,
    from: &mut (impl AsyncRead + Unpin),
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    let pipe = Pipe {
        state,
        direction,
        settings: state.settings(),
        sender,
        held: None,
        last: Instant::now(),
    };
    let (read, written) = tokio::join!(pipe.read(from), write(state, direction, receiver, to));
    read.and(written)
}

/// The reading half of one direction.
struct Pipe<'a> {
    state: &'a Arc<State>,
    direction: Direction,
    settings: watch::Receiver<Settings>,
    sender: mpsc::Sender<Due>,
    /// A frame that comes after the next one.
    held: Option<Frame>,
    last: Instant,
}

impl Pipe<'_> {
    /// Reads frames until the end, or until the writing half has ended.
    async fn read(mut self, from: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
        loop {
            let frame = match Frame::read(from).await {
                Ok(frame) => frame,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
                Err(error) => return Err(error),
            };
            self.meet(frame).await?;
        }
    }

    async fn meet(&mut self, mut frame: Frame) -> io::Result<()> {
        let text = frame.text().unwrap_or_default().to_owned();
        if self.settings.borrow().stop_pongs && text == "3" {
            self.state.count();
            return Ok(());
        }
        let fault = match frame.is_message() {
            true => self.state.meet(&[self.trigger()], &text),
            false => None,
        };
        match fault {
            None | Some(Fault::Hang) => {}
            Some(Fault::Drop) => return Ok(()),
            Some(Fault::Reorder) => {
                self.held = Some(frame);
                return Ok(());
            }
            Some(Fault::Duplicate) => self.send(&frame).await?,
            Some(Fault::Corrupt) => corrupt(&mut frame.payload),
            Some(Fault::Inject(injected)) => {
                self.send(&frame).await?;
                frame = frame.text_like(&injected);
            }
            Some(_) => return Err(io::ErrorKind::ConnectionReset.into()),
        }
        self.send(&frame).await?;
        match self.held.take() {
            Some(held) => self.send(&held).await,
            None => Ok(()),
        }
    }

    fn trigger(&self) -> Trigger {
        match self.direction {
            Direction::Up => Trigger::Up,
            Direction::Down => Trigger::Down,
        }
    }

    /// Queues a frame behind all earlier ones.
    async fn send(&mut self, frame: &Frame) -> io::Result<()> {
        let delay = delay(&self.settings.borrow());
        self.last = self.last.max(Instant::now() + delay);
        let due = (self.last, frame.bytes());
        let sent = self.sender.send(due).await;
        sent.map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// Writes frames when they are due.
async fn write(
    state: &State,
    direction: Direction,
    mut receiver: mpsc::Receiver<Due>,
    to: &mut (impl AsyncWrite + Unpin),
) -> io::Result<()> {
    while let Some((due, bytes)) = receiver.recv().await {
        tokio::time::sleep_until(due).await;
        write_shaped(&mut state.settings(), direction, to, &bytes).await?;
    }
    to.shutdown().await
}

/// Writes bytes with the bandwidth and in the pieces of the settings, after a stall has ended.
pub(super) async fn write_shaped(
    settings: &mut watch::Receiver<Settings>,
    direction: Direction,
    to: &mut (impl AsyncWrite + Unpin),
    bytes: &[u8],
) -> io::Result<()> {
    // An error means that the proxy has gone.
    let _ = settings
        .wait_for(|settings| !settings.stalls(direction))
        .await;
    let (split, bandwidth) = {
        let settings = settings.borrow();
        (settings.split, settings.bandwidth)
    };
    for piece in bytes.chunks(split.unwrap_or(bytes.len()).max(1)) {
        to.write_all(piece).await?;
        to.flush().await?;
        if let Some(bandwidth) = bandwidth {
            let seconds = piece.len() as f64 / bandwidth as f64;
            tokio::time::sleep(Duration::from_secs_f64(seconds)).await;
        }
        if split.is_some() {
            tokio::task::yield_now().await;
        }
    }
    Ok(())
}

/// Returns the latency with a random part of the jitter.
pub(super) fn delay(settings: &Settings) -> Duration {
    settings.latency + settings.jitter.mul_f64(rand::random::<f64>())
}

/// Changes the byte in the middle to one that is in no UTF-8 text.
fn corrupt(payload: &mut [u8]) {
    let middle = payload.len() / 2;
    if let Some(byte) = payload.get_mut(middle) {
        *byte = 0xff;
    }
}
