//! A Socket.IO server that is quicker than any client: no JSON, no tables, frames made and read by hand.
//!
//! It understands what the measurements send: `40` (joins), `42["flood",N]` (N `tick`s, then `flooded`),
//! `42["sent",..]` (counted), `42<id>["count"]` (answers what was counted), `42<id>["echo",..]` (answers the same).
//! Its heartbeats are five minutes apart: no measurement is that long.

use std::io::{self, Write as _};
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::machine;
use crate::result::Result;

/// The text in `tick` and `sent`.
pub(crate) const TEXT: &str = "abcdefghijklmnopqrstuvwxyz012345";

/// The size of reads and writes, in bytes.
const BLOCK: usize = 64 << 10;

const OPEN: &[u8] =
    br#"0{"sid":"bench","upgrades":[],"pingInterval":300000,"pingTimeout":300000,"maxPayload":1000000}"#;

/// Serves until the standard input ends, which it does with the parent. Prints the port.
pub(crate) fn run() -> Result<()> {
    machine::pin(0)?;
    machine::raise_file_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    println!("{}", listener.local_addr()?.port());
    exit_with_parent();
    runtime.block_on(accept(listener))
}

/// Ends the process when the standard input does.
pub(crate) fn exit_with_parent() {
    std::thread::spawn(|| {
        // Whatever comes, or does not: the end of it is what matters.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
}

async fn accept(listener: TcpListener) -> Result<()> {
    let joined = Arc::new(AtomicU64::new(0));
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let connection = Connection {
            stream,
            input: Vec::new(),
            output: Vec::new(),
            events: 0,
            bytes: 0,
            joined: joined.clone(),
        };
        // A client that breaks off ends its task alone; the counts show it.
        tokio::spawn(async { connection.run().await.ok() });
    }
}

struct Connection {
    stream: TcpStream,
    input: Vec<u8>,
    output: Vec<u8>,
    /// `sent` events, and their bytes.
    events: u64,
    bytes: u64,
    /// How many connections have joined the namespace, of all.
    joined: Arc<AtomicU64>,
}

/// Reads the request for a WebSocket; what there is to answer.
pub(crate) async fn accept_handshake(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut input = Vec::new();
    while !input.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut input).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
    }
    let request = String::from_utf8_lossy(&input);
    let accept = derive_accept_key(key(&request).as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    );
    Ok(answer.into_bytes())
}

/// Whether a connection goes on.
#[derive(PartialEq)]
enum Next {
    Packet,
    End,
}

impl Connection {
    async fn run(mut self) -> io::Result<()> {
        self.shake_hands().await?;
        loop {
            let mut start = 0;
            while let Some(frame) = Frame::at(&mut self.input, start) {
                start = frame.end;
                if self.handle(frame).await? == Next::End {
                    return Ok(());
                }
            }
            self.input.drain(..start);
            self.flush().await?;
            self.input.reserve(BLOCK);
            if self.stream.read_buf(&mut self.input).await? == 0 {
                return Ok(());
            }
        }
    }

    async fn shake_hands(&mut self) -> io::Result<()> {
        self.output = accept_handshake(&mut self.stream).await?;
        self.text(OPEN);
        self.flush().await
    }

    async fn handle(&mut self, frame: Frame) -> io::Result<Next> {
        let payload = &self.input[frame.start..frame.end];
        match (frame.opcode, payload) {
            (0x8, _) => {
                self.output.extend_from_slice(&[0x88, 0]);
                self.flush().await?;
                return Ok(Next::End);
            }
            (0x1, [b'4', b'2', b'[', ..]) => {
                if payload.starts_with(br#"42["sent","#) {
                    self.events += 1;
                    self.bytes += payload.len() as u64;
                } else if let Some(count) = parse(payload, br#"42["flood","#) {
                    self.flood(count).await?;
                }
            }
            (0x1, [b'4', b'2', b'0'..=b'9', ..]) => self.acknowledge(frame),
            (0x1, [b'4', b'0', ..]) => {
                self.joined.fetch_add(1, Ordering::Relaxed);
                self.text(br#"40{"sid":"bench"}"#);
            }
            _ => {}
        }
        Ok(Next::Packet)
    }

    fn acknowledge(&mut self, frame: Frame) {
        let payload = &self.input[frame.start + 2..frame.end];
        let digits = payload.iter().take_while(|byte| byte.is_ascii_digit());
        let (id, event) = payload.split_at(digits.count());
        let mut answer = [b"43", id].concat();
        match event.strip_prefix(br#"["echo","#) {
            Some(rest) => answer.extend_from_slice(&[b"[", rest].concat()),
            None => {
                let joined = self.joined.load(Ordering::Relaxed);
                let (events, bytes) = (self.events, self.bytes);
                answer.extend_from_slice(format!("[[{events},{bytes},{joined}]]").as_bytes());
            }
        }
        self.text(&answer);
    }

    async fn flood(&mut self, count: u64) -> io::Result<()> {
        for number in 0..count {
            let start = self.output.len();
            self.output.extend_from_slice(&[0x81, 0]);
            write!(self.output, r#"42["tick",{number},"{TEXT}"]"#)?;
            let len = self.output.len() - start - 2;
            self.output[start + 1] = short(len);
            if self.output.len() >= BLOCK {
                self.flush().await?;
            }
        }
        self.text(format!(r#"42["flooded",{count}]"#).as_bytes());
        Ok(())
    }

    /// Adds a text frame.
    fn text(&mut self, payload: &[u8]) {
        self.output.extend_from_slice(&[0x81, short(payload.len())]);
        self.output.extend_from_slice(payload);
    }

    async fn flush(&mut self) -> io::Result<()> {
        self.stream.write_all(&self.output).await?;
        self.output.clear();
        Ok(())
    }
}

/// The length of a frame that needs no longer form: all of this server's do.
pub(crate) fn short(len: usize) -> u8 {
    debug_assert!(len < 126, "a frame of {len} bytes has another form");
    len as u8
}

/// A client's frame, unmasked, as offsets into the input.
#[derive(Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) opcode: u8,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Frame {
    /// The frame that begins at `from`, if all of it is there. Clients do not fragment what is sent here.
    pub(crate) fn at(input: &mut [u8], from: usize) -> Option<Frame> {
        let head = input.get(from..)?;
        let opcode = head.first()? & 0x0f;
        let (len, start) = match head.get(1)? & 0x7f {
            126 => (u16::from_be_bytes(*head.get(2..)?.first_chunk()?).into(), 4),
            127 => (
                u64::from_be_bytes(*head.get(2..)?.first_chunk()?) as usize,
                10,
            ),
            len => (usize::from(len), 2),
        };
        let mask: [u8; 4] = *head.get(start..)?.first_chunk()?;
        let start = from + start + mask.len();
        let payload = input.get_mut(start..start + len)?;
        for quad in payload.chunks_mut(mask.len()) {
            for (byte, mask) in quad.iter_mut().zip(mask) {
                *byte ^= mask;
            }
        }
        Some(Frame {
            opcode,
            start,
            end: start + len,
        })
    }
}

fn key(request: &str) -> &str {
    let headers = request.lines().filter_map(|line| line.split_once(':'));
    let mut keys = headers.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key"));
    keys.next().map_or("", |(_, value)| value.trim())
}

/// The number between `prefix` and the bracket that ends `payload`.
fn parse(payload: &[u8], prefix: &[u8]) -> Option<u64> {
    let digits = payload.strip_prefix(prefix)?.strip_suffix(b"]")?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_whole_and_unmasked() {
        let mut input = vec![0x81, 0x82, 1, 2, 3, 4, b'4' ^ 1, b'0' ^ 2, 0x88, 0x80];
        let frame = Frame::at(&mut input, 0).unwrap();
        assert_eq!(
            (frame.opcode, &input[frame.start..frame.end]),
            (1, &b"40"[..])
        );
        assert!(Frame::at(&mut input, frame.end).is_none());
    }

    #[test]
    fn a_count_stands_before_the_bracket() {
        assert_eq!(parse(br#"42["flood",12]"#, br#"42["flood","#), Some(12));
        assert_eq!(parse(br#"42["flood","x"]"#, br#"42["flood","#), None);
    }
}
