//! The packets that a client has not polled yet, as the bodies that answer its polls.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::Body;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::Response;
use bytes::Bytes;

use super::limit::Limit;

/// Stands between the packets of a body of Engine.IO 4.
const SEPARATOR: u8 = 0x1e;

/// The body of an answer to a poll.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) content_type: Option<HeaderValue>,
    pub(super) body: Bytes,
}

impl From<Answer> for Response {
    fn from(answer: Answer) -> Self {
        let mut response = Self::new(Body::from(answer.body));
        if let Some(content_type) = answer.content_type {
            response.headers_mut().insert(CONTENT_TYPE, content_type);
        }
        response
    }
}

/// More waits for a client than it may.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct TooMuch;

/// Answers that wait for polls, the oldest first. Bodies of the same format become one, up to the size of an answer.
#[derive(Debug)]
pub(super) struct Fetched {
    answers: VecDeque<(Option<HeaderValue>, Vec<u8>)>,
    bytes: usize,
    limit: Arc<Limit>,
}

impl Fetched {
    pub(super) fn new(limit: Arc<Limit>) -> Self {
        Self {
            answers: VecDeque::new(),
            bytes: 0,
            limit,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    pub(super) fn is_full(&self) -> bool {
        self.limit.is_half(self.bytes)
    }

    /// Keeps an answer. One of any size may wait alone: the engine bounds it.
    ///
    /// # Errors
    /// Too much waits. All of it is forgotten.
    pub(super) fn keep(&mut self, answer: Answer, is_eio3: bool) -> Result<(), TooMuch> {
        let waiting = self.bytes + answer.body.len();
        if !self.is_empty() && waiting > self.limit.bytes {
            self.limit.note_slow(waiting);
            self.clear();
            return Err(TooMuch);
        }
        let before = self.bytes;
        self.append(answer, is_eio3);
        self.limit.add(self.bytes - before);
        Ok(())
    }

    fn append(&mut self, answer: Answer, is_eio3: bool) {
        let Answer { content_type, body } = answer;
        let most = self.limit.answer;
        match self.answers.back_mut() {
            Some((kind, last)) if *kind == content_type && last.len() + body.len() < most => {
                let before = last.len();
                if !is_eio3 {
                    last.push(SEPARATOR);
                }
                last.extend_from_slice(&body);
                self.bytes += last.len() - before;
            }
            _ => {
                self.bytes += body.len();
                self.answers.push_back((content_type, body.into()));
            }
        }
    }

    /// Takes the oldest answer.
    pub(super) fn take(&mut self) -> Option<Answer> {
        let (content_type, body) = self.answers.pop_front()?;
        self.bytes -= body.len();
        self.limit.remove(body.len());
        let body = body.into();
        Some(Answer { content_type, body })
    }

    pub(super) fn clear(&mut self) {
        self.limit.remove(self.bytes);
        self.bytes = 0;
        self.answers = VecDeque::new();
    }
}

impl Drop for Fetched {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Metric;

    fn fetched(bytes: usize, answer: usize) -> (Fetched, Arc<Limit>) {
        let limit = Arc::new(Limit {
            bytes,
            answer,
            metrics: Arc::default(),
        });
        (Fetched::new(Arc::clone(&limit)), limit)
    }

    fn answer(kind: &'static str, body: &'static str) -> Answer {
        Answer {
            content_type: Some(HeaderValue::from_static(kind)),
            body: Bytes::from_static(body.as_bytes()),
        }
    }

    #[test]
    fn bodies_of_the_same_format_become_one() {
        for (is_eio3, joined) in [(true, "1:21:3"), (false, "1:2\u{1e}1:3")] {
            let (mut fetched, limit) = fetched(100, 8);
            for body in [
                answer("text", "1:2"),
                answer("text", "1:3"),
                answer("bytes", "4"),
                answer("bytes", "56789"),
                answer("bytes", "long"),
            ] {
                fetched.keep(body, is_eio3).unwrap();
            }
            assert_eq!(fetched.take(), Some(answer("text", joined)));
            let waiting = limit.metrics.get(Metric::WaitingBytes);
            assert_eq!(usize::try_from(waiting).unwrap(), fetched.bytes);
            let rest = [fetched.take(), fetched.take(), fetched.take()];
            let second = if is_eio3 { "456789" } else { "4\u{1e}56789" };
            let expected = [answer("bytes", second), answer("bytes", "long")];
            let [first, last] = expected.map(Some);
            assert_eq!(rest, [first, last, None]);
            assert_eq!(limit.metrics.get(Metric::WaitingBytes), 0);
        }
    }

    #[test]
    fn too_much_is_forgotten_and_one_answer_of_any_size_may_wait_alone() {
        let (mut fetched, limit) = fetched(10, 5);
        assert_eq!(fetched.keep(answer("text", "eleven byte"), false), Ok(()));
        assert!(fetched.is_full());
        let more = fetched.keep(answer("text", "!"), false);
        assert_eq!(more, Err(TooMuch));
        assert!(fetched.is_empty() && !fetched.is_full());
        assert_eq!(limit.metrics.get(Metric::WaitingBytes), 0);
        assert_eq!(limit.metrics.get(Metric::SlowClientsTotal), 1);
        fetched.keep(answer("text", "abc"), false).unwrap();
        drop(fetched);
        assert_eq!(limit.metrics.get(Metric::WaitingBytes), 0);
    }
}
