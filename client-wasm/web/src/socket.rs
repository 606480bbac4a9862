//! A WebSocket.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{ArrayBuffer, JsString, Uint8Array};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BinaryType, CloseEvent, Event, MessageEvent, WebSocket};

use super::fault::Fault;
use super::policy::PolicyWatch;
use super::tasks::{self, keep};
use super::text;

/// News of a WebSocket.
#[derive(Debug)]
pub enum SocketEvent {
    /// A text message.
    Text(String),
    /// A binary message.
    Binary(Vec<u8>),
    /// The end, with the code and the text of the close frame; 1006 if there was none.
    Closed(u16, String),
    /// A message was longer than the limit. The WebSocket closes.
    TooLong,
    /// Messages were not taken as fast as they came: a browser cannot stop reading. The WebSocket closes.
    Unread,
}

impl SocketEvent {
    /// The bytes of a message.
    fn size(&self) -> usize {
        match self {
            SocketEvent::Text(text) => text.len(),
            SocketEvent::Binary(bytes) => bytes.len(),
            SocketEvent::Closed(..) | SocketEvent::TooLong | SocketEvent::Unread => 0,
        }
    }
}

/// The limits of received messages, in bytes.
#[derive(Clone, Copy, Debug)]
struct Limits {
    message: usize,
    unread: usize,
}

/// A WebSocket. It closes when it is dropped.
pub struct Socket {
    socket: WebSocket,
    inner: Rc<RefCell<Inner>>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_change: Closure<dyn FnMut(Event)>,
}

#[derive(Default)]
struct Inner {
    is_open: bool,
    events: VecDeque<SocketEvent>,
    /// The bytes of the messages in `events`.
    unread: usize,
    /// Whether nothing more is heard.
    ended: bool,
    waker: Option<Waker>,
}

impl Inner {
    /// Adds a message.
    fn push(&mut self, event: SocketEvent) -> Option<Waker> {
        if self.ended {
            return None;
        }
        self.unread += event.size();
        self.events.push_back(event);
        self.waker.take()
    }

    /// Adds the last event.
    fn end(&mut self, event: SocketEvent) -> Option<Waker> {
        let waker = self.push(event);
        self.ended = true;
        waker
    }
}

impl Socket {
    /// Opens a WebSocket. `longest`: the bytes of the longest message; `unread`: those of messages that are not taken, at which it
    /// closes.
    ///
    /// # Errors
    /// The likely reason why the browser, the page or the server does not want it.
    pub async fn open(url: &str, longest: usize, unread: usize) -> Result<Socket, Fault> {
        let policy = PolicyWatch::new(url);
        let Ok(socket) = WebSocket::new(url) else {
            // The browser knows before it tries.
            return Err(match Fault::later(url, &policy).await {
                Fault::Offline | Fault::Unknown => Fault::MixedContent,
                known => known,
            });
        };
        socket.set_binary_type(BinaryType::Arraybuffer);
        let limits = Limits {
            message: longest,
            unread,
        };
        let mut socket = Socket::listen(socket, limits);
        match std::future::poll_fn(|cx| socket.poll_open(cx)).await {
            true => Ok(socket),
            false => Err(Fault::later(url, &policy).await),
        }
    }

    fn listen(socket: WebSocket, limits: Limits) -> Socket {
        let inner = Rc::<RefCell<Inner>>::default();
        let (messages, changes) = (inner.clone(), inner.clone());
        let (closing, source) = (socket.clone(), socket.clone());
        let on_message = Closure::wrap_aborting(Box::new(move |event: MessageEvent| {
            let waker = receive(&mut messages.borrow_mut(), &event.data(), limits);
            if messages.borrow().ended {
                // The code is that of RFC 6455 for a message that is too big.
                let _ = closing.close_with_code(CLOSED_FOR_SIZE);
            }
            tasks::wake(waker);
        }) as Box<dyn FnMut(MessageEvent)>);
        let on_change = Closure::wrap_aborting(Box::new(move |event: Event| {
            let waker = change(&mut changes.borrow_mut(), &event);
            tasks::wake(waker);
        }) as Box<dyn FnMut(Event)>);
        source.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        source.set_onopen(Some(on_change.as_ref().unchecked_ref()));
        source.set_onclose(Some(on_change.as_ref().unchecked_ref()));
        source.set_onerror(Some(on_change.as_ref().unchecked_ref()));
        Socket {
            socket,
            inner,
            _on_message: on_message,
            _on_change: on_change,
        }
    }

    fn poll_open(&mut self, cx: &mut Context<'_>) -> Poll<bool> {
        let mut inner = self.inner.borrow_mut();
        if inner.is_open {
            return Poll::Ready(true);
        }
        if inner.ended {
            return Poll::Ready(false);
        }
        keep(&mut inner.waker, cx);
        Poll::Pending
    }

    /// The next event. Pending for ever after the last one.
    pub fn poll_event(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent> {
        let mut inner = self.inner.borrow_mut();
        let Some(event) = inner.events.pop_front() else {
            keep(&mut inner.waker, cx);
            return Poll::Pending;
        };
        inner.unread -= event.size();
        Poll::Ready(event)
    }

    /// Sends a text message. A closed WebSocket drops it.
    pub fn send_text(&self, text: &str) {
        let _ = self.socket.send_with_str(text);
    }

    /// Sends a binary message. A closed WebSocket drops it.
    pub fn send_binary(&self, bytes: &[u8]) {
        let _ = self.socket.send_with_u8_array(bytes);
    }

    /// The bytes that the browser has not sent yet.
    pub fn buffered(&self) -> usize {
        self.socket.buffered_amount() as usize
    }

    /// Sends the messages that wait, then closes. Events go on until [`SocketEvent::Closed`].
    pub fn close(&self) {
        let _ = self.socket.close();
    }
}

/// The code with which a browser may close because of a message: 1009 is reserved to it.
const CLOSED_FOR_SIZE: u16 = 4009;

/// The code of an end without a close frame (RFC 6455, 7.4.1).
const NO_CLOSE_FRAME: u16 = 1006;

impl Drop for Socket {
    fn drop(&mut self) {
        self.socket.set_onmessage(None);
        self.socket.set_onopen(None);
        self.socket.set_onclose(None);
        self.socket.set_onerror(None);
        self.close();
    }
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

fn receive(inner: &mut Inner, data: &JsValue, limits: Limits) -> Option<Waker> {
    let read = |size: u32, event: &dyn Fn() -> SocketEvent| {
        let size = size as usize;
        if size > limits.message {
            Err(SocketEvent::TooLong)
        } else if inner.unread + size > limits.unread.max(limits.message) {
            Err(SocketEvent::Unread)
        } else {
            Ok(event())
        }
    };
    // Each question to JavaScript takes a while, and most messages are texts.
    let read = if let Some(string) = data.dyn_ref::<JsString>() {
        let units = string.length();
        read(units, &|| SocketEvent::Text(text::read(string, units)))
    } else {
        let buffer = data.dyn_ref::<ArrayBuffer>()?;
        read(buffer.byte_length(), &|| {
            SocketEvent::Binary(Uint8Array::new(buffer).to_vec())
        })
    };
    match read {
        Ok(message) => inner.push(message),
        Err(last) => inner.end(last),
    }
}

fn change(inner: &mut Inner, event: &Event) -> Option<Waker> {
    if let Some(close) = event.dyn_ref::<CloseEvent>() {
        return inner.end(SocketEvent::Closed(close.code(), close.reason()));
    }
    match &*event.type_() {
        "open" => {
            inner.is_open = true;
            inner.waker.take()
        }
        // Chromium dispatches no `close` if a Content-Security-Policy forbids the address.
        _ if !inner.is_open => inner.end(SocketEvent::Closed(NO_CLOSE_FRAME, String::new())),
        _ => None,
    }
}
