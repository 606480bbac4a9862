//! Events that are received and sent, for `speed.mjs`, which measures them beside the npm package.

use std::cell::{Cell, RefCell};
use std::future::ready;
use std::rc::Rc;

use js_sys::{Array, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tidewire::{Bytes, Client, Socket};
use tidewire_web::{Timer, now};
use tokio::sync::Notify;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::wasm_bindgen;

/// The object of the measurement, in `cases.mjs` of the npm package.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    id: u32,
    user: String,
    text: String,
    tags: Vec<String>,
    at: u64,
    read: bool,
}

thread_local! {
    static SOCKET: RefCell<Option<Socket>> = const { RefCell::new(None) };
}

fn socket() -> Socket {
    SOCKET.with_borrow(|socket| socket.clone().unwrap())
}

/// Connects.
#[wasm_bindgen]
pub async fn speed_begin(url: String) {
    let socket = Client::builder(url).connect().await.unwrap();
    SOCKET.set(Some(socket));
}

/// Receives so many events of a case, whose values have this kind: `text`, `object` or `binary`.
#[wasm_bindgen]
pub async fn speed_receive(case: String, kind: String, times: u32) {
    match &*kind {
        "text" => receive::<String>(&case, times).await,
        "object" => receive::<Note>(&case, times).await,
        "binary" => receive::<Bytes>(&case, times).await,
        other => panic!("no value has the kind {other}"),
    }
}

async fn receive<T: DeserializeOwned + 'static>(case: &str, times: u32) {
    let socket = socket();
    let received = Rc::new(Cell::new(0));
    let count = received.clone();
    let handler = socket.on("event", move |_: T, _| {
        count.set(count.get() + 1);
        ready(())
    });
    let all = Rc::new(Notify::new());
    let told = all.clone();
    // The server emits it after the last event.
    socket.once("sent", move |(), _| {
        told.notify_one();
        ready(())
    });
    let _: () = socket
        .emit_with_ack("prepare", (case, times))
        .await
        .unwrap();
    socket.emit("go", ()).await.unwrap();
    all.notified().await;
    socket.off(handler);
    assert_eq!(received.get(), times);
}

/// Sends so many events with these values in turn; objects come as JSON. Waits until the server has all.
#[wasm_bindgen]
pub async fn speed_send(kind: String, values: Array, times: u32) {
    let texts = || values.iter().map(|value| value.as_string().unwrap());
    match &*kind {
        "text" => send(&texts().collect::<Vec<_>>(), times).await,
        "object" => {
            let notes = texts().map(|json| serde_json::from_str::<Note>(&json).unwrap());
            send(&notes.collect::<Vec<_>>(), times).await;
        }
        "binary" => {
            let bytes = values.iter().map(JsCast::unchecked_into::<Uint8Array>);
            let bytes = bytes.map(|bytes| Bytes::from(bytes.to_vec()));
            send(&bytes.collect::<Vec<_>>(), times).await;
        }
        other => panic!("no value has the kind {other}"),
    }
}

async fn send<T: Serialize>(values: &[T], times: u32) {
    let socket = socket();
    for (value, number) in values.iter().cycle().zip(1..=times) {
        socket.emit("event", value).await.unwrap();
        // The event loop has its turn, as in `work.mjs`.
        if number % 500 == 0 {
            Timer::new(now()).await;
        }
    }
    let arrived: u32 = socket.emit_with_ack("count", ()).await.unwrap();
    assert_eq!(arrived, times);
}
