//! Opening a session: QUIC to the server, HTTP/3's request for a session, and its first stream.

use std::future::{Future, poll_fn};
use std::net::{IpAddr, SocketAddr};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use http::{HeaderName, HeaderValue, header};
use tidewire_core::Target;
use tokio::time::timeout;
use wtransport::endpoint::ConnectOptions;
use wtransport::error::ConnectingError;
use wtransport::{Connection, RecvStream, SendStream, VarInt};

use super::errors;
use crate::error::TransportError;
use crate::guard::poll_guarded;
use crate::meter::Stage;
use crate::stream_frames::open_frame;
use crate::transport::connector::Connector;
use crate::transport::quic::{Quic, QuicEndpoint};
use crate::transport::tcp;

/// An open session, over the UDP socket of the client's sessions.
pub(super) struct Session {
    endpoint: Arc<QuicEndpoint>,
    pub(super) connection: Connection,
}

impl Session {
    /// Closes the session. Ready when the server knows.
    pub(super) async fn close(&self) {
        self.connection.close(VarInt::from_u32(0), b"");
        // QUIC repeats the close for three of its timeouts (RFC 9000, 10.2), each of which has some round trips. Other sessions of the socket,
        // and tries that got no answer, are not waited for.
        let closing = 10 * self.connection.rtt() + Duration::from_millis(100);
        let _ = timeout(closing, self.endpoint.wait_idle()).await;
    }
}

/// How long the server may take to open a session: without a limit, a network that loses UDP would take all the time of an attempt.
const OPEN_TIMEOUT: Duration = Duration::from_secs(5);

/// How long the first try may take.
const FIRST_TRY: Duration = Duration::from_millis(2_500);

impl Connector {
    /// Opens a session and its stream, and sends the packet that asks for a session of Engine.IO or names one.
    pub(super) async fn open_session(
        &self,
        target: &Target,
    ) -> Result<(Session, SendStream, RecvStream), TransportError> {
        let Some(quic) = self.quic.as_deref() else {
            unreachable!("the builder has its settings if it is one of the transports")
        };
        if self.proxy.is_some() {
            return Err(TransportError::Proxy(
                "carries no UDP: leave Transport::WebTransport out of Builder::transports".into(),
            ));
        }
        let opens = target.sid.is_none();
        let _permit = self.connect_permit(opens).await;
        let request = self.session_request(target)?;
        let (host, local) = (&self.address.host, self.local_address);
        let found = self.find(self.address.quic_port(), opens).await?;
        let connecting = tcp::first_address(host, found, local, |address| {
            connect(quic, local, address, request.clone())
        });
        let connecting = async {
            let late =
                |_| TransportError::WebTransport(format!("no session within {OPEN_TIMEOUT:?}"));
            timeout(OPEN_TIMEOUT, connecting).await.map_err(late)?
        };
        // QUIC's handshake is that of TLS.
        let session = self.measured(opens, Stage::Tls, connecting).await?;
        let (send, recv) = self.open_stream(&session.connection, target).await?;
        Ok((session, send, recv))
    }

    async fn open_stream(
        &self,
        connection: &Connection,
        target: &Target,
    ) -> Result<(SendStream, RecvStream), TransportError> {
        let opening = connection.open_bi().await;
        let opening = opening.map_err(|error| errors::of_session(&error, connection))?;
        let (mut send, recv) = opening.await.map_err(|error| errors::other(&error))?;
        let frame = open_frame(target);
        let written = send.write_all(&frame).await;
        written.map_err(|error| errors::other(&error))?;
        self.state.meter.wrote(frame.len());
        Ok((send, recv))
    }

    /// The request for a session, with the headers and cookies of every request.
    fn session_request(&self, target: &Target) -> Result<ConnectOptions, TransportError> {
        let mut request = ConnectOptions::builder(self.address.quic_url(target));
        for name in self.headers.keys().filter(|name| !is_of_connection(name)) {
            let values = self.headers.get_all(name).iter();
            let values: Vec<_> = values.map(HeaderValue::as_bytes).collect();
            let value = String::from_utf8(values.join(&b", "[..])).map_err(|_| {
                TransportError::WebTransport(format!("the header {name} is not UTF-8"))
            })?;
            request = request.add_header(name.as_str(), value);
        }
        if let Some(cookies) = self.cookies.header() {
            let cookies = String::from_utf8_lossy(cookies.as_bytes()).into_owned();
            request = request.add_header(header::COOKIE.as_str(), cookies);
        }
        Ok(request.build())
    }
}

/// Whether HTTP/3 forbids this header: it is about a connection, or has another form (RFC 9114, 4.2 and 4.3.1).
fn is_of_connection(name: &HeaderName) -> bool {
    const OTHERS: [&str; 2] = ["keep-alive", "proxy-connection"];
    OTHERS.contains(&name.as_str())
        || [
            header::HOST,
            header::CONNECTION,
            header::UPGRADE,
            header::TRANSFER_ENCODING,
            header::TE,
        ]
        .contains(name)
}

/// Tries twice. The second try has a new socket, if not the first one: a router or a load balancer that knows the port may send its
/// packets to a server that has gone, and loses them all.
///
/// wtransport 0.7.2 forgets what it has read of a frame on HTTP/3's control stream if another stream begins at that moment, on either
/// side. Such a session does not open, or ends with an error of HTTP/3. It happens to few (5 of 750 on a busy machine), so a second try
/// opens.
async fn connect(
    quic: &Quic,
    local: Option<IpAddr>,
    address: SocketAddr,
    request: ConnectOptions,
) -> Result<Session, TransportError> {
    let open = || QuicEndpoint::open(quic.config.clone(), local, address);
    let (endpoint, is_new) = quic.endpoints.get(address, open)?;
    let first = try_to_connect(&endpoint, address, request.clone());
    match timeout(FIRST_TRY, first).await {
        Ok(Err(Failed::Session(error))) if errors::may_pass(&error) => {}
        Ok(outcome) => return outcome.map_err(TransportError::from),
        Err(_) => {}
    }
    let endpoint = match is_new {
        true => endpoint,
        false => quic.endpoints.other(&endpoint, address, open)?,
    };
    let second = try_to_connect(&endpoint, address, request);
    second.await.map_err(TransportError::from)
}

/// Why a try has failed.
enum Failed {
    Session(ConnectingError),
    Panicked,
}

impl From<Failed> for TransportError {
    fn from(failed: Failed) -> Self {
        match failed {
            Failed::Session(error) => errors::of_opening(error),
            Failed::Panicked => errors::panicked(),
        }
    }
}

async fn try_to_connect(
    endpoint: &Arc<QuicEndpoint>,
    address: SocketAddr,
    request: ConnectOptions,
) -> Result<Session, Failed> {
    let connecting = unless_it_panics(endpoint.connect(address, request)).await;
    let connection = connecting
        .ok_or(Failed::Panicked)?
        .map_err(Failed::Session)?;
    Ok(Session {
        endpoint: endpoint.clone(),
        connection,
    })
}

/// Awaits a future of wtransport; `None` if it panics. wtransport 0.7.2 does where overflows are checked, if an integer in the head of
/// the server's response has more than 64 bits.
pub(super) async fn unless_it_panics<F: Future>(future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    poll_fn(|cx| match poll_guarded(future.as_mut(), cx) {
        Some(polled) => polled.map(Some),
        None => Poll::Ready(None),
    })
    .await
}
