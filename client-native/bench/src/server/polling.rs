//! Sessions over HTTP polling: a GET is held until there is a packet, a POST brings packets.

use std::collections::HashMap;
use std::io;
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::AsyncWriteExt as _;
use tokio::sync::Notify;

use super::request::{Request, Stream};
use super::session::{Answer, Session, open};

/// Between the packets of a body.
const SEPARATOR: u8 = 0x1e;

/// All sessions, by their number. None ends before the process does.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Arc<Polled>>>);

struct Polled {
    session: Mutex<Session>,
    /// Packets for the next GET.
    waiting: Mutex<Vec<Vec<u8>>>,
    arrived: Notify,
}

/// Answers the requests of a connection, from this one on.
pub(super) async fn serve(
    mut stream: impl Stream,
    mut request: Request,
    mut input: Vec<u8>,
    sessions: Arc<Sessions>,
    joined: Arc<AtomicU64>,
) -> io::Result<()> {
    loop {
        let body = match request.parameter("sid") {
            None => sessions.open(&joined),
            Some(sid) => {
                let polled = sessions.find(sid).ok_or(io::ErrorKind::NotFound)?;
                match request.is_post() {
                    true => polled.hear(&request.body)?,
                    false => polled.wait().await,
                }
            }
        };
        let head = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=UTF-8\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(&[head.as_bytes(), &body].concat()).await?;
        stream.flush().await?;
        request = Request::read(&mut stream, &mut input).await?;
    }
}

impl Sessions {
    fn open(&self, joined: &Arc<AtomicU64>) -> Vec<u8> {
        let mut sessions = lock(&self.0);
        let sid = sessions.len().to_string();
        let packet = open(&sid);
        let polled = Polled {
            session: Mutex::new(Session::new(joined.clone())),
            waiting: Mutex::default(),
            arrived: Notify::new(),
        };
        sessions.insert(sid, Arc::new(polled));
        packet.into_bytes()
    }

    fn find(&self, sid: &str) -> Option<Arc<Polled>> {
        lock(&self.0).get(sid).cloned()
    }
}

impl Polled {
    fn hear(&self, body: &[u8]) -> io::Result<Vec<u8>> {
        for packet in body.split(|&byte| byte == SEPARATOR) {
            match lock(&self.session).hear(packet)? {
                Answer::Packet(answer) => {
                    lock(&self.waiting).push(answer);
                    self.arrived.notify_one();
                }
                Answer::Flood(_) => return Err(io::ErrorKind::Unsupported.into()),
                Answer::Nothing => {}
            }
        }
        Ok(b"ok".to_vec())
    }

    async fn wait(&self) -> Vec<u8> {
        loop {
            let packets = std::mem::take(&mut *lock(&self.waiting));
            if !packets.is_empty() {
                return packets.join(&SEPARATOR);
            }
            self.arrived.notified().await;
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic leaves the counts as they were.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
