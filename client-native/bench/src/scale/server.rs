//! A server of the scale measurement: heartbeats as real servers have them, events to one and to all, everything counted.
//!
//! It understands `40` (joins), `42["sent",..]` (counted, and answered by a `tick` after a while), `42<id>["broadcast"]` (`news` to
//! all) and `42<id>["tally"]` (answers what was counted).

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::Args;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};

use super::tally::{Counts, count};
use crate::machine;
use crate::result::Result;
use crate::server::{Frame, Request, TEXT, exit_with_parent, push_frame};

/// Where it listens, at a port of the system's choice.
#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct At {
    #[arg(long)]
    address: Ipv4Addr,
}

/// The heartbeat of a 4.x server by default.
const OPEN: &[u8] =
    br#"0{"sid":"scale","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000000}"#;
const PING_INTERVAL: Duration = Duration::from_secs(25);
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// How long after a client's event its own comes.
const TICK_AFTER: Duration = Duration::from_secs(2);

/// Serves until the standard input ends. Prints the port.
pub(crate) fn run(at: &At) -> Result<()> {
    machine::pin(0)?;
    machine::raise_file_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((at.address, 0)))?;
    println!("{}", listener.local_addr()?.port());
    exit_with_parent();
    runtime.block_on(accept(listener))
}

async fn accept(listener: TcpListener) -> Result<()> {
    let counts = Arc::new(Counts::default());
    let (news, _) = watch::channel(0);
    let news = Arc::new(news);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (counts, news) = (counts.clone(), news.clone());
        tokio::spawn(async move {
            // How it ended does not matter, that it did is counted.
            let _ = serve(stream, counts.clone(), news).await;
            count(&counts.left);
        });
    }
}

async fn serve(
    mut stream: TcpStream,
    counts: Arc<Counts>,
    news: Arc<watch::Sender<u64>>,
) -> io::Result<()> {
    let request = Request::read(&mut stream, &mut Vec::new()).await?;
    let heard = *news.borrow();
    let mut connection = Connection {
        stream,
        input: Vec::new(),
        output: request.accept_websocket(None),
        heartbeat: Heartbeat::Rests(Instant::now() + PING_INTERVAL),
        ticks: Ticks::default(),
        heard,
        counts,
        news,
    };
    connection.text(OPEN);
    connection.run().await
}

/// When the next ping is due, or since when its answer is.
enum Heartbeat {
    Rests(Instant),
    Waits(Instant),
}

/// Events owed to the client.
#[derive(Default)]
struct Ticks {
    said: u64,
    owed: Option<(u64, Instant)>,
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    heartbeat: Heartbeat,
    ticks: Ticks,
    /// The number of the last news it was told.
    heard: u64,
    counts: Arc<Counts>,
    news: Arc<watch::Sender<u64>>,
}

impl Connection {
    async fn run(&mut self) -> io::Result<()> {
        let mut news = self.news.subscribe();
        loop {
            self.tell_news(*news.borrow_and_update());
            self.stream.write_all(&self.output).await?;
            self.output.clear();
            let deadline = self.next_deadline();
            tokio::select! {
                read = self.stream.read_buf(&mut self.input) => {
                    if read? == 0 {
                        return Ok(());
                    }
                    self.hear()?;
                }
                () = sleep_until(deadline) => self.ring()?,
                _ = news.changed() => {}
            }
        }
    }

    fn next_deadline(&self) -> Instant {
        let heartbeat = match self.heartbeat {
            Heartbeat::Rests(until) => until,
            Heartbeat::Waits(since) => since + PING_TIMEOUT,
        };
        self.ticks
            .owed
            .map_or(heartbeat, |owed| heartbeat.min(owed.1))
    }

    // ---- what it does by itself ----

    fn ring(&mut self) -> io::Result<()> {
        let now = Instant::now();
        if let Some((owed, at)) = self.ticks.owed
            && at <= now
        {
            self.ticks.owed = None;
            (0..owed).for_each(|_| self.tick());
        }
        match self.heartbeat {
            Heartbeat::Rests(until) if until <= now => {
                self.heartbeat = Heartbeat::Waits(now);
                self.text(b"2");
                count(&self.counts.pings);
                Ok(())
            }
            Heartbeat::Waits(since) if since + PING_TIMEOUT <= now => {
                Err(io::ErrorKind::TimedOut.into())
            }
            _ => Ok(()),
        }
    }

    fn tick(&mut self) {
        let event = format!(r#"42["tick",{},"{TEXT}"]"#, self.ticks.said);
        self.text(event.as_bytes());
        self.ticks.said += 1;
        count(&self.counts.ticks);
    }

    fn tell_news(&mut self, latest: u64) {
        while self.heard < latest {
            self.text(format!(r#"42["news",{}]"#, self.heard).as_bytes());
            self.heard += 1;
            count(&self.counts.news);
        }
    }

    // ---- what the client says ----

    fn hear(&mut self) -> io::Result<()> {
        let mut start = 0;
        while let Some(frame) = Frame::at(&mut self.input, start) {
            start = frame.end;
            self.handle(frame)?;
        }
        self.input.drain(..start);
        Ok(())
    }

    fn handle(&mut self, frame: Frame) -> io::Result<()> {
        let payload = &self.input[frame.start..frame.end];
        match (frame.opcode, payload) {
            (0x8, _) => return Err(io::ErrorKind::ConnectionAborted.into()),
            (0x1, b"3") => self.hear_pong(),
            (0x1, [b'4', b'0', ..]) => {
                count(&self.counts.joined);
                self.text(br#"40{"sid":"scale"}"#);
            }
            (0x1, payload) if payload.starts_with(br#"42["sent","#) => {
                count(&self.counts.sent);
                let owed = self.ticks.owed.map_or(0, |owed| owed.0);
                self.ticks.owed = Some((owed + 1, Instant::now() + TICK_AFTER));
            }
            (0x1, [b'4', b'2', b'0'..=b'9', ..]) => self.acknowledge(frame),
            _ => {}
        }
        Ok(())
    }

    fn hear_pong(&mut self) {
        if let Heartbeat::Waits(since) = self.heartbeat {
            self.heartbeat = Heartbeat::Rests(since + PING_INTERVAL);
            count(&self.counts.pongs);
            let took = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
            self.counts
                .slowest_pong_ms
                .fetch_max(took, Ordering::Relaxed);
        }
    }

    fn acknowledge(&mut self, frame: Frame) {
        let payload = &self.input[frame.start + 2..frame.end];
        let digits = payload.iter().take_while(|byte| byte.is_ascii_digit());
        let (id, event) = payload.split_at(digits.count());
        if event.starts_with(br#"["broadcast""#) {
            self.news.send_modify(|number| *number += 1);
        }
        let tally = self.counts.tally().written();
        let answer = [b"43", id, tally.as_bytes()].concat();
        self.text(&answer);
    }

    fn text(&mut self, payload: &[u8]) {
        push_frame(&mut self.output, 0x1, payload);
    }
}
