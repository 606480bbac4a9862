//! The texts of the client's errors, in the words of those who run load and write no Rust.

use std::error::Error;

/// How the client's errors name its options.
const PREFIXES: [&str; 2] = ["Builder::", "AckRequest::"];

/// The client's options that have another name here.
const NAMES: [(&str, &str); 6] = [
    ("ack_timeout", "`timeout`"),
    ("cookie", "`headers`"),
    ("engine_version", "`engine`"),
    ("header", "`headers`"),
    ("local_address", "`bind`"),
    ("reconnection", "`reconnect`"),
];

/// The client's options that have the same name here.
const SAME: [&str; 6] = [
    "auth",
    "connect_timeout",
    "path",
    "proxy",
    "timeout",
    "transports",
];

/// The text of an error and of its causes.
pub(crate) fn error_text(error: &dyn Error) -> String {
    reworded(&tidewire::error_text(error))
}

/// How the client's errors name the transport that a build or a network may lack, and its name here.
const WEBTRANSPORT: (&str, &str) = ("Transport::WebTransport", "`webtransport`");

/// Names options as they are called here, and others in plain words.
fn reworded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = text.replace(WEBTRANSPORT.0, WEBTRANSPORT.1);
    let mut rest = &text[..];
    while let Some((at, prefix)) = first_prefix(rest) {
        out.push_str(&rest[..at]);
        let after = &rest[at + prefix.len()..];
        let end = after.find(|it: char| !it.is_ascii_lowercase() && it != '_');
        let (option, after) = after.split_at(end.unwrap_or(after.len()));
        out.push_str(&name(option));
        rest = after;
    }
    out + rest
}

fn first_prefix(text: &str) -> Option<(usize, &'static str)> {
    let found = PREFIXES
        .into_iter()
        .filter_map(|it| Some((text.find(it)?, it)));
    found.min()
}

fn name(option: &str) -> String {
    let other = NAMES.iter().find(|(it, _)| *it == option);
    match other {
        Some((_, name)) => (*name).to_owned(),
        None if SAME.contains(&option) => format!("`{option}`"),
        None => format!("the client's {}", option.replace('_', " ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_have_the_names_of_this_program() {
        for (text, expected) in [
            (
                "is the path right? see Builder::path",
                "is the path right? see `path`",
            ),
            (
                "see Builder::header and Builder::cookie",
                "see `headers` and `headers`",
            ),
            (
                "no response within Builder::request_timeout",
                "no response within the client's request timeout",
            ),
            (
                "late (AckRequest::timeout, Builder::ack_timeout)",
                "late (`timeout`, `timeout`)",
            ),
            (
                "leave Transport::WebTransport out of Builder::transports",
                "leave `webtransport` out of `transports`",
            ),
            ("nothing", "nothing"),
            ("Builder::", "the client's "),
        ] {
            assert_eq!(reworded(text), expected);
        }
    }
}
