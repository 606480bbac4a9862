//! The scenarios that native clients and those in a browser run.

/// Calls a macro with the scenarios of every server that need no query, and with further ones.
macro_rules! with_common_scenarios {
    ($then:ident $(, $($more:tt)*)?) => {
        $then! {
            connecting::connects_and_detects_the_engine_version,
            connecting::ends_up_on_the_expected_transport,
            connecting::multiplexes_namespaces_on_one_connection,
            connecting::receives_events_sent_before_connect,
            connecting::is_refused_without_the_token_and_accepted_with_it,
            connecting::refreshes_its_token_after_a_refusal,
            connecting::is_refused_an_unknown_namespace,
            connecting::lives_through_three_heartbeats,
            acks::receives_acks,
            acks::sends_acks,
            acks::a_thousand_acks_reach_their_callers,
            acks::times_out_without_an_ack,
            acks::receives_a_flood_in_order,
            binary::carries_binary_anywhere_in_the_arguments,
            binary::carries_binary_in_acks,
            binary::carries_half_a_megabyte_of_utf8,
            disconnecting::stays_disconnected_after_a_kick_until_connect,
            disconnecting::reconnects_after_a_restart_and_sends_buffered_events,
            disconnecting::disconnects_one_namespace_and_keeps_the_other,
            disconnecting::closes_until_the_next_connect,
            emitting::keeps_events_in_order_through_the_upgrade,
            rooms::receives_the_messages_of_its_rooms,
            peers::chats,
            peers::exchanges_messages_between_two_clients,
            peers::peers_see_each_other_and_talk,
            $($($more)*)?
        }
    };
}

/// Calls a macro with the scenarios of every server, and with further ones.
macro_rules! with_scenarios {
    ($then:ident $(, $($more:tt)*)?) => {
        with_common_scenarios! {
            $then,
            peers::is_denied_and_kicked_from_a_room_that_is_gone,
            peers::a_denied_peer_has_the_reason_and_does_not_come_back,
            $($($more)*)?
        }
    };
}

/// Calls a macro with the scenarios of Echo channels.
macro_rules! with_echo_scenarios {
    ($then:ident) => {
        $then! {
            echo::a_public_channel_has_its_own_events,
            echo::a_private_channel_asks_laravel,
            echo::a_presence_channel_tells_who_is_there,
            echo::whispers_go_to_the_others,
            echo::a_broadcast_skips_the_socket_that_it_names,
            echo::channels_come_back_after_a_restart_with_fresh_headers,
            echo::a_channel_that_is_left_is_silent,
            echo::a_refused_channel_can_be_tried_again,
            echo::events_of_another_type_are_errors_of_their_handler,
        }
    };
}
