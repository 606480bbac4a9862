//! What a host may ask for besides its namespaces: a connection for itself, other settings, an end for what it cannot read.

use tidewire_core::{Config, EngineVersion, Lost, Reconnection};

use crate::support::{config, on, on_all, on_both};

#[test]
fn a_connection_is_kept_though_no_namespace_wants_it() {
    on_all(|pair| {
        pair.open();
        assert_eq!(pair.client_events(), ["opened"]);
        pair.run(60_000);
        assert_eq!(pair.client_events(), [""; 0]);
        assert_eq!(pair.server.connections(), 1);
    });
}

#[test]
fn a_kept_connection_comes_back() {
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
fn a_namespace_that_was_connected_since_takes_a_kept_connection_with_it() {
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
fn close_ends_a_kept_connection() {
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
fn a_payload_that_cannot_be_read_ends_the_connection_as_a_broken_packet_does() {
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
fn where_nothing_is_open_nothing_is_rejected() {
    on_both(|pair| {
        pair.report_bad_payload();
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
    });
}

#[test]
fn other_settings_count_from_the_next_loss_on() {
    on(EngineVersion::Eio4, config(), |pair| {
        pair.connect_to("/");
        let steady = config().reconnection.expect("the tests' settings have one");
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
