//! An HTTP and SOCKS5 proxy in the mode that the test chooses. It records every request that it forwards.

use std::io;
use std::sync::{Arc, Mutex};

use tidewire_core::wire::base64;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{AbortHandle, JoinSet};

/// How the proxy treats its clients.
#[derive(Clone, Debug)]
pub(crate) enum ProxyMode {
    Open,
    /// Forwards only with this name and this password, both decoded.
    Credentials(&'static str, &'static str),
    /// Forwards HTTP requests, and refuses CONNECT with 405.
    NoTunnels,
    /// Refuses with this HTTP status or SOCKS5 reply code.
    Refuse(u16),
    /// Reads and never replies.
    Silent,
    /// Replies with these bytes to any request and closes.
    Reply(&'static [u8]),
}

/// How a client asked the proxy for a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ProxyRequest {
    /// `CONNECT host:port`.
    Tunnel(String),
    /// `GET http://host:port/...`.
    Forward(String),
    /// SOCKS5 with an IP address.
    SocksAddress(String),
    /// SOCKS5 with a host name.
    SocksName(String),
}

/// While the proxy is blocked: the connections that it accepts and leaves waiting.
type Blocked = Arc<Mutex<Option<Vec<TcpStream>>>>;

#[derive(Debug)]
pub(crate) struct Proxy {
    pub(crate) port: u16,
    forwarded: Arc<Mutex<Vec<ProxyRequest>>>,
    connections: Arc<Mutex<Vec<AbortHandle>>>,
    blocked: Blocked,
    accepting: AbortHandle,
}

impl Proxy {
    pub(crate) async fn start(mode: ProxyMode) -> Proxy {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let forwarded = Arc::new(Mutex::new(Vec::new()));
        let connections = Arc::new(Mutex::new(Vec::new()));
        let blocked = Arc::default();
        let (log, handles, is_blocked): (_, _, Blocked) =
            (forwarded.clone(), connections.clone(), Arc::clone(&blocked));
        let accepting = tokio::spawn(async move {
            let mut clients = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                if let Some(held) = &mut *is_blocked.lock().expect("no panic") {
                    held.push(stream);
                    continue;
                }
                let handle = clients.spawn(serve(stream, mode.clone(), log.clone()));
                handles.lock().expect("no panic").push(handle);
                while clients.try_join_next().is_some() {}
            }
        });
        Proxy {
            port,
            forwarded,
            connections,
            blocked,
            accepting: accepting.abort_handle(),
        }
    }

    /// The proxy's URL; `credentials` are `name:password@` or empty.
    pub(crate) fn url(&self, scheme: &str, credentials: &str) -> String {
        format!("{scheme}://{credentials}127.0.0.1:{}", self.port)
    }

    /// The requests forwarded so far.
    pub(crate) fn forwarded(&self) -> Vec<ProxyRequest> {
        self.forwarded.lock().expect("no panic").clone()
    }

    /// Drops every connection and forwards nothing until [`Proxy::unblock`].
    pub(crate) fn block(&self) {
        *self.blocked.lock().expect("no panic") = Some(Vec::new());
        self.drop_connections();
    }

    /// Forwards again. Connections that waited are dropped: their clients must try again.
    pub(crate) fn unblock(&self) {
        *self.blocked.lock().expect("no panic") = None;
    }

    /// Drops every open connection. New ones are forwarded as before.
    pub(crate) fn drop_connections(&self) {
        for connection in self.connections.lock().expect("no panic").drain(..) {
            connection.abort();
        }
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.accepting.abort();
        self.drop_connections();
    }
}

type Log = Arc<Mutex<Vec<ProxyRequest>>>;

/// Serves one client to its end. An error ends this client only.
async fn serve(mut stream: TcpStream, mode: ProxyMode, log: Log) -> io::Result<()> {
    match mode {
        ProxyMode::Silent => return drain(&mut stream).await,
        ProxyMode::Reply(bytes) => {
            stream.read_u8().await?;
            return stream.write_all(bytes).await;
        }
        _ => {}
    }
    let mut first = [0];
    stream.peek(&mut first).await?;
    match first {
        [5] => socks(&mut stream, &mode, &log).await,
        _ => http(&mut stream, &mode, &log).await,
    }
}

async fn drain(stream: &mut TcpStream) -> io::Result<()> {
    let mut buffer = [0; 1024];
    while stream.read(&mut buffer).await? > 0 {}
    Ok(())
}

fn record(log: &Log, request: ProxyRequest) {
    log.lock().expect("no panic").push(request);
}

// ---- HTTP ----

async fn http(stream: &mut TcpStream, mode: &ProxyMode, log: &Log) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(stream.read_u8().await?);
    }
    let head = String::from_utf8(head).map_err(io::Error::other)?;
    if let Some(status) = refusal(mode, &head) {
        let response = format!("HTTP/1.1 {status} No\r\nContent-Length: 0\r\n\r\n");
        return stream.write_all(response.as_bytes()).await;
    }
    let line = head.lines().next().unwrap_or_default();
    let mut words = line.split(' ');
    match (words.next(), words.next()) {
        (Some("CONNECT"), Some(target)) => {
            let mut server = TcpStream::connect(target).await?;
            record(log, ProxyRequest::Tunnel(target.to_owned()));
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
            record(log, ProxyRequest::Forward(target.to_owned()));
            // One request per connection, so that each is recorded.
            let headers = &head[line.len()..head.len() - 2];
            let origin = format!("{method} /{path} HTTP/1.1{headers}Connection: close\r\n\r\n");
            server.write_all(origin.as_bytes()).await?;
            copy_bidirectional(stream, &mut server).await.map(drop)
        }
        _ => Err(io::ErrorKind::InvalidInput.into()),
    }
}

fn refusal(mode: &ProxyMode, head: &str) -> Option<u16> {
    match mode {
        ProxyMode::Refuse(status) => Some(*status),
        ProxyMode::NoTunnels => head.starts_with("CONNECT").then_some(405),
        ProxyMode::Credentials(name, password) => {
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

async fn socks(stream: &mut TcpStream, mode: &ProxyMode, log: &Log) -> io::Result<()> {
    stream.read_u8().await?;
    let methods = read_some(stream).await?;
    let wanted = if matches!(mode, ProxyMode::Credentials(..)) {
        2
    } else {
        0
    };
    if !methods.contains(&wanted) {
        return stream.write_all(&[5, 0xff]).await;
    }
    stream.write_all(&[5, wanted]).await?;
    if let ProxyMode::Credentials(name, password) = mode {
        stream.read_u8().await?;
        let given = (read_some(stream).await?, read_some(stream).await?);
        let known = given == (name.as_bytes().to_vec(), password.as_bytes().to_vec());
        stream.write_all(&[1, u8::from(!known)]).await?;
        if !known {
            return Ok(());
        }
    }
    let request = read_request(stream).await?;
    let reply = |code| [5, code, 0, 1, 0, 0, 0, 0, 0, 0];
    if let ProxyMode::Refuse(code) = mode {
        return stream
            .write_all(&reply(u8::try_from(*code).map_err(io::Error::other)?))
            .await;
    }
    let (ProxyRequest::SocksAddress(target) | ProxyRequest::SocksName(target)) = &request else {
        return Err(io::ErrorKind::InvalidInput.into());
    };
    let Ok(mut server) = TcpStream::connect(target).await else {
        return stream.write_all(&reply(5)).await;
    };
    record(log, request);
    stream.write_all(&reply(0)).await?;
    copy_bidirectional(stream, &mut server).await.map(drop)
}

/// Reads a length byte and as many bytes.
async fn read_some(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; stream.read_u8().await?.into()];
    stream.read_exact(&mut bytes).await?;
    Ok(bytes)
}

/// Reads the SOCKS5 request: version, command, a zero, and the address.
async fn read_request(stream: &mut TcpStream) -> io::Result<ProxyRequest> {
    let mut start = [0; 4];
    stream.read_exact(&mut start).await?;
    Ok(match start {
        [5, 1, 0, 1] => {
            let mut ip = [0; 4];
            stream.read_exact(&mut ip).await?;
            let ip = std::net::Ipv4Addr::from(ip);
            ProxyRequest::SocksAddress(format!("{ip}:{}", stream.read_u16().await?))
        }
        [5, 1, 0, 4] => {
            let mut ip = [0; 16];
            stream.read_exact(&mut ip).await?;
            let ip = std::net::Ipv6Addr::from(ip);
            ProxyRequest::SocksAddress(format!("[{ip}]:{}", stream.read_u16().await?))
        }
        [5, 1, 0, 3] => {
            let name = String::from_utf8(read_some(stream).await?).map_err(io::Error::other)?;
            ProxyRequest::SocksName(format!("{name}:{}", stream.read_u16().await?))
        }
        _ => return Err(io::ErrorKind::InvalidInput.into()),
    })
}
