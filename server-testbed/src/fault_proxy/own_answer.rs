//! The answers that the proxy gives instead of the server.

use super::statement::{Fault, Page};

/// Returns the whole answer, after which the connection ends. `None` if this fault is no answer.
pub(super) fn own_answer(fault: &Fault, is_head: bool) -> Option<Vec<u8>> {
    let (status, fields, body) = match fault {
        Fault::Status(status, Page::Html) => {
            let body = "<html><body><h1>An error page of a proxy</h1></body></html>";
            (*status, "Content-Type: text/html\r\n".to_owned(), body)
        }
        Fault::Status(status, Page::Json) => {
            let body = r#"{"code":1,"message":"Session ID unknown"}"#;
            (
                *status,
                "Content-Type: application/json\r\n".to_owned(),
                body,
            )
        }
        Fault::Redirect(url) => (302, format!("Location: {url}\r\n"), ""),
        _ => return None,
    };
    let head = format!(
        "HTTP/1.1 {status} Fault\r\nAccess-Control-Allow-Origin: *\r\nConnection: close\r\n"
    );
    // RFC 9110: these have no body, and 204 no length either.
    let answer = match status {
        204 | 304 => format!("{head}\r\n"),
        205 => format!("{head}Content-Length: 0\r\n\r\n"),
        _ => {
            let shown = if is_head { "" } else { body };
            format!(
                "{head}{fields}Content-Length: {}\r\n\r\n{shown}",
                body.len()
            )
        }
    };
    Some(answer.into_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, is_head: bool) -> String {
        let answer = own_answer(&Fault::Status(status, Page::Html), is_head).unwrap();
        String::from_utf8(answer).unwrap()
    }

    #[test]
    fn an_answer_has_a_body_only_if_its_status_and_the_method_allow_one() {
        assert!(answer(502, false).ends_with(
            "Content-Length: 59\r\n\r\n<html><body><h1>An error page of a proxy</h1></body></html>"
        ));
        assert!(answer(502, true).ends_with("Content-Length: 59\r\n\r\n"));
        for status in [204, 304] {
            assert!(answer(status, false).ends_with("Connection: close\r\n\r\n"));
        }
        assert!(answer(205, false).ends_with("Content-Length: 0\r\n\r\n"));
        assert_eq!(own_answer(&Fault::Reset, false), None);
    }
}
