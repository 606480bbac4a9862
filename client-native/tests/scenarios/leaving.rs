//! Getting out, and coming back.

use std::time::Duration;

use tidewire::{AckError, EmitError, Event, Reason};

use crate::support::server::{Case, Server};
use crate::support::{guarded, next_change, next_named};

pub(crate) async fn stays_away_after_a_kick_until_it_connects_again(case: Case) {
    let server = Server::start(case).await;
    let builder = server.client("/lab");
    let pause = Duration::from_millis(1);
    let socket = guarded(
        builder
            .reconnection_delay(pause)
            .reconnection_delay_max(pause)
            .connect(),
    )
    .await
    .unwrap();
    let mut events = socket.events();
    let mut waiting = socket.emit_with_ack::<()>("silent", ());
    // It must be on its way before the kick.
    assert!(futures_util::poll!(&mut waiting).is_pending());
    socket.emit("kick", ()).await.unwrap();
    let change = next_change(&mut events).await;
    assert!(
        matches!(
            change,
            Event::Disconnected {
                reason: Reason::ServerDisconnect,
                ..
            }
        ),
        "{change:?}"
    );
    assert!(matches!(
        guarded(waiting).await,
        Err(AckError::Disconnected { .. })
    ));
    // Many times the pause after which it would have come back.
    let nothing = tokio::time::timeout(pause * 200, events.next()).await;
    assert!(nothing.is_err() && !socket.is_connected(), "{nothing:?}");
    guarded(socket.connect()).await.unwrap();
    let answer: u32 = socket.emit_with_ack("echo", 1).await.unwrap();
    assert_eq!(answer, 1);
}

pub(crate) async fn comes_back_after_a_restart_and_sends_what_waited(case: Case) {
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
    let asked = tokio::spawn(socket.emit_with_ack::<String>("echo", "asked offline"));
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
    assert_eq!(guarded(asked).await.unwrap().unwrap(), "asked offline");
}

pub(crate) async fn leaves_one_namespace_and_keeps_the_other(case: Case) {
    let server = Server::start(case).await;
    let lab = guarded(server.client("/lab").connect()).await.unwrap();
    let chat = lab.namespace("/chat");
    guarded(chat.connect()).await.unwrap();
    let mut events = chat.events();
    guarded(chat.disconnect()).await;
    let change = next_change(&mut events).await;
    assert!(
        matches!(
            change,
            Event::Disconnected {
                reason: Reason::ClientDisconnect,
                ..
            }
        ),
        "{change:?}"
    );
    assert!(!chat.is_connected() && chat.id().is_none());
    let answer: u32 = lab.emit_with_ack("echo", 1).await.unwrap();
    assert_eq!(answer, 1);
    guarded(chat.connect()).await.unwrap();
    assert!(chat.is_connected());
}

pub(crate) async fn closes_for_good(case: Case) {
    let server = Server::start(case).await;
    let socket = guarded(server.client("/lab").connect()).await.unwrap();
    let mut events = socket.events();
    guarded(socket.client().close()).await;
    assert!(!socket.is_connected());
    let change = next_change(&mut events).await;
    assert!(
        matches!(
            change,
            Event::Disconnected {
                reason: Reason::ClientDisconnect,
                ..
            }
        ),
        "{change:?}"
    );
    let lost = socket.emit_with_ack::<()>("echo", ()).volatile().await;
    assert!(matches!(lost, Err(AckError::Dropped { .. })), "{lost:?}");
    assert_eq!(
        socket.emit("connect", ()).await,
        Err(EmitError::ReservedName("connect".into()))
    );
    guarded(socket.connect()).await.unwrap();
    assert!(socket.is_connected());
}
