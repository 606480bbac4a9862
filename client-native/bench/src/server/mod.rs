//! A Socket.IO server that is quicker than any client: no JSON, no tables, frames made and read by hand.
//!
//! It understands what the measurements send: `40` (joins), `42["flood",N,SIZE]` (N `tick`s with a text of this size, then
//! `flooded`), `42["flood-blobs",N,SIZE]` (N `blob`s with an attachment of this size, then `flooded`), `42["sent",..]` and
//! attachments (counted), `42<id>["count"]` (answers what was counted), `42<id>["echo",..]` (answers the same).
//! Its heartbeats are five minutes apart: no measurement is that long. It speaks WebSocket, and polling for idle connections,
//! plainly or over TLS; and, with a certificate, WebTransport for idle connections.
//!
//! Layers, bottom up: frame, payload, request, session -> deflate -> websocket, polling, webtransport -> mod.

mod deflate;
mod frame;
mod payload;
mod polling;
mod request;
mod session;
mod websocket;
mod webtransport;

use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use tokio::net::TcpListener;

use self::polling::Sessions;
use self::session::Session;
use self::websocket::Connection;
use crate::machine;
use crate::result::Result;
use crate::tls::Identity;

pub(crate) use self::frame::{Frame, push as push_frame};
pub(crate) use self::payload::{BLOB, TEXT, blob, is_blob, text, texts_of_words};
pub(crate) use self::request::{Request, Stream};

/// Serves until the standard input ends, which it does with the parent. Prints the port.
pub(crate) fn run(identity: Option<&Identity>) -> Result<()> {
    machine::pin(0)?;
    machine::raise_file_limit()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    println!("{}", listener.local_addr()?.port());
    exit_with_parent();
    runtime.block_on(accept(listener, identity))
}

/// Ends the process when the standard input does.
pub(crate) fn exit_with_parent() {
    std::thread::spawn(|| {
        // Whatever comes, or does not: the end of it is what matters.
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        std::process::exit(0);
    });
}

async fn accept(listener: TcpListener, identity: Option<&Identity>) -> Result<()> {
    let acceptor = identity.map(Identity::acceptor).transpose()?;
    let shared = Shared::default();
    if let Some(identity) = identity {
        let endpoint = webtransport::bind(listener.local_addr()?.port(), identity)?;
        tokio::spawn(webtransport::accept(endpoint, shared.joined.clone()));
    }
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (acceptor, shared) = (acceptor.clone(), shared.clone());
        // A client that breaks off ends its task alone; the counts show it.
        tokio::spawn(async move {
            match acceptor {
                Some(acceptor) => serve(acceptor.accept(stream).await?, shared).await,
                None => serve(stream, shared).await,
            }
        });
    }
}

/// The counts and sessions that all connections share.
#[derive(Clone, Default)]
struct Shared {
    /// How many sessions have joined the namespace.
    joined: Arc<AtomicU64>,
    polled: Arc<Sessions>,
}

async fn serve(mut stream: impl Stream, shared: Shared) -> io::Result<()> {
    let mut input = Vec::new();
    let request = Request::read(&mut stream, &mut input).await?;
    if request.parameter("transport") == Some("polling") {
        return polling::serve(stream, request, input, shared.polled, shared.joined).await;
    }
    let session = Session::new(shared.joined);
    Connection::new(stream, &request, session).run().await
}
