//! Disconnecting and reconnecting.

use std::time::Duration;

use tidewire::{AckError, EmitError, Event, Reason};

use crate::support::events::{expect_disconnected, expect_next_connected, next_change, next_named};
use crate::support::server::{Case, Server};
use crate::support::{guarded, reconnect_after, spawn};

pub(crate) async fn stays_disconnected_after_a_kick_until_connect(case: Case) {
    let server = Server::start(case).await;
    let builder = server.client("/lab");
    let pause = Duration::from_millis(1);
    let socket = guarded(reconnect_after(builder, pause).connect())
        .await
        .unwrap();
    let mut events = socket.events();
    let mut pending = socket.emit_with_ack::<()>("silent", ());
    // The event must be sent before the kick.
    assert!(futures_util::poll!(&mut pending).is_pending());
    socket.emit("kick", ()).await.unwrap();
    assert_eq!(
        expect_disconnected(&mut events).await,
        Reason::ServerDisconnect
    );
    assert!(matches!(
        guarded(pending).await,
        Err(AckError::Disconnected { .. })
    ));
    // The client times the ack and a reconnection alike: this one is over before an ack that is due a hundred times later.
    let unsent = socket.emit_with_ack::<u32>("echo", 0).timeout(pause * 100);
    let late = guarded(unsent).await;
    let Err(
        error @ AckError::Timeout {
            connected: false, ..
        },
    ) = late
    else {
        panic!("{late:?}")
    };
    assert!(error.to_string().contains("Socket::connect"), "{error}");
    assert!(!socket.is_connected());
    guarded(socket.connect()).await.unwrap();
    // A reconnection would have announced itself: an `Event::Reconnecting` would come first.
    expect_next_connected(&mut events).await;
    let ack: u32 = socket.emit_with_ack("echo", 1).await.unwrap();
    assert_eq!(ack, 1);
}

pub(crate) async fn reconnects_after_a_restart_and_sends_buffered_events(case: Case) {
    let mut server = Server::start(case).await;
    let pause = Duration::from_millis(20);
    let builder = server
        .client("/lab")
        .reconnection_delay(pause)
        .reconnection_delay_max(pause * 10);
    let socket = guarded(builder.connect()).await.unwrap();
    let mut events = socket.events();
    let before = socket.id().unwrap();
    server.stop().await;
    let change = next_change(&mut events).await;
    let Event::Disconnected { reason, .. } = change else {
        panic!("{change:?}")
    };
    assert!(
        matches!(reason, Reason::TransportClose | Reason::TransportError),
        "{reason}"
    );
    for number in 0..10 {
        socket.emit("echo", number).await.unwrap();
    }
    let request = spawn(socket.emit_with_ack::<String>("echo", "emitted offline"));
    server.restart().await;
    loop {
        match next_change(&mut events).await {
            Event::Connected(id) => {
                assert_ne!(id, before);
                break;
            }
            Event::ConnectError(_) => {}
            other => panic!("{other:?}"),
        }
    }
    for number in 0..10 {
        let echo = next_named(&mut events, "echo").await;
        assert_eq!(echo.args::<i32>().unwrap(), number);
    }
    assert_eq!(guarded(request).await.unwrap(), "emitted offline");
}

pub(crate) async fn disconnects_one_namespace_and_keeps_the_other(case: Case) {
    let server = Server::start(case).await;
    let lab = guarded(server.client("/lab").connect()).await.unwrap();
    let chat = lab.namespace("/chat");
    guarded(chat.connect()).await.unwrap();
    let mut events = chat.events();
    guarded(chat.disconnect()).await;
    assert_eq!(
        expect_disconnected(&mut events).await,
        Reason::ClientDisconnect
    );
    assert!(!chat.is_connected() && chat.id().is_none());
    let ack: u32 = lab.emit_with_ack("echo", 1).await.unwrap();
    assert_eq!(ack, 1);
    guarded(chat.connect()).await.unwrap();
    assert!(chat.is_connected());
}

pub(crate) async fn closes_until_the_next_connect(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut events = socket.events();
    guarded(socket.client().close()).await;
    assert!(!socket.is_connected());
    assert_eq!(
        expect_disconnected(&mut events).await,
        Reason::ClientDisconnect
    );
    let lost = socket.emit_with_ack::<()>("echo", ()).volatile().await;
    assert_eq!(lost, Err(AckError::Emit(EmitError::Closed)));
    assert_eq!(
        socket.emit("connect", ()).await,
        Err(EmitError::ReservedName("connect".into()))
    );
    guarded(socket.connect()).await.unwrap();
    assert!(socket.is_connected());
}
