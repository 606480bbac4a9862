//! Acks in both directions, and events in order.

use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use serde_json::{Value, json};
use tidewire::{AckError, Context};

use crate::support::events::next_named;
use crate::support::guarded;
use crate::support::server::{Case, Server};

pub(crate) async fn receives_acks(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let (text, number): (String, i64) = socket.emit_with_ack("echo", ("a", -5)).await.unwrap();
    assert_eq!((text.as_str(), number), ("a", -5));
    let nested = json!({"deep": [1, {"x": null}], "text": "é€😀\u{1e}"});
    let same: Value = socket.emit_with_ack("echo", nested.clone()).await.unwrap();
    assert_eq!(same, nested);
    socket.emit_with_ack::<()>("echo", ()).await.unwrap();
    let wrong = socket
        .emit_with_ack::<u32>("echo", "text")
        .await
        .unwrap_err();
    assert!(matches!(wrong, AckError::Decode { .. }), "{wrong:?}");
}

pub(crate) async fn sends_acks(case: Case) {
    let server = Server::start(case).await;
    let builder = server
        .client("/lab")
        .on("question", |(a, b): (i64, i64), mut cx: Context| {
            async move {
                assert!(cx.wants_ack());
                // A handler may await an ack before it sends its own.
                let sum: i64 = cx.socket().emit_with_ack("echo", a + b).await.unwrap();
                cx.ack((sum, "done")).await.unwrap();
            }
        });
    let socket = guarded(builder.connect()).await.unwrap();
    let mut events = socket.events();
    socket.emit("question", (20, 22)).await.unwrap();
    let answered = next_named(&mut events, "answered").await;
    assert_eq!(
        answered.args::<(i64, String)>().unwrap(),
        (42, "done".to_owned())
    );
}

pub(crate) async fn a_thousand_acks_reach_their_callers(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut requests: FuturesUnordered<_> = (0..1000u32)
        .map(|number| {
            let request = socket.emit_with_ack::<u32>("echo", number);
            async move { (number, request.await.unwrap()) }
        })
        .collect();
    let mut acked = 0;
    while let Some((number, ack)) = guarded(requests.next()).await {
        assert_eq!(number, ack);
        acked += 1;
    }
    assert_eq!(acked, 1000);
}

pub(crate) async fn times_out_without_an_ack(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let silent = socket
        .emit_with_ack::<()>("silent", 1)
        .timeout(Duration::from_millis(100));
    assert!(matches!(
        guarded(silent).await,
        Err(AckError::Timeout { .. })
    ));
    let dropped = socket.emit_with_ack::<()>("silent", 2);
    drop(dropped);
    let ack: u32 = socket.emit_with_ack("echo", 3).await.unwrap();
    assert_eq!(ack, 3);
}

pub(crate) async fn receives_a_flood_in_order(case: Case) {
    const COUNT: u32 = 5000;
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut events = socket.events();
    socket.emit("flood", (COUNT, "text")).await.unwrap();
    for expected in 0..COUNT {
        let tick = next_named(&mut events, "tick").await;
        assert_eq!(
            tick.args::<(u32, String)>().unwrap(),
            (expected, "text".to_owned())
        );
    }
    let flooded = next_named(&mut events, "flooded").await;
    assert_eq!(flooded.args::<u32>().unwrap(), COUNT);
}
