//! Calls for hosts: a connection without namespaces, a new config, and the report of a bad payload.

use tidewire_core::{Config, EngineVersion, Lost, Reconnection};

use crate::support::{config, on, on_all, on_both};

#[test]
fn an_opened_connection_stays_open_without_a_namespace() {
    on_all(|pair| {
        pair.open();
        assert_eq!(pair.client_events(), ["opened"]);
        pair.run(60_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.server.connections(), 1);
    });
}

#[test]
fn an_opened_connection_reconnects() {
    on_both(|pair| {
        pair.open();
        pair.client_events();
        pair.end_connection(Lost::Closed);
        pair.run(1_200);
        let expected = ["closed: transport close", "attempt 1 in 1000 ms", "opened"];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn disconnecting_the_last_namespace_closes_an_opened_connection() {
    on_both(|pair| {
        pair.open();
        let chat = pair.connect_to("/chat");
        assert_eq!(pair.server.opens.len(), 1);
        pair.disconnect(chat);
        pair.run(100);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn close_ends_an_opened_connection() {
    on_both(|pair| {
        pair.open();
        pair.client_events();
        pair.close();
        pair.run(6_000);
        assert_eq!(pair.client_events(), ["closed: forced close"]);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn report_bad_payload_ends_the_connection_like_a_malformed_packet() {
    on_both(|pair| {
        pair.connect_to("/chat");
        pair.report_bad_payload();
        pair.run(1_200);
        let expected = [
            "malformed: BadPayload",
            "/chat disconnected: parse error",
            "closed: parse error",
            "attempt 1 in 1000 ms",
            "opened",
            "/chat connected",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}

#[test]
fn report_bad_payload_does_nothing_without_a_connection() {
    on_both(|pair| {
        pair.report_bad_payload();
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn a_new_config_takes_effect_after_the_next_loss() {
    on(EngineVersion::Eio4, config(), |pair| {
        pair.connect_to("/");
        let steady = config().reconnection.expect("the config of tests has one");
        let delay = tidewire_core::Millis(10);
        let quick = Reconnection { delay, ..steady };
        pair.client.configure(Config {
            reconnection: Some(quick),
            ..config()
        });
        pair.end_connection(Lost::Closed);
        pair.run(200);
        let expected = [
            "/ disconnected: transport close",
            "closed: transport close",
            "attempt 1 in 10 ms",
            "opened",
            "/ connected",
        ];
        assert_eq!(pair.client_events(), expected);
    });
}
