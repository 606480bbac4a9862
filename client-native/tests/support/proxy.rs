//! A proxy of both kinds, HTTP and SOCKS5, that does what the test says and counts what it lets through.

use std::io;
use std::sync::{Arc, Mutex};

use tidewire_core::wire::base64;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// What the proxy does with its clients.
#[derive(Clone, Debug)]
pub(crate) enum Manner {
    Open,
    /// Lets in who gives this name and this password, both as they are after decoding.
    Wants(&'static str, &'static str),
    /// An HTTP status or a SOCKS5 reply.
    Refuses(u16),
    /// Reads, and never says a word.
    Silent,
    /// Says this, whatever it was asked, and hangs up.
    Says(&'static [u8]),
}

/// How a client asked for a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `CONNECT host:port`.
    Tunnel(String),
    /// `GET http://host:port/...`.
    Request(String),
    /// SOCKS5 with an address.
    Address(String),
    /// SOCKS5 with a name.
    Name(String),
}

/// While it is shut: those who knock.
type Shut = Arc<Mutex<Option<Vec<TcpStream>>>>;

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    let_through: Arc<Mutex<Vec<Asked>>>,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
    shut: Shut,
    accepting: AbortHandle,
}

impl Proxy {
    pub(crate) async fn start(manner: Manner) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let let_through = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(Vec::new()));
        let shut = Arc::default();
        let (log, handles, is_shut): (_, _, Shut) =
            (let_through.clone(), connections.clone(), Arc::clone(&shut));
        let accepting = tokio::spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(held) = &mut *is_shut.lock().expect("no panic") {
                    held.push(stream);
                    continue;
                }
                let handle = clients.spawn(serve(stream, manner.clone(), log.clone()));
                handles.lock().expect("no panic").push(handle);
                while clients.try_join_next().is_some() {}
            }
        });
        Proxy {
            port,
            let_through,
            connections,
            shut,
            accepting: accepting.abort_handle(),
        }
    }

    /// Its URL, with `credentials` as `name:password@` or nothing.
    pub(crate) fn url(&self, scheme: &str, credentials: &str) -> String {
        format!("{scheme}://{credentials}127.0.0.1:{}", self.port)
    }

    /// What was let through so far.
    pub(crate) fn let_through(&self) -> Vec<Asked> {
        self.let_through.lock().expect("no panic").clone()
    }

    /// As [`Proxy::cut`], and lets nothing in until it is opened.
    pub(crate) fn shut(&self) {
        *self.shut.lock().expect("no panic") = Some(Vec::new());
        self.cut();
    }

    /// Opens it again. Who came meanwhile has to come anew.
    pub(crate) fn open(&self) {
        *self.shut.lock().expect("no panic") = None;
    }

    /// Cuts every connection there is. New ones are taken as before.
    pub(crate) fn cut(&self) {
        for connection in self.connections.lock().expect("no panic").drain(..) {
            connection.abort();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.cut();
    }
}

type Log = Arc<Mutex<Vec<Asked>>>;

/// One client, to its end. Its faults are its own.
async fn serve(mut stream: TcpStream, manner: Manner, log: Log) -> io::Result<()> {
    match manner {
        Manner::Silent => return drain(&mut stream).await,
        Manner::Says(words) => {
            stream.read_u8().await?;
            return stream.write_all(words).await;
        }
        _ => {}
    }
    let mut first = [0];
    stream.peek(&mut first).await?;
    match first {
        [5] => socks(&mut stream, &manner, &log).await,
        _ => http(&mut stream, &manner, &log).await,
    }
}

async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

fn note(log: &Log, asked: Asked) {
    log.lock().expect("no panic").push(asked);
}

// ---- HTTP ----

async fn http(stream: &mut TcpStream, manner: &Manner, log: &Log) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    if let Some(status) = refusal(manner, &head) {
        let answer = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
        return stream.write_all(answer.as_bytes()).await;
    }
    let line = head.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => {
            let mut server = TcpStream::connect(target).await?;
            note(log, Asked::Tunnel(target.to_owned()));
            stream
                .write_all(b"HTTP/1.1 200 Connection established\r\nX-Proxy: test\r\n\r\n")
                .await?;
            copy_bidirectional(stream, &mut server).await.map(drop)
        }
        (Some(method), Some(url)) => {
            let rest = url
                .strip_prefix("http://")
                .ok_or(io::ErrorKind::InvalidInput)?;
            let (target, path) = rest.split_once('/').ok_or(io::ErrorKind::InvalidInput)?;
            let mut server = TcpStream::connect(target).await?;
            note(log, Asked::Request(target.to_owned()));
            // One request for each connection, so that each is counted.
            let headers = &head[line.len()..head.len() - 2];
            let origin = format!("{method} /{path} HTTP/1.1{headers}Connection: close\r\n\r\n");
            server.write_all(origin.as_bytes()).await?;
            copy_bidirectional(stream, &mut server).await.map(drop)
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn refusal(manner: &Manner, head: &str) -> Option<u16> {
    match manner {
        Manner::Refuses(status) => Some(*status),
        Manner::Wants(name, password) => {
            let wanted = format!("Basic {}", in_base64(&format!("{name}:{password}")));
            let given =
                head.lines()
                    .filter_map(|line| line.split_once(": "))
                    .any(|(key, value)| {
                        key.eq_ignore_ascii_case("proxy-authorization") && value == wanted
                    });
            (!given).then_some(407)
        }
        _ => None,
    }
}

fn in_base64(text: &str) -> String {
    let mut encoded = String::new();
    base64::encode(text.as_bytes(), |four| encoded.extend(four.map(char::from)));
    encoded
}

// ---- SOCKS5 ----

async fn socks(stream: &mut TcpStream, manner: &Manner, log: &Log) -> io::Result<()> {
    stream.read_u8().await?;
    let methods = read_some(stream).await?;
    let wanted = if matches!(manner, Manner::Wants(..)) {
        2
    } else {
        0
    };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, wanted]).await?;
    if let Manner::Wants(name, password) = manner {
        stream.read_u8().await?;
        let given = (read_some(stream).await?, read_some(stream).await?);
        let known = given == (name.as_bytes().to_vec(), password.as_bytes().to_vec());
        stream.write_all(&[1, u8::from(!known)]).await?;
        if !known {
            return Ok(());
        }
    }
    let asked = asked(stream).await?;
    let reply = |code| [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
    if let Manner::Refuses(code) = manner {
        return stream
            .write_all(&reply(u8::try_from(*code).map_err(io::Error::other)?))
            .await;
    }
    let (Asked::Address(target) | Asked::Name(target)) = &asked else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let Ok(mut server) = TcpStream::connect(target).await else {
        return stream.write_all(&reply(5)).await;
    };
    note(log, asked);
    stream.write_all(&reply(0)).await?;
    copy_bidirectional(stream, &mut server).await.map(drop)
}

/// A length, and as many bytes.
async fn read_some(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// The request to connect: version, command, a zero, and where.
async fn asked(stream: &mut TcpStream) -> io::Result<Asked> {
    let mut start = [0; 4];
    stream.read_exact(&mut start).await?;
    Ok(match start {
        [5, 1, 0, 1] => {
            let mut ip = [0; 4];
            stream.read_exact(&mut ip).await?;
            let ip = std::net::Ipv4Addr::from(ip);
            Asked::Address(format!("{ip}:{}", stream.read_u16().await?))
        }
        [5, 1, 0, 4] => {
            let mut ip = [0; 16];
            stream.read_exact(&mut ip).await?;
            let ip = std::net::Ipv6Addr::from(ip);
            Asked::Address(format!("[{ip}]:{}", stream.read_u16().await?))
        }
        [5, 1, 0, 3] => {
            let name = String::from_utf8(read_some(stream).await?).map_err(io::Error::other)?;
            Asked::Name(format!("{name}:{}", stream.read_u16().await?))
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    })
}
