//! One direction of a connection: pieces wait for their time, and are written with the shape of the settings.

use std::io;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::settings::Settings;
use super::statement::Direction;

/// Bytes of one direction that may wait for their time. If there are more, the sender has to wait.
const ROOM: usize = 256 * 1024;
/// Bytes of one piece.
const PIECE: usize = 16 * 1024;
/// A piece takes so many bytes of the room beside its own.
const OVERHEAD: usize = 64;
/// Writes in one second, if the bandwidth is limited and allows as many bytes.
const WRITES_PER_SECOND: u64 = 20;

/// The end of a direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// The sender has ended, and the receiver knows it.
    Closed,
    /// The receiver takes no more. It may still send: an answer amid the body of its request, and then a reset.
    Broken,
}

/// The sending half of one direction.
pub(super) struct Sink {
    pieces: mpsc::UnboundedSender<Piece>,
    room: Arc<Semaphore>,
    settings: watch::Receiver<Settings>,
    /// When the last piece is due, and the `heal` before it.
    last: (Instant, u64),
}

struct Piece {
    due: Instant,
    /// A later `heal` ends the wait.
    healed: u64,
    bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

impl Sink {
    /// Queues bytes behind all earlier ones.
    ///
    /// # Errors
    /// The receiver takes no more.
    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let (due, healed) = self.next_time();
        for part in bytes.chunks(PIECE) {
            let needed = u32::try_from(part.len() + OVERHEAD).unwrap_or(u32::MAX);
            let room = Arc::clone(&self.room).acquire_many_owned(needed).await;
            let piece = Piece {
                due,
                healed,
                bytes: part.to_vec(),
                _room: room.map_err(|_| broken())?,
            };
            self.pieces.send(piece).map_err(|_| broken())?;
        }
        Ok(())
    }

    /// Returns when a piece is due that comes now: not before the last one.
    fn next_time(&mut self) -> (Instant, u64) {
        let (delay, healed) = {
            let settings = self.settings.borrow();
            (settings.delay(), settings.healed)
        };
        let own = Instant::now() + delay;
        let (last, last_healed) = self.last;
        let due = if healed == last_healed {
            own.max(last)
        } else {
            own
        };
        self.last = (due, healed);
        (due, healed)
    }
}

fn broken() -> io::Error {
    io::ErrorKind::BrokenPipe.into()
}

/// Runs one direction: `read` gets the sink for what it reads. At its end, the receiver gets an end, too.
///
/// # Errors
/// That of `read`, after everything that it sent before. The connection must be reset.
pub(super) async fn run<F: Future<Output = io::Result<()>>>(
    settings: watch::Receiver<Settings>,
    direction: Direction,
    to: &mut (impl AsyncWrite + Unpin),
    read: impl FnOnce(Sink) -> F,
) -> io::Result<Ended> {
    let (sender, pieces) = mpsc::unbounded_channel();
    let sink = Sink {
        pieces: sender,
        room: Arc::new(Semaphore::new(ROOM)),
        settings: settings.clone(),
        last: (Instant::now(), settings.borrow().healed),
    };
    let room = Arc::clone(&sink.room);
    let mut shaper = Shaper {
        settings,
        direction,
        to,
    };
    let read = {
        let mut writing = pin!(shaper.write_all(pieces, &room));
        let read = tokio::select! {
            biased;
            // Before the sink is dropped, the writing ends by an error only.
            _ = &mut writing => return Ok(Ended::Broken),
            read = read(sink) => read,
        };
        if writing.await.is_err() {
            return Ok(Ended::Broken);
        }
        read
    };
    // An end and a reset wait, too, while the direction stalls.
    shaper.stall().await;
    read?;
    Ok(match shaper.to.shutdown().await {
        Ok(()) => Ended::Closed,
        Err(_) => Ended::Broken,
    })
}

/// The writing half of one direction.
struct Shaper<'a, W> {
    settings: watch::Receiver<Settings>,
    direction: Direction,
    to: &'a mut W,
}

impl<W: AsyncWrite + Unpin> Shaper<'_, W> {
    /// Writes pieces when they are due, until the sink is dropped.
    async fn write_all(
        &mut self,
        mut pieces: mpsc::UnboundedReceiver<Piece>,
        room: &Semaphore,
    ) -> io::Result<()> {
        while let Some(piece) = pieces.recv().await {
            self.wait(&piece).await;
            if let Err(error) = self.write(&piece.bytes).await {
                // Wakes a sender that waits for room.
                room.close();
                return Err(error);
            }
        }
        Ok(())
    }

    /// Waits until a piece is due, or `heal` ends all waits.
    async fn wait(&mut self, piece: &Piece) {
        if piece.due <= Instant::now() {
            return;
        }
        tokio::select! {
            () = sleep_until(piece.due) => {}
            // An error means that the proxy has gone.
            _ = self.settings.wait_for(|settings| settings.healed != piece.healed) => {}
        }
    }

    /// Writes bytes with the bandwidth and in the pieces of the settings, which may change meanwhile.
    async fn write(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while !bytes.is_empty() {
            self.stall().await;
            let (split, bandwidth) = {
                let settings = self.settings.borrow();
                (settings.split, settings.bandwidth)
            };
            let at_once = bandwidth.map_or(u64::MAX, |it| (it / WRITES_PER_SECOND).max(1));
            let at_once = usize::try_from(at_once).unwrap_or(usize::MAX);
            let length = bytes.len().min(at_once).min(split.unwrap_or(usize::MAX));
            let (piece, rest) = bytes.split_at(length);
            bytes = rest;
            self.to.write_all(piece).await?;
            self.to.flush().await?;
            if let Some(bandwidth) = bandwidth {
                sleep(Duration::from_secs_f64(length as f64 / bandwidth as f64)).await;
            }
            if split.is_some() {
                tokio::task::yield_now().await;
            }
        }
        Ok(())
    }

    /// Waits until nothing stalls this direction. An error means that the proxy has gone.
    async fn stall(&mut self) {
        let direction = self.direction;
        let _ = self
            .settings
            .wait_for(|settings| !settings.stalls(direction))
            .await;
    }
}
