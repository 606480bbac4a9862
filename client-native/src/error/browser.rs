//! Why a browser refused, and what to check.

use thiserror::Error;

/// The likely reason why a browser did not open a WebSocket or WebTransport, or send a request. Its console often tells more than it tells a program.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BrowserError {
    /// A page over `https` must not connect to a server without TLS.
    #[error(
        "the browser refuses mixed content: the page has come over https, so the server needs https:// or wss://"
    )]
    MixedContent,
    /// The page's Content-Security-Policy forbids the address, by this directive.
    #[error(
        "the page's Content-Security-Policy forbids it: add the server, with its ws:// or wss:// address too, to `{0}`"
    )]
    Policy(String),
    /// The server responds, but does not allow this page to read it.
    #[error(
        "the server does not allow this page (CORS): add its origin to `cors` of the server, with `credentials` if Builder::with_credentials is on"
    )]
    Cors,
    /// The browser says that the device has no network.
    #[error("the device is offline")]
    Offline,
    /// The browser has no WebTransport, or not for this page.
    #[error(
        "the browser has no WebTransport for this page: it is too old, or the page has not come over https. Another transport in \
         Builder::transports serves it"
    )]
    NoWebTransport,
    /// The browser does not tell the reason.
    #[error(
        "the server cannot be reached, and the browser does not say why: is it running, are address and path right (Builder::path), \
         is its certificate valid, does it allow the origin of this page, and may the page reach the local network? \
         The browser's console may tell more"
    )]
    Unreachable,
    /// The browser held this many bytes that no listener has taken, and it cannot stop reading. The connection closes.
    #[error(
        "{0} bytes from the server were not taken, and a browser cannot stop reading: let handlers and streams take events faster"
    )]
    Unread(usize),
}
