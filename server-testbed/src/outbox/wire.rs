//! A TCP connection. As a WebSocket it never waits for its client: bytes that the client does not read wait here, up to a limit.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, Weak};
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::Notify;

use super::limit::Limit;
use crate::lock::lock;

/// Bytes that are read or written before others have their turn.
const TURN: usize = 64 * 1024;
/// The time in which a client may read the rest after the server has closed its connection.
const LINGER: Duration = Duration::from_secs(5);

/// A connection as the HTTP server uses it.
#[derive(Debug)]
pub(crate) struct Stream {
    reader: OwnedReadHalf,
    wire: Arc<Wire>,
    /// Bytes of this turn.
    turn: usize,
}

/// The sending side of a connection.
#[derive(Debug)]
pub(crate) struct Wire {
    writer: OwnedWriteHalf,
    state: Mutex<State>,
    limit: Arc<Limit>,
    /// The HTTP server has let go of the connection, or it is broken.
    released: Notify,
}

#[derive(Debug, Default)]
struct State {
    phase: Phase,
    waiting: VecDeque<u8>,
    /// Whether a task sends the waiting bytes.
    is_draining: bool,
    /// The reader, while it waits until the client reads.
    reader: Option<Waker>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Requests and answers, which wait for the client.
    #[default]
    Http,
    WebSocket,
    /// The client did not read.
    Broken,
}

impl Stream {
    pub(super) fn new(stream: TcpStream, limit: Arc<Limit>) -> Self {
        let (reader, writer) = stream.into_split();
        let wire = Wire {
            writer,
            state: Mutex::default(),
            limit,
            released: Notify::new(),
        };
        Self {
            reader,
            wire: Arc::new(wire),
            turn: 0,
        }
    }

    pub(super) fn wire(&self) -> Weak<Wire> {
        Arc::downgrade(&self.wire)
    }

    /// Returns `Pending` once after each turn, so that one client cannot occupy the server.
    fn take_turns(&mut self, cx: &Context<'_>) -> Poll<()> {
        if self.turn < TURN {
            return Poll::Ready(());
        }
        self.turn = 0;
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.take_turns(cx));
        ready!(self.wire.poll_may_read(cx))?;
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.reader).poll_read(cx, buffer))?;
        self.turn += buffer.filled().len() - before;
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.take_turns(cx));
        let count = ready!(self.wire.poll_write(cx, bytes))?;
        self.turn += count;
        Poll::Ready(Ok(count))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        // The writing half shuts down when it is dropped.
        Poll::Ready(Ok(()))
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.wire.released.notify_one();
    }
}

impl Wire {
    pub(super) fn begin_websocket(&self) {
        let mut state = lock(&self.state);
        if state.phase == Phase::Http {
            state.phase = Phase::WebSocket;
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.limit.is_half(lock(&self.state).waiting.len())
    }

    fn poll_may_read(&self, cx: &Context<'_>) -> Poll<io::Result<()>> {
        let mut state = lock(&self.state);
        if state.phase == Phase::Broken {
            return Poll::Ready(Err(did_not_read()));
        }
        if self.limit.is_half(state.waiting.len()) {
            state.reader = Some(cx.waker().clone());
            return Poll::Pending;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_write(self: &Arc<Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let mut state = lock(&self.state);
        match state.phase {
            Phase::Http => {
                drop(state);
                self.poll_write_now(cx, bytes)
            }
            Phase::WebSocket => Poll::Ready(self.write_or_keep(&mut state, bytes)),
            Phase::Broken => Poll::Ready(Err(did_not_read())),
        }
    }

    fn poll_write_now(&self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        loop {
            ready!(self.writer.as_ref().poll_write_ready(cx))?;
            match self.writer.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn write_or_keep(self: &Arc<Self>, state: &mut State, bytes: &[u8]) -> io::Result<usize> {
        if state.waiting.is_empty() {
            match self.writer.try_write(bytes) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return written,
            }
        } else if state.waiting.len() + bytes.len() > self.limit.bytes {
            self.give_up(state);
            return Err(did_not_read());
        }
        // One message of any size may wait alone.
        state.waiting.extend(bytes);
        self.limit.add(bytes.len());
        if !std::mem::replace(&mut state.is_draining, true) {
            tokio::spawn(drain(Arc::clone(self)));
        }
        Ok(bytes.len())
    }

    fn give_up(&self, state: &mut State) {
        self.limit.note_slow(state.waiting.len());
        self.forget(state);
        self.released.notify_one();
    }

    fn forget(&self, state: &mut State) {
        self.limit.remove(state.waiting.len());
        state.waiting = VecDeque::new();
        state.phase = Phase::Broken;
        state.reader.take().into_iter().for_each(Waker::wake);
    }

    /// Sends what the client takes now. Returns whether nothing waits.
    fn send_waiting(&self) -> io::Result<bool> {
        let mut state = lock(&self.state);
        let state = &mut *state;
        let mut sent = 0;
        while sent < TURN && !state.waiting.is_empty() {
            match self.writer.try_write(state.waiting.as_slices().0) {
                Ok(count) => {
                    state.waiting.drain(..count);
                    self.limit.remove(count);
                    sent += count;
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => {
                    self.forget(state);
                    return Err(error);
                }
            }
        }
        if !self.limit.is_half(state.waiting.len()) {
            state.reader.take().into_iter().for_each(Waker::wake);
        }
        let is_empty = state.waiting.is_empty();
        if is_empty {
            // The memory of a burst is not kept.
            state.waiting = VecDeque::new();
            state.is_draining = false;
        }
        Ok(is_empty)
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        self.limit.remove(lock(&self.state).waiting.len());
    }
}

/// Sends the waiting bytes, until none are left. When the server has let go of the connection, there is a time limit.
async fn drain(wire: Arc<Wire>) {
    let send = async {
        loop {
            // An error ends the connection; the next attempt to send finds it.
            let _ = wire.writer.writable().await;
            match wire.send_waiting() {
                Ok(true) | Err(_) => return,
                Ok(false) => tokio::task::yield_now().await,
            }
        }
    };
    let over = async {
        wire.released.notified().await;
        if lock(&wire.state).phase != Phase::Broken {
            tokio::time::sleep(LINGER).await;
        }
    };
    tokio::select! {
        () = send => {}
        () = over => wire.forget(&mut lock(&wire.state)),
    }
}

fn did_not_read() -> io::Error {
    io::Error::new(
        io::ErrorKind::ConnectionAborted,
        "the client did not read what it was sent",
    )
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    use tokio::net::TcpSocket;

    use super::*;
    use crate::metrics::Metric;

    const MANY: usize = 64 * TURN;

    /// A socket whose buffers have a fixed size: systems let others grow to different sizes, some above [`MANY`].
    fn socket() -> TcpSocket {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_send_buffer_size(TURN as u32).unwrap();
        socket.set_recv_buffer_size(TURN as u32).unwrap();
        socket
    }

    async fn pair() -> (Stream, TcpStream) {
        let server = socket();
        server.bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let listener = server.listen(1).unwrap();
        let client = socket().connect(listener.local_addr().unwrap());
        let (client, accepted) = tokio::join!(client, listener.accept());
        let limit = Limit {
            bytes: 2 * MANY,
            answer: MANY,
            metrics: Arc::default(),
        };
        let stream = Stream::new(accepted.unwrap().0, Arc::new(limit));
        (stream, client.unwrap())
    }

    /// Counts how often another task has its turn while `work` runs.
    async fn turns_of_others(work: impl Future<Output = ()>) -> usize {
        let turns = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&turns);
        let other = tokio::spawn(async move {
            loop {
                counter.fetch_add(1, Ordering::Relaxed);
                tokio::task::yield_now().await;
            }
        });
        work.await;
        other.abort();
        turns.load(Ordering::Relaxed)
    }

    #[tokio::test]
    async fn others_have_their_turn_while_much_is_read() {
        let (mut stream, mut client) = pair().await;
        let work = async {
            let sent = vec![7; MANY];
            let read = async {
                let mut input = vec![0; TURN];
                for _ in 0..MANY / TURN {
                    stream.read_exact(&mut input).await.unwrap();
                }
            };
            let (sent, ()) = tokio::join!(client.write_all(&sent), read);
            sent.unwrap();
        };
        let turns = turns_of_others(work).await;
        assert!(turns >= MANY / TURN / 4, "{turns}");
    }

    #[tokio::test]
    async fn a_websocket_takes_all_at_once_in_turns() {
        let (mut stream, mut client) = pair().await;
        stream.wire.begin_websocket();
        let turns = turns_of_others(async {
            for part in vec![7; MANY].chunks(TURN) {
                stream.write_all(part).await.unwrap();
            }
        });
        let turns = turns.await;
        assert!(turns >= MANY / TURN / 4, "{turns}");
        let waiting = stream.wire.limit.metrics.get(Metric::WaitingBytes);
        assert!(waiting > 0, "the client has read nothing");
        let metrics = Arc::clone(&stream.wire.limit.metrics);
        // What the server has sent before it lets go still arrives.
        drop(stream);
        let mut output = Vec::new();
        client.read_to_end(&mut output).await.unwrap();
        assert_eq!(output, vec![7; MANY]);
        assert_eq!(metrics.get(Metric::WaitingBytes), 0);
    }
}
