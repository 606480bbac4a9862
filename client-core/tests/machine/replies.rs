//! Replies to server events with an ack.

use tidewire_core::{Lost, Misuse};

use crate::support::on_all;

#[test]
fn a_reply_carries_the_ack_id_of_its_event() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.connect_to("/chat");
        pair.server_received();
        pair.server_sends(r#"420["zero"]"#);
        pair.server_sends(r#"42/chat,1234567890123["large"]"#);
        pair.run(50);
        assert_eq!(
            pair.client_events(),
            [r#"/ ["zero"] (ack)"#, r#"/chat ["large"] (ack)"#]
        );
        let replies = pair.replies.clone();
        pair.reply(replies[1], r#"["b"]"#, &[]).unwrap();
        pair.reply(replies[0], "[]", &[]).unwrap();
        pair.run(50);
        assert_eq!(
            pair.server_received(),
            [r#"43/chat,1234567890123["b"]"#, "430[]"]
        );
    });
}

#[test]
fn a_reply_on_another_connection_is_stale() {
    on_all(|pair| {
        pair.connect_to("/chat");
        pair.server_sends(r#"42/chat,1["q"]"#);
        pair.run(50);
        let reply = pair.replies[0];
        pair.end_connection(Lost::Closed);
        pair.run(50);
        assert_eq!(pair.reply(reply, "[1]", &[]), Err(Misuse::StaleReply));
        pair.run(2_000);
        pair.server_received();
        assert_eq!(pair.reply(reply, "[1]", &[]), Err(Misuse::StaleReply));
        pair.run(50);
        assert_eq!(
            pair.server_received(),
            [""; 0],
            "it would reply to another event"
        );
    });
}

#[test]
fn a_reply_after_disconnecting_and_connecting_again_is_stale() {
    on_all(|pair| {
        pair.connect_to("/");
        let chat = pair.connect_to("/chat");
        pair.server_sends(r#"42/chat,1["q"]"#);
        pair.run(50);
        let reply = pair.replies[0];
        pair.disconnect(chat);
        assert_eq!(pair.reply(reply, "[1]", &[]), Err(Misuse::StaleReply));
        pair.connect(chat);
        pair.run(100);
        assert!(pair.client.is_connected(chat));
        assert_eq!(pair.reply(reply, "[1]", &[]), Err(Misuse::StaleReply));
    });
}

#[test]
fn a_reply_after_a_kick_is_stale() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.connect_to("/chat");
        pair.server_sends(r#"42/chat,1["q"]"#);
        pair.with_server(|server| server.kick("/chat"));
        pair.run(50);
        let reply = pair.replies[0];
        assert_eq!(pair.reply(reply, "[1]", &[]), Err(Misuse::StaleReply));
    });
}
