//! The errors of HTTP requests, from those of hyper.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter::successors;

use super::tls;
use crate::error::{Asked, NoResponse, TransportError};

/// Converts the error of a request to `host`. `unread` are the bytes that hyper has read and not used.
pub(super) fn request_error(
    error: &hyper::Error,
    unread: &[u8],
    asked: Asked,
    host: &str,
) -> TransportError {
    let io = sources(error).find_map(|source| source.downcast_ref::<io::Error>());
    if let Some(failed) = io.and_then(|io| tls::find(io)) {
        return tls::error(failed, host);
    }
    if let Some(why) = no_response(error, io, unread, asked) {
        return TransportError::Http(why.text(asked));
    }
    match io {
        Some(io) => copy(io).into(),
        None => TransportError::Http(sources(error).last().unwrap_or(error).to_string()),
    }
}

/// Why there is no response, or only a part of it.
fn no_response(
    error: &hyper::Error,
    io: Option<&io::Error>,
    unread: &[u8],
    asked: Asked,
) -> Option<NoResponse> {
    /// The first byte of a TLS alert.
    const ALERT: u8 = 21;
    if unread.first() == Some(&ALERT) && !asked.secure {
        return Some(NoResponse::Tls);
    }
    if error.is_parse() {
        // hyper has a method for it, for servers only.
        let is_too_large = error.to_string().contains("too large");
        return Some(if is_too_large {
            NoResponse::HeadTooLarge
        } else {
            NoResponse::NotHttp
        });
    }
    let Some(io) = io else {
        let has_closed = error.is_incomplete_message() || error.is_canceled();
        return has_closed.then_some(NoResponse::Closed);
    };
    match io.kind() {
        _ if asked.opens && tls::is_end(io) => Some(NoResponse::Closed),
        // A body that ends too early.
        ErrorKind::UnexpectedEof => Some(NoResponse::Closed),
        // hyper's kinds for a body in chunks that breaks a rule.
        ErrorKind::InvalidData | ErrorKind::InvalidInput => Some(NoResponse::NotHttp),
        _ => None,
    }
}

/// hyper lends its error only.
fn copy(error: &io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(code) => io::Error::from_raw_os_error(code),
        None => io::Error::new(error.kind(), error.to_string()),
    }
}

/// The sources of an error, the root last.
fn sources(error: &hyper::Error) -> impl Iterator<Item = &(dyn Error + 'static)> {
    successors(error.source(), |&error| error.source())
}
