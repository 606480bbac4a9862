//! The same scenarios against four servers (testbed, socket.io 2.5.1, socket.io 4.8.4, egg + egg-socket.io), over
//! WebSocket, over polling, and over polling that upgrades to a WebSocket.
//!
//! Connection state recovery, which socket.io 4.8.4 alone has, is in `recovery`.
//!
//! What the servers do is in `server-testbed/CONTRACT.md`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[path = "../support/mod.rs"]
mod support;

mod acks;
mod binary;
mod connecting;
mod leaving;
mod peers;
mod recovery;
mod rooms;

/// One test for each scenario, server and way to carry it.
macro_rules! scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        scenarios!(@server testbed, Testbed, $($module::$scenario),*);
        scenarios!(@server socketio2, SocketIo2, $($module::$scenario),*);
        scenarios!(@server socketio4, SocketIo4, $($module::$scenario),*);
        scenarios!(@server egg, Egg, $($module::$scenario),*);
    };
    (@server $server:ident, $kind:ident, $($module:ident::$scenario:ident),*) => {
        mod $server {
            scenarios!(@way websocket, $kind, WebSocket, $($module::$scenario),*);
            scenarios!(@way polling, $kind, Polling, $($module::$scenario),*);
            scenarios!(@way upgrade, $kind, Upgrade, $($module::$scenario),*);
        }
    };
    (@way $name:ident, $kind:ident, $way:ident, $($module:ident::$scenario:ident),*) => {
        mod $name {
            use crate::support::{run, server::{Case, Kind, Way}};
            $(
                #[test]
                fn $scenario() {
                    run(crate::$module::$scenario(Case { kind: Kind::$kind, way: Way::$way }));
                }
            )*
        }
    };
}

scenarios! {
    connecting::connects_and_finds_the_generation_out,
    connecting::is_carried_as_it_should_be,
    connecting::multiplexes_namespaces_on_one_connection,
    connecting::hears_events_that_came_before_connect,
    connecting::is_refused_without_the_token_and_let_in_with_it,
    connecting::refreshes_its_token_after_a_refusal,
    connecting::is_told_that_a_namespace_does_not_exist,
    connecting::sends_query_headers_and_auth,
    connecting::lives_through_three_heartbeats,
    acks::gets_answers,
    acks::gives_answers,
    acks::brings_a_thousand_answers_to_their_callers,
    acks::gives_up_on_a_server_that_never_answers,
    acks::hears_a_flood_in_order,
    binary::carries_binary_anywhere_in_the_arguments,
    binary::carries_binary_in_answers,
    binary::carries_half_a_megabyte_of_utf8,
    leaving::stays_away_after_a_kick_until_it_connects_again,
    leaving::comes_back_after_a_restart_and_sends_what_waited,
    leaving::leaves_one_namespace_and_keeps_the_other,
    leaving::closes_for_good,
    rooms::hears_what_is_said_in_its_rooms,
    peers::chats,
    peers::exchanges_messages_between_two_clients,
    peers::is_denied_and_kicked_from_a_room_that_is_gone,
}
