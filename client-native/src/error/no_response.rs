//! Why a request got no HTTP response: only a host that reads the bytes knows.

/// A request that got no HTTP response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NoResponse {
    /// The connection closed, or was reset, before the end of the head.
    Closed,
    /// The first bytes are not those of a response.
    NotHttp,
    /// The first byte is that of a TLS alert.
    Tls,
    /// The head is too long, or has too many headers.
    HeadTooLarge,
}

/// The circumstances of a request, on which the advice depends.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    /// Whether it went over TLS.
    pub(crate) secure: bool,
    /// Whether it opens a session, so that the address may be wrong.
    pub(crate) opens: bool,
}

impl NoResponse {
    pub(crate) fn text(self, asked: Asked) -> String {
        let what = match self {
            NoResponse::Closed => "the server closed the connection before it responded",
            NoResponse::NotHttp => "the response is not HTTP",
            NoResponse::Tls => "the server speaks TLS",
            NoResponse::HeadTooLarge => "the head of the response is too large",
        };
        let advice = match (self, asked.secure) {
            _ if !asked.opens => "",
            (NoResponse::Closed, false) => {
                ": is the path right (see Builder::path), and does the server want https:// or wss://?"
            }
            (NoResponse::Closed, true) => ": is the path right (see Builder::path)?",
            (NoResponse::NotHttp, false) => {
                ": is the port right, and does the server want https:// or wss://?"
            }
            (NoResponse::NotHttp, true) => ": is the port right?",
            (NoResponse::Tls, _) => ": use https:// or wss://",
            (NoResponse::HeadTooLarge, _) => {
                ": is this a Socket.IO server, and does it or a proxy set too many headers?"
            }
        };
        format!("{what}{advice}")
    }
}
