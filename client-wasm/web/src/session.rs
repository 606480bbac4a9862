//! A session of WebTransport with one bidirectional stream.
//!
//! web-sys has the class as an unstable API only, so its members are looked up by their names.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, WritableStreamDefaultWriter};

use super::fault::Fault;
use super::global::{global, property};
use super::policy::PolicyWatch;

/// Why there is no session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionFault {
    /// The browser has no WebTransport, or not for this page.
    Missing,
    /// The likely reason.
    Refused(Fault),
}

/// Why a stream has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SessionEnd {
    /// The peer sends nothing more.
    Finished,
    /// The peer has given up a direction of the stream, with this text of the browser.
    Reset(String),
    /// The peer has closed the session, with this code and text.
    Closed(u32, String),
    /// The session has failed, with this text of the browser.
    Failed(String),
}

/// An open session. It closes when it is dropped.
pub struct Session {
    _session: Closing,
    /// Ready when the session has ended.
    closed: JsFuture,
    /// Whether it has failed, and only the reason is awaited.
    has_failed: bool,
    /// How it has ended.
    end: Option<SessionEnd>,
    reader: ReadableStreamDefaultReader,
    /// A read that is not done.
    reading: Option<JsFuture>,
    writer: WritableStreamDefaultWriter,
    /// A write that is not done, and its bytes.
    writing: Option<(JsFuture, usize)>,
    /// The bytes of the next write.
    queued: Vec<u8>,
}

impl Session {
    /// Opens a session and its stream. `hashes`: the SHA-256 hashes of the certificates to trust; without one, the browser decides.
    ///
    /// # Errors
    /// The browser has no such class, or does not open the session.
    pub async fn open(url: &str, hashes: &[[u8; 32]]) -> Result<Session, SessionFault> {
        let policy = PolicyWatch::new(url);
        let Ok(class) = global(&["WebTransport"]).dyn_into::<Function>() else {
            return Err(SessionFault::Missing);
        };
        let opened = match Reflect::construct(&class, &Array::of2(&url.into(), &options(hashes))) {
            Ok(session) => Session::of(Closing(session)).await,
            Err(error) => Err(error),
        };
        match opened {
            Ok(session) => Ok(session),
            Err(_) => Err(SessionFault::Refused(Fault::later(url, &policy).await)),
        }
    }

    async fn of(session: Closing) -> Result<Session, JsValue> {
        let closed = JsFuture::from(promise(property(&session.0, "closed"))?);
        JsFuture::from(promise(property(&session.0, "ready"))?).await?;
        let stream = call(&session.0, "createBidirectionalStream")?;
        let stream = JsFuture::from(promise(stream)?).await?;
        let reader = call(&property(&stream, "readable"), "getReader")?;
        let writer = call(&property(&stream, "writable"), "getWriter")?;
        Ok(Session {
            _session: session,
            closed,
            has_failed: false,
            end: None,
            reader: reader.unchecked_into(),
            reading: None,
            writer: writer.unchecked_into(),
            writing: None,
            queued: Vec::new(),
        })
    }

    /// Queues bytes, which [`Session::poll_write`] writes.
    pub fn push(&mut self, bytes: &[u8]) {
        self.queued.extend_from_slice(bytes);
    }

    /// The bytes that the stream has not taken yet.
    pub fn unsent(&self) -> usize {
        let written = self.writing.as_ref().map_or(0, |(_, size)| *size);
        self.queued.len() + written
    }

    /// Writes the queued bytes. Pending while the stream has not taken them all.
    pub fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), SessionEnd>> {
        loop {
            if self.has_failed {
                return self.poll_end(cx).map(Err);
            }
            if let Some((writing, _)) = &mut self.writing {
                let written = ready!(Pin::new(writing).poll(cx));
                self.writing = None;
                if let Err(error) = written {
                    return self.poll_failed(cx, &error).map(Err);
                }
            }
            if self.queued.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let bytes = Uint8Array::from(&self.queued[..]);
            let writing = JsFuture::from(self.writer.write_with_chunk(&bytes));
            self.writing = Some((writing, self.queued.len()));
            // A large write must not leave its memory here.
            self.queued = Vec::new();
        }
    }

    /// Reads the next bytes.
    pub fn poll_read(&mut self, cx: &mut Context<'_>) -> Poll<Result<Vec<u8>, SessionEnd>> {
        if self.has_failed {
            return self.poll_end(cx).map(Err);
        }
        let reader = &self.reader;
        let reading = self
            .reading
            .get_or_insert_with(|| JsFuture::from(reader.read()));
        let read = ready!(Pin::new(reading).poll(cx));
        self.reading = None;
        match read {
            Ok(read) => Poll::Ready(match property(&read, "value").dyn_into::<Uint8Array>() {
                Ok(bytes) => Ok(bytes.to_vec()),
                Err(_) => Err(SessionEnd::Finished),
            }),
            Err(error) => self.poll_failed(cx, &error).map(Err),
        }
    }

    /// Writes the queued bytes, waits until the peer has confirmed them, and closes the session.
    pub async fn close(mut self) {
        // The end of the session discards what the stream has not sent.
        if poll_fn(|cx| self.poll_write(cx)).await.is_ok() {
            let _ = JsFuture::from(self.writer.close()).await;
        }
    }

    /// A read or write has failed.
    fn poll_failed(&mut self, cx: &mut Context<'_>, error: &JsValue) -> Poll<SessionEnd> {
        self.has_failed = true;
        if property(error, "source").as_string().as_deref() == Some("stream") {
            self.end = Some(SessionEnd::Reset(text(error, "message")));
        }
        self.poll_end(cx)
    }

    /// Waits for the reason why the session has ended.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<SessionEnd> {
        if let Some(end) = &self.end {
            return Poll::Ready(end.clone());
        }
        let end = match ready!(Pin::new(&mut self.closed).poll(cx)) {
            Ok(info) => SessionEnd::Closed(close_code(&info), text(&info, "reason")),
            Err(error) => SessionEnd::Failed(text(&error, "message")),
        };
        self.end = Some(end.clone());
        Poll::Ready(end)
    }
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// A session, also one that is not ready, which closes when it is dropped.
struct Closing(JsValue);

impl Drop for Closing {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = call(&self.0, "close");
    }
}

fn options(hashes: &[[u8; 32]]) -> Object {
    let options = Object::new();
    if !hashes.is_empty() {
        let hashes: Array = hashes.iter().map(hash_option).collect();
        set(&options, "serverCertificateHashes", &hashes);
    }
    options
}

fn hash_option(hash: &[u8; 32]) -> Object {
    let option = Object::new();
    set(&option, "algorithm", &"sha-256".into());
    set(&option, "value", &Uint8Array::from(&hash[..]));
    option
}

fn set(object: &Object, name: &str, value: &JsValue) {
    // A new object takes every property.
    let _ = Reflect::set(object, &name.into(), value);
}

fn call(object: &JsValue, name: &str) -> Result<JsValue, JsValue> {
    let method: Function = property(object, name).dyn_into()?;
    method.call0(object)
}

fn promise(value: JsValue) -> Result<Promise, JsValue> {
    value.dyn_into()
}

fn text(object: &JsValue, name: &str) -> String {
    property(object, name).as_string().unwrap_or_default()
}

fn close_code(info: &JsValue) -> u32 {
    // The cast saturates; 0 if there is none.
    property(info, "closeCode").as_f64().unwrap_or_default() as u32
}
