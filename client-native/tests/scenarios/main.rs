//! Scenarios against four servers (testbed, socket.io 2.5.1, socket.io 4.8.4, egg + egg-socket.io), over
//! WebSocket, over polling, over polling that upgrades to a WebSocket, and (socket.io 4.8.4) over WebTransport; and, as far as their libraries can, against
//! python-socketio 4 and 5 and Flask-SocketIO 4 and 5.
//!
//! `recovery` tests connection state recovery, which only socket.io 4.8.4 has; `paths` tests wrong paths, also behind nginx.
//!
//! `server-testbed/CONTRACT.md` describes the servers.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking"
)]

#[macro_use]
mod list;
#[path = "../support/mod.rs"]
mod support;

mod acks;
mod binary;
mod bridge;
#[cfg(feature = "deflate")]
mod compression;
mod connecting;
mod disconnecting;
mod echo;
mod emitting;
mod paths;
mod peers;
mod recovery;
mod rooms;

/// One test for each scenario, server and transport mode.
macro_rules! scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        scenarios!(@server testbed, Testbed, $($module::$scenario),*);
        scenarios!(@server socketio2, SocketIo2, $($module::$scenario),*);
        scenarios!(@server socketio4, SocketIo4, $($module::$scenario),*);
        scenarios!(@server egg, Egg, $($module::$scenario),*);
    };
    (@server $server:ident, $kind:ident, $($module:ident::$scenario:ident),*) => {
        mod $server {
            scenarios!(@mode websocket, $kind, WebSocket, $($module::$scenario),*);
            scenarios!(@mode polling, $kind, Polling, $($module::$scenario),*);
            scenarios!(@mode upgrade, $kind, Upgrade, $($module::$scenario),*);
        }
    };
    (@mode $name:ident, $kind:ident, $mode:ident, $($module:ident::$scenario:ident),*) => {
        mod $name {
            use crate::support::{run, server::{Case, Kind, TransportMode}};
            $(
                #[test]
                fn $scenario() {
                    run(crate::$module::$scenario(Case { kind: Kind::$kind, mode: TransportMode::$mode }));
                }
            )*
        }
    };
}

// A browser has no headers of its own.
with_scenarios!(scenarios, connecting::sends_query_headers_and_auth);

/// One test for each scenario with compression: on socket.io 2.1.1, 2.5.1 and 4.8.4.
#[cfg(feature = "deflate")]
macro_rules! compressed_scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        mod deflate {
            scenarios!(@mode socketio21, SocketIo21, Deflate, $($module::$scenario),*);
            scenarios!(@mode socketio2, SocketIo2, Deflate, $($module::$scenario),*);
            scenarios!(@mode socketio4, SocketIo4, Deflate, $($module::$scenario),*);
        }
    };
}

#[cfg(feature = "deflate")]
compressed_scenarios! {
    compression::text_and_binary_take_little_of_the_network,
    compression::nginx_passes_compressed_messages_on,
    compression::a_handle_may_send_without_compression,
    compression::every_agreement_works,
    connecting::multiplexes_namespaces_on_one_connection,
    connecting::sends_query_headers_and_auth,
    acks::receives_acks,
    acks::sends_acks,
    acks::a_thousand_acks_reach_their_callers,
    acks::receives_a_flood_in_order,
    binary::carries_binary_anywhere_in_the_arguments,
    binary::carries_binary_in_acks,
    binary::carries_half_a_megabyte_of_utf8,
    disconnecting::reconnects_after_a_restart_and_sends_buffered_events,
    rooms::receives_the_messages_of_its_rooms,
}

/// One test for each scenario over WebTransport, alone and after polling: on socket.io 4.8.4, behind HTTP/3 of wtransport as the
/// client's, and of aioquic.
#[cfg(feature = "webtransport")]
mod webtransport {
    macro_rules! alone {
        ($($module:ident::$scenario:ident),* $(,)?) => {
            scenarios!(@mode alone, SocketIo4, WebTransport, $($module::$scenario),*);
            scenarios!(@mode alone_on_aioquic, SocketIo4Aioquic, WebTransport, $($module::$scenario),*);
        };
    }
    macro_rules! upgrade {
        ($($module:ident::$scenario:ident),* $(,)?) => {
            scenarios!(@mode upgrade, SocketIo4, WebTransportUpgrade, $($module::$scenario),*);
            scenarios!(@mode upgrade_on_aioquic, SocketIo4Aioquic, WebTransportUpgrade, $($module::$scenario),*);
        };
    }

    // engine.io knows no query of a session that opens over WebTransport.
    with_common_scenarios!(alone);
    with_scenarios!(upgrade);
}

/// One test for each scenario of Echo channels, over a WebSocket: the transport makes no difference to channels.
macro_rules! echo_scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        scenarios!(@mode laravel_echo, LaravelEcho, WebSocket, $($module::$scenario),*);
        scenarios!(@mode testbed_echo, TestbedApp, WebSocket, $($module::$scenario),*);
    };
}

with_echo_scenarios!(echo_scenarios);

/// Over polling, a reconnect has another order.
mod echo_over_polling {
    scenarios!(@mode polling, LaravelEcho, Polling, echo::channels_come_back_after_a_restart_with_fresh_headers);
    scenarios!(@mode upgrade, LaravelEcho, Upgrade, echo::channels_come_back_after_a_restart_with_fresh_headers);
}

/// Messages of programs without a socket.
mod bridges {
    scenarios!(@mode redis, RedisBridge, WebSocket, bridge::publications_reach_all_but_the_socket_that_they_name);
    scenarios!(@mode redis_over_polling, RedisBridge, Polling, bridge::publications_reach_all_but_the_socket_that_they_name);
    scenarios!(@mode testbed, TestbedApp, WebSocket, bridge::publications_reach_all_but_the_socket_that_they_name, bridge::transport_messages_reach_their_receiver);
}

/// The scenarios that every Python server can run: not events before CONNECT, and no presence.
macro_rules! python_scenarios {
    ($($module:ident::$scenario:ident),* $(,)?) => {
        scenarios!(@server python4, Python4, $($module::$scenario),*);
        scenarios!(@server python5, Python5, $($module::$scenario),*);
        scenarios!(@server flask5, Flask5, $($module::$scenario),*);
        // Without eventlet or gevent, Flask-SocketIO 4 has no WebSocket.
        mod flask4 {
            scenarios!(@mode polling, Flask4, Polling, $($module::$scenario),*);
        }
    };
}

python_scenarios! {
    connecting::connects_and_detects_the_engine_version,
    connecting::ends_up_on_the_expected_transport,
    connecting::multiplexes_namespaces_on_one_connection,
    connecting::is_refused_without_the_token_and_accepted_with_it,
    connecting::sends_query_headers_and_auth,
    connecting::lives_through_three_heartbeats,
    acks::receives_acks,
    acks::sends_acks,
    acks::a_thousand_acks_reach_their_callers,
    acks::times_out_without_an_ack,
    acks::receives_a_flood_in_order,
    disconnecting::stays_disconnected_after_a_kick_until_connect,
    disconnecting::disconnects_one_namespace_and_keeps_the_other,
    disconnecting::closes_until_the_next_connect,
    rooms::receives_the_messages_of_its_rooms,
    peers::chats,
}

// python-socketio 4 replaces an empty attachment by `None`.
mod python_binary {
    scenarios!(@server python5, Python5, binary::carries_binary_anywhere_in_the_arguments, binary::carries_binary_in_acks);
    scenarios!(@server flask5, Flask5, binary::carries_binary_anywhere_in_the_arguments, binary::carries_binary_in_acks);
}

// Flask-SocketIO runs the handlers of events in threads, in any order.
mod python_ordered {
    scenarios!(@server python4, Python4, disconnecting::reconnects_after_a_restart_and_sends_buffered_events);
    scenarios!(@server python5, Python5, disconnecting::reconnects_after_a_restart_and_sends_buffered_events);
}

// Over polling, python-engineio reads a large body in part on aiohttp.
mod python_large {
    scenarios!(@mode python4, Python4, WebSocket, binary::carries_half_a_megabyte_of_utf8);
    scenarios!(@mode python5, Python5, WebSocket, binary::carries_half_a_megabyte_of_utf8);
    scenarios!(@server flask5, Flask5, binary::carries_half_a_megabyte_of_utf8);
}
