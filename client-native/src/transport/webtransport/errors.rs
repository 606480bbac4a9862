//! Errors of QUIC, HTTP/3 and sessions, in words for the user.

use std::error::Error;

use wtransport::error::{ApplicationClose, ConnectingError, ConnectionError};
use wtransport::{Connection, quinn};

use crate::error::{TransportError, shown};

/// The code with which a server closes HTTP/3 that has no error.
const NO_ERROR: u64 = 0x100;

/// The errors of HTTP/3, from the code 0x101. Source: RFC 9114, 8.1.
const HTTP3: [&str; 16] = [
    "general protocol error",
    "internal error",
    "stream creation error",
    "closed critical stream",
    "frame unexpected",
    "frame error",
    "excessive load",
    "id error",
    "settings error",
    "missing settings",
    "request rejected",
    "request cancelled",
    "request incomplete",
    "message error",
    "connect error",
    "version fallback",
];

/// Returns whether a second try may open the session: after an error of HTTP/3, or of the endpoint.
pub(super) fn may_pass(error: &ConnectingError) -> bool {
    let error = match error {
        ConnectingError::ConnectionError(error) => error,
        other => return matches!(other, ConnectingError::EndpointStopping),
    };
    match error {
        ConnectionError::ApplicationClosed(close) => http3_error(close).is_some(),
        // wtransport forgets the error if its client is about to read the response.
        ConnectionError::LocalH3Error(_) | ConnectionError::LocallyClosed => true,
        ConnectionError::ConnectionClosed(_)
        | ConnectionError::TimedOut
        | ConnectionError::QuicProto(_)
        | ConnectionError::CidsExhausted => false,
    }
}

/// The error of a session that does not open.
pub(super) fn of_opening(error: ConnectingError) -> TransportError {
    match error {
        ConnectingError::ConnectionError(ConnectionError::LocallyClosed) => {
            TransportError::WebTransport(
                "the server speaks HTTP/3, and ends the request for a session without a response: has it WebTransport?"
                    .into(),
            )
        }
        ConnectingError::ConnectionError(error) => of_connection(&error),
        ConnectingError::DnsLookup(error) => error.into(),
        ConnectingError::SessionRejected => TransportError::WebTransport(
            "the server speaks HTTP/3, and refuses the session: is the path right (see Builder::path)?"
                .into(),
        ),
        ConnectingError::InvalidUrl(_)
        | ConnectingError::DnsNotFound
        | ConnectingError::ReservedHeader(_)
        | ConnectingError::EndpointStopping
        | ConnectingError::CidsExhausted
        | ConnectingError::InvalidServerName(_)
        | ConnectingError::InvalidRemoteAddress(_) => other(&error),
    }
}

/// The error of a session that was open.
pub(super) fn of_session(error: &ConnectionError, connection: &Connection) -> TransportError {
    let reason = connection.quic_connection().close_reason();
    match error {
        // The code of a capsule is the application's, even if it is a number of HTTP/3.
        ConnectionError::ApplicationClosed(close)
            if !matches!(reason, Some(quinn::ConnectionError::ApplicationClosed(_))) =>
        {
            TransportError::session_closed(close.code().into_inner(), close.reason())
        }
        error => of_connection(error),
    }
}

fn of_connection(error: &ConnectionError) -> TransportError {
    match error {
        ConnectionError::ApplicationClosed(close) => closed(close),
        ConnectionError::LocalH3Error(error) => TransportError::WebTransport(format!(
            "the server breaks HTTP/3, or uses a part that this client does not know, such as GOAWAY: {error}"
        )),
        ConnectionError::ConnectionClosed(_)
        | ConnectionError::LocallyClosed
        | ConnectionError::TimedOut
        | ConnectionError::QuicProto(_)
        | ConnectionError::CidsExhausted => of_quic(error),
    }
}

/// The server has closed the connection.
fn closed(close: &ApplicationClose) -> TransportError {
    let (code, reason) = (close.code().into_inner(), close.reason());
    match http3_error(close) {
        Some(error) => TransportError::http3_closed(error, reason),
        None if code == NO_ERROR => TransportError::session_closed(0, reason),
        None => TransportError::session_closed(code, reason),
    }
}

/// The name of the error of HTTP/3 with which the server has closed.
fn http3_error(close: &ApplicationClose) -> Option<&'static str> {
    let number = close.code().into_inner().checked_sub(NO_ERROR + 1)?;
    HTTP3.get(usize::try_from(number).ok()?).copied()
}

fn of_quic(error: &ConnectionError) -> TransportError {
    // It may have a text of the server.
    let text = shown(&error.to_string());
    // rustls's words, which QUIC carries as a text.
    if text.contains("invalid peer certificate") {
        return TransportError::Tls(format!(
            "{text}: add the root of the certificate with Builder::root_certificate_pem, or its hash with \
             Builder::server_certificate_hashes"
        ));
    }
    TransportError::WebTransport(text)
}

/// Any other error.
pub(super) fn other(error: &impl Error) -> TransportError {
    TransportError::WebTransport(error.to_string())
}

pub(super) fn panicked() -> TransportError {
    TransportError::WebTransport("the server breaks HTTP/3, and wtransport has panicked".into())
}
