//! Why a connection could not be opened, and what to do about it: one table for both transports.

use std::io::{self, ErrorKind};

/// The advice for an error of the network.
pub(super) fn io_advice(error: &io::Error) -> Option<&'static str> {
    /// Too many open files, on every Unix.
    const EMFILE: i32 = 24;
    /// No such host, on Windows.
    const HOST_NOT_FOUND: i32 = 11_001;
    let code = error.raw_os_error();
    // The standard library has no kind for it.
    let is_name = error.to_string().contains("failed to lookup address")
        || cfg!(windows) && code == Some(HOST_NOT_FOUND);
    Some(match error.kind() {
        _ if is_name => "is the host name right, and does this machine have a name server?",
        _ if cfg!(unix) && code == Some(EMFILE) => "raise the limit of open files (ulimit -n)",
        ErrorKind::ConnectionRefused => "is the server running, and is the port right?",
        ErrorKind::TimedOut => "is the server up, and does a firewall drop packets?",
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            "is this machine online, and is the address right?"
        }
        ErrorKind::AddrNotAvailable => {
            "is Builder::local_address one of this machine, and are local ports left?"
        }
        ErrorKind::PermissionDenied => "does a firewall or sandbox forbid it?",
        _ => return None,
    })
}

/// The advice for a response with this status and body.
pub(super) fn status_advice(status: u16, body: &str) -> Option<&'static str> {
    Some(match status {
        _ if wants_tls(body) => "use https:// or wss://",
        200..=299 => {
            "a WebSocket needs 101: is the path right, see Builder::path, and does a proxy pass WebSockets on?"
        }
        400 => return ServerError::of(body).map(ServerError::advice),
        401 => "does it want credentials? see Builder::header",
        403 => "are the credentials right? see Builder::header and Builder::cookie",
        404 => "is the path right? see Builder::path",
        413 => "the packet is larger than the server or a proxy allows",
        426 => "does the server want a WebSocket? see Builder::transports",
        429 => "too many requests: see Builder::reconnection_delay",
        431 => "the cookies or headers are larger than the server allows",
        // A Socket.IO server closes a request for a WebSocket at another path without a response.
        502..=504 => {
            "a proxy responds, and the server behind it does not: is it running, and is the path right, see Builder::path"
        }
        _ => return None,
    })
}

/// The meaning of the code of a close frame. Source: RFC 6455, 7.4.1, and the registry of IANA.
pub(super) fn close_meaning(code: u16) -> &'static str {
    match code {
        1000 => "normal",
        1001 => "the server goes away",
        1002 | 1003 | 1007 => "the server finds the data wrong: does a proxy change it?",
        1008 => "against the rules of the server",
        1009 => "a packet is larger than the server allows: see its maxHttpBufferSize",
        1010 => "the server wants an extension",
        1011 => "an error in the server",
        1012 => "the server restarts",
        1013 => "the server is overloaded",
        1014 => "a proxy has no good response of the server",
        _ => "of the server's own",
    }
}

/// Whether nginx or Go says that the port is one for TLS.
fn wants_tls(body: &str) -> bool {
    body.contains("plain HTTP request was sent to HTTPS port")
        || body.contains("HTTP request to an HTTPS server")
}

/// The reason of an Engine.IO server. Source: engine.io 6.6, `server.ts`, `BaseServer.errors`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ServerError {
    UnknownTransport,
    UnknownSid,
    BadMethod,
    BadRequest,
    Forbidden,
    UnsupportedVersion,
}

impl ServerError {
    const ALL: [(ServerError, &str); 6] = [
        (ServerError::UnknownTransport, "Transport unknown"),
        (ServerError::UnknownSid, "Session ID unknown"),
        (ServerError::BadMethod, "Bad handshake method"),
        (ServerError::BadRequest, "Bad request"),
        (ServerError::Forbidden, "Forbidden"),
        (
            ServerError::UnsupportedVersion,
            "Unsupported protocol version",
        ),
    ];

    /// Reads the body of a response with status 400: JSON with a code over polling, the bare text over WebSocket.
    pub(crate) fn of(body: &str) -> Option<ServerError> {
        #[derive(serde::Deserialize)]
        struct Content {
            code: usize,
        }
        let by_code = serde_json::from_str::<Content>(body).ok();
        let mut all = ServerError::ALL.into_iter();
        // python-engineio has a sentence of its own.
        let is_version = body.contains("unsupported version of the Socket.IO");
        match by_code {
            Some(Content { code }) => all.nth(code).map(|(error, _)| error),
            None if is_version => Some(ServerError::UnsupportedVersion),
            None => all.find(|(_, text)| *text == body).map(|(error, _)| error),
        }
    }

    fn advice(self) -> &'static str {
        match self {
            ServerError::UnknownTransport => {
                "the server has this transport switched off: see Builder::transports"
            }
            ServerError::UnknownSid => {
                "the session is over, or another process of the server got this request: polling needs sticky sessions"
            }
            ServerError::BadMethod | ServerError::BadRequest => {
                "does a proxy change the requests, and does it pass WebSockets on?"
            }
            ServerError::Forbidden => {
                "are the credentials right? see Builder::header and Builder::cookie"
            }
            ServerError::UnsupportedVersion => {
                "the server does not speak this Engine.IO version: see Builder::engine_version"
            }
        }
    }
}
