//! The heads of requests and answers, as far as faults and the ends of bodies need them.

use httparse::{EMPTY_HEADER, Header, ParserConfig, Request, Response, Status};

use super::body::Body;

/// Bytes of a head. The bytes of a connection with a longer one pass as they are, without rules.
const MOST_BYTES: usize = 64 * 1024;
const MOST_HEADERS: usize = 512;

/// The begin of the bytes that came.
pub(super) enum Parsed<Head> {
    /// A head, and its bytes.
    Head(Head, usize),
    /// More bytes are needed.
    Partial,
    /// No HTTP/1 that the proxy understands.
    Foreign,
}

pub(super) struct RequestHead {
    pub(super) method: String,
    pub(super) target: String,
    /// The request asks for another protocol, in lower case.
    upgrade: Option<String>,
    /// The client sends the body after the status 100.
    pub(super) expects_continue: bool,
    pub(super) body: Body,
}

impl RequestHead {
    pub(super) fn parse(bytes: &[u8]) -> Parsed<Self> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut request = Request::new(&mut headers);
        let parsed = tolerant().parse_request(&mut request, bytes);
        parsed_head(bytes, parsed, || {
            Some(Self {
                method: request.method?.to_owned(),
                target: request.path?.to_owned(),
                upgrade: value(request.headers, "upgrade").map(lower_case),
                expects_continue: value(request.headers, "expect").is_some(),
                body: match length(request.headers)? {
                    Some(body) => body,
                    None => Body::Done,
                },
            })
        })
    }

    pub(super) fn is_websocket(&self) -> bool {
        self.upgrade.as_deref() == Some("websocket")
    }

    pub(super) fn is_connect(&self) -> bool {
        self.method == "CONNECT"
    }

    /// Returns whether bytes of another protocol may come after this request.
    pub(super) fn may_switch(&self) -> bool {
        self.upgrade.is_some() || self.is_connect()
    }

    /// Returns one value of the query.
    pub(super) fn query(&self, key: &str) -> Option<&str> {
        let (_, query) = self.target.split_once('?')?;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

pub(super) struct AnswerHead {
    pub(super) status: u16,
    pub(super) is_websocket: bool,
    /// If the answer is to a request that is not HEAD.
    pub(super) body: Body,
}

impl AnswerHead {
    pub(super) fn parse(bytes: &[u8]) -> Parsed<Self> {
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut answer = Response::new(&mut headers);
        let parsed = tolerant().parse_response(&mut answer, bytes);
        parsed_head(bytes, parsed, || {
            let status = answer.code?;
            let body = match length(answer.headers) {
                _ if matches!(status, 100..200 | 204 | 304) => Body::Done,
                Some(Some(body)) => body,
                Some(None) | None => Body::UntilEnd,
            };
            let upgrade = value(answer.headers, "upgrade").map(lower_case);
            Some(Self {
                status,
                is_websocket: upgrade.as_deref() == Some("websocket"),
                body,
            })
        })
    }

    /// Returns whether another answer to the same request follows.
    pub(super) fn is_interim(&self) -> bool {
        matches!(self.status, 100 | 102..200)
    }
}

fn parsed_head<Head>(
    bytes: &[u8],
    parsed: httparse::Result<usize>,
    head: impl FnOnce() -> Option<Head>,
) -> Parsed<Head> {
    match parsed {
        Ok(Status::Complete(length)) => {
            head().map_or(Parsed::Foreign, |head| Parsed::Head(head, length))
        }
        Ok(Status::Partial) if bytes.len() < MOST_BYTES => Parsed::Partial,
        Ok(Status::Partial) | Err(_) => Parsed::Foreign,
    }
}

/// Accepts the oddities that servers and clients accept: the proxy does not judge, it only finds the ends.
fn tolerant() -> ParserConfig {
    let mut config = ParserConfig::default();
    config
        .allow_spaces_after_header_name_in_responses(true)
        .allow_obsolete_multiline_headers_in_responses(true)
        .allow_multiple_spaces_in_response_status_delimiters(true)
        .allow_multiple_spaces_in_request_line_delimiters(true)
        .ignore_invalid_headers_in_responses(true)
        .ignore_invalid_headers_in_requests(true);
    config
}

fn value<'a>(headers: &[Header<'a>], name: &str) -> Option<&'a [u8]> {
    let mut headers = headers
        .iter()
        .filter(|header| header.name.eq_ignore_ascii_case(name));
    headers.next().map(|header| header.value.trim_ascii())
}

fn lower_case(value: &[u8]) -> String {
    String::from_utf8_lossy(value).to_ascii_lowercase()
}

/// Returns the body that the headers announce. `None` if they contradict each other, `Some(None)` if they say nothing.
fn length(headers: &[Header<'_>]) -> Option<Option<Body>> {
    let all = |name: &'static str| {
        let of_name = headers
            .iter()
            .filter(move |header| header.name.eq_ignore_ascii_case(name));
        of_name
            .flat_map(|header| header.value.split(|byte| *byte == b','))
            .map(<[u8]>::trim_ascii)
    };
    if let Some(coding) = all("transfer-encoding").next_back() {
        return coding
            .eq_ignore_ascii_case(b"chunked")
            .then_some(Some(Body::CHUNKED));
    }
    let mut lengths = all("content-length").map(number);
    let Some(first) = lengths.next() else {
        return Some(None);
    };
    let is_clear = lengths.all(|other| other == first);
    first
        .filter(|_| is_clear)
        .map(|length| Some(Body::of_length(length)))
}

fn number(digits: &[u8]) -> Option<u64> {
    let is_number = digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits)
        .ok()
        .filter(|_| is_number)?
        .parse()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(text: &str) -> RequestHead {
        match RequestHead::parse(text.as_bytes()) {
            Parsed::Head(head, length) if length == text.len() => head,
            _ => panic!("no head: {text:?}"),
        }
    }

    fn body_of_answer(headers: &str) -> Body {
        match AnswerHead::parse(format!("HTTP/1.1 200 OK\r\n{headers}\r\n").as_bytes()) {
            Parsed::Head(head, _) => head.body,
            _ => panic!("no head: {headers:?}"),
        }
    }

    fn is_foreign(text: &str) -> bool {
        matches!(RequestHead::parse(text.as_bytes()), Parsed::Foreign)
    }

    #[test]
    fn a_request_tells_what_rules_and_bodies_need() {
        let head = request(
            "POST /a?x=1&sid=s%20 HTTP/1.1\nhost: a\nCONTENT-LENGTH:  5\nExpect: 100-continue\n\n",
        );
        assert_eq!(
            (head.method.as_str(), head.target.as_str()),
            ("POST", "/a?x=1&sid=s%20")
        );
        assert_eq!((head.query("sid"), head.query("y")), (Some("s%20"), None));
        assert!(head.expects_continue && !head.may_switch());
        assert_eq!(head.body, Body::Length(5));
        let head = request("\r\nGET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n");
        assert!(head.is_websocket() && head.may_switch());
        assert_eq!(head.body, Body::Done);
        let head = request(
            "GET / HTTP/1.1\r\nTransfer-Encoding: gzip, Chunked\r\nContent-Length: 5\r\n\r\n",
        );
        assert_eq!(head.body, Body::CHUNKED);
    }

    #[test]
    fn a_request_whose_end_is_unclear_is_foreign() {
        for header in [
            "Content-Length: 1\r\nContent-Length: 2",
            "Content-Length: -1",
            "Content-Length: +1",
            "Content-Length: 99999999999999999999",
            "Transfer-Encoding: gzip",
        ] {
            assert!(
                is_foreign(&format!("POST / HTTP/1.1\r\n{header}\r\n\r\n")),
                "{header}"
            );
        }
        assert!(is_foreign("\u{1}\r\n\r\n"));
        assert!(is_foreign(&"a".repeat(MOST_BYTES)));
        assert!(is_foreign("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"));
    }

    #[test]
    fn an_answer_without_a_length_ends_with_its_connection() {
        assert_eq!(body_of_answer(""), Body::UntilEnd);
        assert_eq!(
            body_of_answer("Transfer-Encoding: gzip\r\n"),
            Body::UntilEnd
        );
        assert_eq!(
            body_of_answer("Transfer-Encoding: chunked\r\n"),
            Body::CHUNKED
        );
        assert_eq!(body_of_answer("Content-Length: 3, 3\r\n"), Body::Length(3));
        assert_eq!(body_of_answer("Content-Length: 0\r\n"), Body::Done);
    }
}
