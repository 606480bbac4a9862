//! Builders: what cannot be right is told before anything is tried.

use std::time::Duration;

use tidewire::{BuildError, Client, ConnectError, EmitError, EngineVersion};

use crate::support::scripted::Scripted;
use crate::support::{guarded, run};

#[test]
fn an_address_that_is_none_is_refused() {
    run(async {
        for url in [
            "",
            "localhost:3000",
            "ftp://x/",
            "http://",
            "/chat",
            "http://x:99999/",
        ] {
            let outcome = Client::builder(url).build();
            assert!(matches!(outcome, Err(BuildError::Url(_))), "{url}");
            let outcome = guarded(Client::builder(url).connect()).await;
            assert!(
                matches!(outcome, Err(ConnectError::Build(BuildError::Url(_)))),
                "{url}"
            );
        }
    });
}

#[test]
fn a_header_that_http_does_not_allow_is_refused() {
    run(async {
        for (name, value) in [
            ("a b", "c"),
            ("", "c"),
            ("x", "a\r\nInjected: yes"),
            ("ä", "c"),
        ] {
            let builder = Client::builder("http://localhost/").header(name, value);
            let outcome = builder.build();
            assert!(
                matches!(outcome, Err(BuildError::Header(_))),
                "{name}: {value}"
            );
        }
    });
}

#[test]
fn the_first_fault_is_the_one_that_is_told() {
    run(async {
        let unspeakable = std::collections::HashMap::from([(vec![1], 2)]);
        let builder = Client::builder("nowhere").auth(unspeakable);
        let builder = builder.header("a b", "c").root_certificate_pem(b"");
        let outcome = builder.build();
        assert!(matches!(outcome, Err(BuildError::Auth(_))), "{outcome:?}");
    });
}

#[test]
fn a_runtime_is_needed_and_said_so() {
    let outcome = Client::builder("http://localhost/").build();
    assert!(matches!(outcome, Err(BuildError::NoRuntime)), "{outcome:?}");
    // Not to await, but to be there: any thread may use the client then.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let entered = runtime.enter();
    let client = Client::builder("http://localhost/").build().unwrap();
    drop(entered);
    let socket = client.socket();
    socket.on("x", async |(): (), _| {});
    assert_eq!(socket.try_emit("kept", 1), Ok(()));
}

#[test]
fn names_that_are_the_clients_own_are_refused() {
    run(async {
        let client = Client::builder("http://localhost/").build().unwrap();
        let socket = client.socket();
        for name in [
            "connect",
            "connect_error",
            "disconnect",
            "disconnecting",
            "newListener",
            "removeListener",
        ] {
            let expected = Err(EmitError::ReservedName(name.into()));
            assert_eq!(socket.emit(name, ()).await, expected);
            assert_eq!(socket.emit_volatile(name, ()).await, expected);
            assert_eq!(socket.try_emit(name, ()), expected);
        }
    });
}

#[test]
fn a_namespace_is_called_as_the_protocol_does() {
    run(async {
        for (url, name) in [
            ("http://localhost", "/"),
            ("http://localhost/", "/"),
            ("http://localhost?room=1", "/"),
            ("ws://localhost/chat", "/chat"),
            ("http://localhost/a/b?x=1", "/a/b"),
        ] {
            let client = Client::builder(url).build().unwrap();
            assert_eq!(client.socket().name(), name);
            assert_eq!(client.namespace("").name(), "/");
            assert_eq!(client.namespace("chat").name(), "/chat");
            assert_eq!(client.namespace("/chat?a=1").name(), "/chat");
        }
    });
}

#[test]
fn before_it_is_connected_a_socket_knows_nothing_of_the_server() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        assert!(!socket.is_connected());
        assert_eq!((socket.id(), socket.engine_version()), (None, None));
        // An absence: a client that is only built does not connect.
        let nothing = tokio::time::timeout(Duration::from_millis(50), server.accept_tcp()).await;
        assert!(nothing.is_err());
        let (outcome, _conn) = tokio::join!(socket.connect(), server.let_in("/"));
        outcome.unwrap();
        assert_eq!(socket.id().as_deref(), Some("socket"));
        assert_eq!(socket.engine_version(), Some(EngineVersion::Eio4));
        socket.disconnect().await;
        assert_eq!(socket.id(), None);
        // What was learnt is kept.
        assert_eq!(socket.engine_version(), Some(EngineVersion::Eio4));
    });
}

#[test]
fn connect_is_over_at_once_when_it_is_connected_already() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = tokio::join!(server.client("/").connect(), server.let_in("/"));
        let socket = socket.unwrap();
        guarded(socket.connect()).await.unwrap();
        guarded(socket.wait_connected()).await.unwrap();
        socket.start();
        socket.emit("next", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["next"]"#);
    });
}

#[test]
fn whoever_waits_is_told_when_the_namespace_is_left_meanwhile() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let waiting = async { tokio::join!(socket.connect(), socket.wait_connected()) };
        let ((one, all), mut conn) = tokio::join!(waiting, async {
            let mut conn = server.open().await;
            assert_eq!(conn.text().await, "40");
            socket.disconnect().await;
            conn
        });
        assert!(matches!(one, Err(ConnectError::Closed)), "{one:?}");
        assert!(matches!(all, Err(ConnectError::Closed)), "{all:?}");
        conn.expect_close().await;
    });
}
