//! TLS: the certificates that a client trusts, and the errors for those that it does not.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "support/mod.rs"]
mod support;

use std::process::Command;
use std::sync::Arc;

use futures_util::StreamExt;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use tidewire::{BuildError, Builder, Client, ConnectError, Transport, TransportError};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tungstenite::Message;
use tungstenite::protocol::Role;

use support::proxy::{Proxy, ProxyMode, ProxyRequest};
use support::scripted::{Conn, HANDSHAKE, Scripted};
use support::server::{Kind, Server};
use support::{guarded, run};

/// A certificate authority of the test.
struct Authority {
    issuer: Issuer<'static, KeyPair>,
    der: CertificateDer<'static>,
    pem: String,
}

/// A certificate with its key.
struct Identity {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = params.self_signed(&key).unwrap();
        Authority {
            der: certificate.der().clone(),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        }
    }

    fn issue(&self, names: &[&str]) -> Identity {
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let params = CertificateParams::new(names).unwrap();
        let key = KeyPair::generate().unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        Identity {
            chain: vec![certificate.der().clone()],
            key: PrivateKeyDer::try_from(key.serialize_der()).unwrap(),
        }
    }

    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        roots.add(self.der.clone()).unwrap();
        roots
    }
}

/// A scripted server behind TLS.
struct Secure {
    server: Scripted,
    acceptor: TlsAcceptor,
}

impl Secure {
    async fn start(identity: Identity) -> Secure {
        let config = server_config().with_no_client_auth();
        Secure::with(
            config
                .with_single_cert(identity.chain, identity.key)
                .unwrap(),
        )
        .await
    }

    async fn with(config: ServerConfig) -> Secure {
        Secure {
            server: Scripted::start().await,
            acceptor: TlsAcceptor::from(Arc::new(config)),
        }
    }

    fn client(&self, host: &str) -> Builder {
        Client::builder(format!("https://{host}:{}/", self.server.port()))
    }

    /// Connects the next client to `/`; `None` if it aborts the TLS handshake.
    async fn accept_namespace(&self) -> Option<Conn<TlsStream<TcpStream>>> {
        let tcp = self.server.accept_tcp().await;
        let stream = self.acceptor.accept(tcp).await.ok()?;
        let mut conn = Conn::accept(stream).await.ok()?;
        conn.send(HANDSHAKE).await;
        conn.accept_namespace("/").await;
        Some(conn)
    }

    /// Connects and emits over TLS.
    async fn expect_accepted(&self, builder: Builder) {
        let (socket, conn) = tokio::join!(builder.connect(), self.accept_namespace());
        let (socket, mut conn) = (socket.unwrap(), conn.unwrap());
        socket.emit("over", "tls").await.unwrap();
        assert_eq!(conn.text().await, r#"42["over","tls"]"#);
        tokio::join!(socket.client().close(), async {
            assert_eq!(conn.text().await, "41");
            conn.expect_close().await;
        });
    }

    /// Connects without success; returns the text of the TLS error.
    async fn expect_untrusted(&self, builder: Builder) -> String {
        let (outcome, conn) = tokio::join!(builder.connect(), self.accept_namespace());
        assert!(conn.is_none());
        match outcome {
            Err(ConnectError::Unreachable {
                source: TransportError::Tls(why),
                ..
            }) => why,
            other => panic!("{other:?}"),
        }
    }
}

fn server_config() -> rustls::ConfigBuilder<ServerConfig, rustls::WantsVerifier> {
    ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn client_config() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()
        .unwrap()
}

fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::ring::default_provider())
}

#[test]
fn a_root_from_pem_is_trusted_by_name_and_by_address() {
    run(async {
        let authority = Authority::new("tide");
        let names = ["localhost", "127.0.0.1"];
        let server = Secure::start(authority.issue(&names)).await;
        for host in names {
            let builder = server.client(host);
            let pem = authority.pem.as_bytes();
            server
                .expect_accepted(builder.root_certificate_pem(pem))
                .await;
        }
    });
}

#[test]
fn the_stages_of_a_connect_over_tls_are_measured() {
    run(async {
        let authority = Authority::new("tide");
        let names = ["localhost", "127.0.0.1"];
        let server = Secure::start(authority.issue(&names)).await;
        for (host, has_name) in names.into_iter().zip([true, false]) {
            let builder = server.client(host);
            let builder = builder.root_certificate_pem(authority.pem.as_bytes());
            let (socket, _conn) = tokio::join!(builder.connect(), server.accept_namespace());
            let stages = socket.unwrap().client().metrics().stages;
            assert_eq!(stages.dns.is_some(), has_name);
            assert!(stages.tcp.is_some() && stages.tls.is_some());
            assert!(stages.total() > stages.tls);
        }
    });
}

#[test]
fn frames_may_be_cut_at_every_byte() {
    run(async {
        let authority = Authority::new("tide");
        let server = Secure::start(authority.issue(&["localhost"])).await;
        let builder = server.client("localhost");
        let builder = builder.root_certificate_pem(authority.pem.as_bytes());
        let (socket, conn) = tokio::join!(builder.connect(), server.accept_namespace());
        let (socket, mut stream) = (socket.unwrap(), conn.unwrap().into_stream());
        let mut events = socket.events();
        let long = format!("42[\"n\",2,\"{}\"]", "x".repeat(300));
        let frames = [
            &b"\x81\x0942[\"n\",0]\x01\x0542[\"n\x89\x01p\x80\x04\",1]\x81\x7e"[..],
            &u16::try_from(long.len()).unwrap().to_be_bytes(),
            long.as_bytes(),
        ];
        for byte in frames.concat() {
            // Each is a record of its own.
            stream.write_u8(byte).await.unwrap();
            stream.flush().await.unwrap();
        }
        for expected in 0..3 {
            let message = guarded(events.message()).await.unwrap();
            let (number,): (usize,) = message.args().unwrap();
            assert_eq!(number, expected);
        }
        let large = "x".repeat(1 << 20);
        socket.emit("large", &large).await.unwrap();
        let mut conn = WebSocketStream::from_raw_socket(stream, Role::Server, None).await;
        let mut next = async || guarded(conn.next()).await.unwrap().unwrap();
        assert_eq!(next().await, Message::Pong("p".into()));
        assert_eq!(
            next().await,
            Message::text(format!("42[\"large\",\"{large}\"]"))
        );
    });
}

#[test]
fn an_unknown_root_is_refused_with_advice() {
    run(async {
        let authority = Authority::new("tide");
        let server = Secure::start(authority.issue(&["localhost"])).await;
        // A root with another name, and another one with the same name.
        let others = ["wire", "tide"].map(|name| Authority::new(name).pem);
        let trusting = |pem: &String| {
            server
                .client("localhost")
                .root_certificate_pem(pem.as_bytes())
        };
        let builders = || {
            [
                server.client("localhost"),
                trusting(&others[0]),
                trusting(&others[1]),
            ]
        };
        let polling = builders().map(|builder| builder.transports([Transport::Polling]));
        for builder in builders().into_iter().chain(polling) {
            let why = server.expect_untrusted(builder).await;
            assert!(
                why.contains("localhost") && why.contains("root_certificate_pem"),
                "{why}"
            );
        }
    });
}

#[test]
fn a_certificate_for_another_name_is_refused_though_its_root_is_trusted() {
    run(async {
        let authority = Authority::new("tide");
        let server = Secure::start(authority.issue(&["example.org"])).await;
        let builder = server.client("localhost");
        let why = server
            .expect_untrusted(builder.root_certificate_pem(authority.pem.as_bytes()))
            .await;
        // Adding a root would not help.
        assert!(!why.contains("root_certificate_pem"), "{why}");
        assert!(why.contains("name"), "{why}");
    });
}

#[test]
fn a_rustls_config_replaces_every_other_tls_setting() {
    run(async {
        let authority = Authority::new("tide");
        let mine = authority.issue(&["me"]);
        let verifier =
            WebPkiClientVerifier::builder_with_provider(authority.roots().into(), provider())
                .build()
                .unwrap();
        let identity = authority.issue(&["localhost"]);
        let config = server_config()
            .with_client_cert_verifier(verifier)
            .with_single_cert(identity.chain, identity.key);
        let server = Secure::with(config.unwrap()).await;

        let trusting = client_config().with_root_certificates(authority.roots());
        let config = trusting
            .with_client_auth_cert(mine.chain, mine.key)
            .unwrap();
        let builder = server.client("localhost");
        server
            .expect_accepted(builder.rustls_config(Arc::new(config)))
            .await;

        let no_roots = client_config().with_root_certificates(RootCertStore::empty());
        let builder = server
            .client("localhost")
            .root_certificate_pem(authority.pem.as_bytes())
            .rustls_config(Arc::new(no_roots.with_no_client_auth()));
        server.expect_untrusted(builder).await;
    });
}

#[test]
fn tls_with_a_plain_peer_is_an_error() {
    run(async {
        // A server without TLS, and a URL with TLS. Some respond, some hang up.
        for transport in [Transport::WebSocket, Transport::Polling] {
            for response in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
                let plain = Scripted::start().await;
                let url = format!("https://localhost:{}/", plain.port());
                let builder = Client::builder(url).transports([transport]);
                let (outcome, ()) = tokio::join!(builder.connect(), async {
                    use tokio::io::{AsyncReadExt, AsyncWriteExt};
                    let mut stream = plain.accept_tcp().await;
                    stream.read_u8().await.unwrap();
                    stream.write_all(response).await.unwrap();
                });
                let Err(ConnectError::Unreachable {
                    source: TransportError::Tls(why),
                    ..
                }) = outcome
                else {
                    panic!("{outcome:?}")
                };
                assert!(why.contains("did you mean http:// or ws://"), "{why}");
            }
        }
        // A server with TLS, and a URL without TLS.
        let secure = Secure::start(Authority::new("tide").issue(&["localhost"])).await;
        let (outcome, conn) = tokio::join!(
            secure.server.client("/").connect(),
            secure.accept_namespace()
        );
        assert!(conn.is_none());
        assert!(
            matches!(outcome, Err(ConnectError::Unreachable { .. })),
            "{outcome:?}"
        );
    });
}

/// Starts a TLS endpoint that forwards every connection to `port`; returns its port.
async fn in_front_of(port: u16, identity: Identity) -> u16 {
    let secure = Secure::start(identity).await;
    let secure_port = secure.server.port();
    tokio::spawn(async move {
        loop {
            let tcp = secure.server.accept_tcp().await;
            let acceptor = secure.acceptor.clone();
            tokio::spawn(async move {
                let mut client = acceptor.accept(tcp).await?;
                let mut server = TcpStream::connect(("127.0.0.1", port)).await?;
                tokio::io::copy_bidirectional(&mut client, &mut server).await
            });
        }
    });
    secure_port
}

#[test]
fn every_transport_passes_through_proxies_of_every_kind() {
    run(async {
        let authority = Authority::new("tide");
        let server = Server::start(Kind::Testbed).await;
        let port = in_front_of(server.port, authority.issue(&["localhost"])).await;
        let transport_lists = [
            vec![Transport::WebSocket],
            vec![Transport::Polling],
            vec![Transport::Polling, Transport::WebSocket],
        ];
        for (scheme, transports) in ["http", "socks5", "socks5h"]
            .into_iter()
            .flat_map(|scheme| {
                transport_lists
                    .iter()
                    .map(move |transports| (scheme, transports.clone()))
            })
        {
            let proxy = Proxy::start(ProxyMode::Credentials("me", "secret")).await;
            let last = *transports.last().unwrap();
            let builder = Client::builder(format!("https://localhost:{port}/lab"))
                .root_certificate_pem(authority.pem.as_bytes())
                .transports(transports)
                .proxy(&proxy.url(scheme, "me:secret@"));
            let socket = guarded(builder.connect()).await.unwrap();
            while socket.client().transport() != Some(last) {
                let _: u8 = socket.emit_with_ack("echo", 1).await.unwrap();
            }
            let ack: u8 = socket.emit_with_ack("echo", 2).await.unwrap();
            assert_eq!(ack, 2);
            let requests = proxy.forwarded();
            let target = format!("localhost:{port}");
            // Polling uses a tunnel too: the proxy does not see the requests.
            let expected = |request: &ProxyRequest| match scheme {
                "http" => *request == ProxyRequest::Tunnel(target.clone()),
                "socks5h" => *request == ProxyRequest::SocksName(target.clone()),
                _ => matches!(request, ProxyRequest::SocksAddress(_)),
            };
            assert!(
                !requests.is_empty() && requests.iter().all(expected),
                "{requests:?}"
            );
        }
    });
}

#[test]
fn an_untrusted_certificate_behind_a_proxy_is_a_certificate_error() {
    run(async {
        let server = Server::start(Kind::Testbed).await;
        let identity = Authority::new("tide").issue(&["localhost"]);
        let port = in_front_of(server.port, identity).await;
        for scheme in ["http", "socks5", "socks5h"] {
            let proxy = Proxy::start(ProxyMode::Open).await;
            for transport in [Transport::WebSocket, Transport::Polling] {
                let builder = Client::builder(format!("https://localhost:{port}/"))
                    .transports([transport])
                    .proxy(&proxy.url(scheme, ""));
                let outcome = guarded(builder.connect()).await;
                let Err(ConnectError::Unreachable { source: error, .. }) = outcome else {
                    panic!("{outcome:?}")
                };
                assert!(!matches!(error, TransportError::Proxy(_)), "{error:?}");
                assert!(error.to_string().contains("certificate"), "{error}");
            }
        }
    });
}

#[test]
fn an_invalid_certificate_is_refused_at_once() {
    run(async {
        let broken = "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n";
        for pem in ["", "no certificate", broken] {
            let builder = Client::builder("https://localhost/");
            let outcome = builder.root_certificate_pem(pem.as_bytes()).build();
            assert!(
                matches!(outcome, Err(BuildError::Tls(_))),
                "{pem}: {outcome:?}"
            );
        }
    });
}

/// The environment variable with the file to write, for tests that run in another process. Without it they do nothing.
const ROOTS: &str = "TIDEWIRE_TEST_ROOTS";

/// Runs an ignored test of this file in another process, whose system roots are the certificates in `file`.
fn run_with_native_roots(test: &str, file: &str) {
    let file = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
    let status = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--ignored", "--nocapture"])
        .env("SSL_CERT_FILE", &file)
        .env(ROOTS, &file)
        .env_remove("SSL_CERT_DIR")
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn the_roots_of_the_system_are_trusted_if_enabled() {
    run_with_native_roots("inner_native_roots_are_trusted", "native.pem");
}

#[test]
#[ignore = "run by `the_roots_of_the_system_are_trusted_if_enabled`, with roots of its own"]
fn inner_native_roots_are_trusted() {
    run(async {
        let authority = Authority::new("tide");
        let Some(file) = std::env::var_os(ROOTS) else {
            return;
        };
        std::fs::write(file, &authority.pem).unwrap();
        let server = Secure::start(authority.issue(&["localhost"])).await;
        server
            .expect_accepted(server.client("localhost").native_roots(true))
            .await;
        server
            .expect_untrusted(server.client("localhost").native_roots(false))
            .await;
    });
}

#[test]
fn a_system_without_roots_is_an_error() {
    run_with_native_roots("inner_no_native_roots", "none.pem");
}

#[test]
#[ignore = "run by `a_system_without_roots_is_an_error`"]
fn inner_no_native_roots() {
    run(async {
        let Some(file) = std::env::var_os(ROOTS) else {
            return;
        };
        std::fs::write(file, "").unwrap();
        let builder = Client::builder("https://localhost/").native_roots(true);
        let outcome = builder.build();
        assert!(matches!(outcome, Err(BuildError::Tls(_))), "{outcome:?}");
        // A URL without TLS needs no roots.
        let builder = Client::builder("http://localhost/").native_roots(true);
        assert!(builder.build().is_ok());
    });
}
