//! A server in front of another one: plain, with TLS, as a proxy, or one that falls silent. It notes the addresses from which connections come.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// The greeting of a connection.
#[derive(Clone)]
pub(crate) enum Front {
    Plain,
    Tls(TlsAcceptor),
    /// Plain for this many connections; later ones are held and get no answer.
    First(usize),
    /// An HTTP proxy: answers CONNECT with this status, and goes on if it is 200. Passes other requests on as they are.
    Proxy(u16),
}

/// A running relay. It ends with its runtime.
pub(crate) struct Relay {
    /// Its port on 127.0.0.1.
    pub(crate) port: u16,
    seen: Arc<Mutex<BTreeMap<IpAddr, usize>>>,
}

impl Relay {
    /// Starts a relay to the server at a URL such as `http://127.0.0.1:3000`.
    pub(crate) async fn start(front: Front, url: &str) -> Relay {
        let server = url.strip_prefix("http://").expect("a plain URL").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let port = listener.local_addr().expect("it has an address").port();
        let seen = Arc::<Mutex<BTreeMap<IpAddr, usize>>>::default();
        let noted = seen.clone();
        tokio::spawn(async move {
            while let Ok((stream, from)) = listener.accept().await {
                let number = {
                    let mut noted = noted.lock().unwrap_or_else(PoisonError::into_inner);
                    *noted.entry(from.ip()).or_default() += 1;
                    noted.values().sum::<usize>()
                };
                let (front, server) = (front.clone(), server.clone());
                // A client that refuses the certificate, or goes away, ends its own connection only.
                tokio::spawn(async move { greet(front, number, stream, &server).await });
            }
        });
        Relay { port, seen }
    }

    /// The connections so far, by the client's address.
    pub(crate) fn seen(&self) -> BTreeMap<IpAddr, usize> {
        self.seen
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

/// `number` is that of the connection, from 1 on.
async fn greet(
    front: Front,
    number: usize,
    mut stream: TcpStream,
    server: &str,
) -> std::io::Result<()> {
    match front {
        Front::First(most) if number > most => {
            while stream.read_u8().await.is_ok() {}
            Ok(())
        }
        Front::Plain | Front::First(_) => pass(stream, server).await,
        Front::Tls(acceptor) => pass(acceptor.accept(stream).await?, server).await,
        Front::Proxy(status) => {
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                request.push(stream.read_u8().await?);
            }
            if !request.starts_with(b"CONNECT ") {
                // A plain request, whose line has the whole URL.
                let mut server = TcpStream::connect(server).await?;
                server.write_all(&request).await?;
                copy_bidirectional(&mut stream, &mut server).await?;
                return Ok(());
            }
            stream
                .write_all(format!("HTTP/1.1 {status} Its answer\r\n\r\n").as_bytes())
                .await?;
            match status {
                200 => pass(stream, server).await,
                _ => Ok(()),
            }
        }
    }
}

async fn pass(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    server: &str,
) -> std::io::Result<()> {
    let mut server = TcpStream::connect(server).await?;
    copy_bidirectional(&mut stream, &mut server).await?;
    Ok(())
}

/// TLS with a certificate for 127.0.0.1 that signed itself; and the certificate as PEM.
pub(crate) fn tls() -> (Front, String) {
    let certified =
        rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(certified.signing_key.serialize_der());
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the versions exist")
        .with_no_client_auth()
        .with_single_cert(vec![certified.cert.der().clone()], PrivateKeyDer::from(key))
        .expect("the key fits");
    let acceptor = TlsAcceptor::from(Arc::new(config));
    (Front::Tls(acceptor), certified.cert.pem())
}
