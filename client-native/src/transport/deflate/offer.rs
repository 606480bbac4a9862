//! The negotiation: the offer of the client and the answer of the server. Source: RFC 7692, 5 and 7.1.

use std::fmt::Write as _;

use http::HeaderValue;

use super::codec::Deflate;
use super::settings::{Agreed, MAX_BITS, PerMessageDeflate};

/// The extension that the client offers in its handshake, if there is one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Offer(Option<PerMessageDeflate>);

const NAME: &str = "permessage-deflate";

impl Offer {
    pub(crate) fn new(settings: PerMessageDeflate) -> Offer {
        Offer(Some(settings))
    }

    /// The value of the header `Sec-WebSocket-Extensions`.
    pub(crate) fn header(&self) -> Option<HeaderValue> {
        let settings = self.0?;
        let mut header = NAME.to_owned();
        for (is_offered, parameter) in [
            (!settings.client_takeover, "; client_no_context_takeover"),
            (!settings.server_takeover, "; server_no_context_takeover"),
            // A server may limit the window of a client that says that it can.
            (true, "; client_max_window_bits"),
        ] {
            header.push_str(if is_offered { parameter } else { "" });
        }
        // Writing to a string does not fail.
        if settings.client_bits < MAX_BITS {
            let _ = write!(header, "={}", settings.client_bits);
        }
        if settings.server_bits < MAX_BITS {
            let _ = write!(header, "; server_max_window_bits={}", settings.server_bits);
        }
        HeaderValue::try_from(header).ok()
    }

    /// Accepts the extensions that the server turns on. The error says which rule they break.
    pub(crate) fn accept(&self, extensions: &str) -> Result<Deflate, String> {
        let Some(settings) = self.0 else {
            return Err(format!(
                "the server turns on an extension that the client has not asked for: {extensions:.200}"
            ));
        };
        match agree(&settings, extensions) {
            Ok(agreed) => Ok(Deflate::new(settings, agreed)),
            Err(why) => Err(format!(
                "the server answers the offer of {NAME} with {extensions:.200}, but {why}; without Builder::per_message_deflate, \
                 the client offers nothing"
            )),
        }
    }
}

fn agree(settings: &PerMessageDeflate, extensions: &str) -> Result<Agreed, &'static str> {
    let mut parameters = extensions.split(';').map(str::trim);
    if parameters.next() != Some(NAME) {
        return Err("nothing else was offered");
    }
    let (mut client_none, mut server_none) = (None, None);
    let (mut client_bits, mut server_bits) = (None, None);
    for parameter in parameters {
        match parameter.split_once('=') {
            None if parameter == "client_no_context_takeover" => once(&mut client_none, ())?,
            None if parameter == "server_no_context_takeover" => once(&mut server_none, ())?,
            Some(("client_max_window_bits", value)) => {
                once(&mut client_bits, bits(value, settings.client_bits)?)?;
            }
            Some(("server_max_window_bits", value)) => {
                once(&mut server_bits, bits(value, settings.server_bits)?)?;
            }
            _ => return Err("a parameter is unknown, or the answer has more than one extension"),
        }
    }
    Ok(Agreed {
        // Either side may turn it off for the client.
        client_takeover: settings.client_takeover && client_none.is_none(),
        // A server that does not confirm the offer may take over: reading so is right either way.
        server_takeover: server_none.is_none(),
        client_bits: client_bits.unwrap_or(settings.client_bits),
        server_bits: server_bits.unwrap_or(MAX_BITS),
    })
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<(), &'static str> {
    match slot.replace(value) {
        None => Ok(()),
        Some(_) => Err("a parameter is there twice"),
    }
}

/// A number of bits, at most those that were offered. Its grammar has no leading zeros; quotes are allowed.
fn bits(value: &str, offered: u8) -> Result<u8, &'static str> {
    let unquoted = value
        .strip_prefix('"')
        .and_then(|value| value.strip_suffix('"'));
    match unquoted.unwrap_or(value) {
        digits @ ("8" | "9" | "10" | "11" | "12" | "13" | "14" | "15") => digits
            .parse()
            .ok()
            .filter(|&bits| bits <= offered)
            .ok_or("a window is larger than offered"),
        _ => Err("the bits of a window are no number from 8 to 15"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreed(settings: PerMessageDeflate, extensions: &str) -> (bool, bool, u8, u8) {
        let agreed = agree(&settings, extensions).unwrap();
        (
            agreed.client_takeover,
            agreed.server_takeover,
            agreed.client_bits,
            agreed.server_bits,
        )
    }

    #[test]
    fn an_offer_has_the_parameters_that_differ_from_the_defaults() {
        let new = PerMessageDeflate::new;
        assert_eq!(Offer::default().header(), None);
        for (settings, header) in [
            (new(), "permessage-deflate; client_max_window_bits"),
            (
                new()
                    .client_context_takeover(false)
                    .server_context_takeover(false),
                "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits",
            ),
            (
                new().client_max_window_bits(10).server_max_window_bits(1),
                "permessage-deflate; client_max_window_bits=10; server_max_window_bits=9",
            ),
        ] {
            assert_eq!(Offer::new(settings).header().unwrap(), header);
        }
    }

    #[test]
    fn the_answer_may_restrict_both_sides() {
        let new = PerMessageDeflate::new;
        for (settings, answer, expected) in [
            (new(), "permessage-deflate", (true, true, 15, 15)),
            (
                new(),
                "permessage-deflate;server_no_context_takeover ; client_no_context_takeover",
                (false, false, 15, 15),
            ),
            (
                new(),
                "permessage-deflate; client_max_window_bits=8; server_max_window_bits=\"10\"",
                (true, true, 8, 10),
            ),
            (
                new()
                    .client_context_takeover(false)
                    .client_max_window_bits(11),
                "permessage-deflate",
                (false, true, 11, 15),
            ),
        ] {
            assert_eq!(agreed(settings, answer), expected, "{answer}");
        }
    }

    #[test]
    fn an_answer_that_breaks_a_rule_is_refused() {
        let offer = Offer::new(PerMessageDeflate::new().server_max_window_bits(10));
        for answer in [
            "x-webkit-deflate-frame",
            "permessage-deflate, permessage-deflate",
            "permessage-deflate; client_max_window_bits",
            "permessage-deflate; client_max_window_bits=7",
            "permessage-deflate; client_max_window_bits=16",
            "permessage-deflate; client_max_window_bits=09",
            "permessage-deflate; client_max_window_bits=",
            "permessage-deflate; server_max_window_bits=11",
            "permessage-deflate; server_no_context_takeover=1",
            "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
            "permessage-deflate; client_max_window_bits=9; client_max_window_bits=9",
            "permessage-deflate; level=9",
            "permessage-deflate;",
        ] {
            let error = offer.accept(answer).map(drop).unwrap_err();
            assert!(error.contains(answer), "{error}");
        }
    }
}
