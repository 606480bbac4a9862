//! Builders: wrong settings are errors before any connection is tried.

use tidewire::{BuildError, Client, ConnectError, EmitError, EngineVersion};

use crate::support::scripted::Scripted;
use crate::support::{guarded, run, run_on_one_thread};

#[test]
fn an_invalid_url_is_refused() {
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
fn an_invalid_header_is_refused() {
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
fn build_fails_with_the_first_error() {
    run(async {
        let not_json = std::collections::HashMap::from([(vec![1], 2)]);
        let builder = Client::builder("nowhere").auth(not_json);
        let builder = builder.header("a b", "c").root_certificate_pem(b"");
        let outcome = builder.build();
        assert!(matches!(outcome, Err(BuildError::Auth(_))), "{outcome:?}");
    });
}

#[test]
fn building_outside_a_runtime_is_an_error() {
    let outcome = Client::builder("http://localhost/").build();
    assert!(matches!(outcome, Err(BuildError::NoRuntime)), "{outcome:?}");
    // Entering a runtime is enough; afterwards any thread may use the client.
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let entered = runtime.enter();
    let client = Client::builder("http://localhost/").build().unwrap();
    drop(entered);
    let socket = client.socket();
    socket.on("x", async |(): (), _| {});
    assert_eq!(socket.try_emit("kept", 1), Ok(()));
}

#[test]
fn reserved_event_names_are_refused() {
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
fn namespace_names_start_with_a_slash_and_have_no_query() {
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
    run_on_one_thread(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        assert!(!socket.is_connected());
        assert_eq!((socket.id(), socket.engine_version()), (None, None));
        // A client that is only built does not connect.
        server.expect_no_attempt().await;
        let (outcome, _conn) = tokio::join!(socket.connect(), server.accept_namespace("/"));
        outcome.unwrap();
        assert_eq!(socket.id().as_deref(), Some("socket"));
        assert_eq!(socket.engine_version(), Some(EngineVersion::Eio4));
        socket.disconnect().await;
        assert_eq!(socket.id(), None);
        // The detected version is kept.
        assert_eq!(socket.engine_version(), Some(EngineVersion::Eio4));
    });
}

#[test]
fn connect_ends_at_once_if_already_connected() {
    run(async {
        let server = Scripted::start().await;
        let (socket, mut conn) = server.connect().await;
        guarded(socket.connect()).await.unwrap();
        guarded(socket.wait_connected()).await.unwrap();
        socket.start();
        socket.emit("next", ()).await.unwrap();
        assert_eq!(conn.text().await, r#"42["next"]"#);
    });
}

#[test]
fn disconnect_ends_pending_connects() {
    run(async {
        let server = Scripted::start().await;
        let client = server.client("/").build().unwrap();
        let socket = client.socket();
        let connecting = async { tokio::join!(socket.connect(), socket.wait_connected()) };
        let ((connect, connected), mut conn) = tokio::join!(connecting, async {
            let mut conn = server.accept_engine().await;
            assert_eq!(conn.text().await, "40");
            socket.disconnect().await;
            conn
        });
        for outcome in [connect, connected] {
            assert!(matches!(outcome, Err(ConnectError::Closed)), "{outcome:?}");
        }
        conn.expect_close().await;
    });
}
