//! Emits while not connected: buffered in order and within limits, and sent before `Connected` (a law of the oracle).

use tidewire_core::{Ack, Config, Lost, Millis, Misuse};

use crate::support::{config, on_all, on_all_with, outgoing};

#[test]
fn emits_before_connect_are_sent_in_order_when_connected() {
    on_all(|pair| {
        let chat = pair.namespace("/chat");
        pair.emit(chat, r#"["before connect"]"#);
        pair.connect(chat);
        pair.emit(chat, r#"["while opening"]"#);
        pair.run(25);
        pair.emit(chat, r#"["while connecting"]"#);
        pair.run(100);
        pair.emit(chat, r#"["connected"]"#);
        pair.run(100);
        let expected = [
            "40/chat,",
            r#"42/chat,["before connect"]"#,
            r#"42/chat,["while opening"]"#,
            r#"42/chat,["while connecting"]"#,
            r#"42/chat,["connected"]"#,
        ];
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn emits_while_the_connection_is_lost_are_sent_on_the_next_one() {
    on_all(|pair| {
        let root = pair.connect_to("/");
        pair.server_received();
        pair.end_connection(Lost::Failed);
        pair.run(100);
        for n in 0..5 {
            pair.emit(root, &format!("[{n}]"));
        }
        pair.run(2_000);
        let events: Vec<_> = pair
            .server_received()
            .into_iter()
            .filter(|text| text != "40")
            .collect();
        assert_eq!(events, [0, 1, 2, 3, 4].map(|n| format!("42[{n}]")));
    });
}

#[test]
fn a_full_buffer_refuses_and_keeps_what_it_has() {
    let narrow = Config {
        offline_packets: 3,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        let (root, chat) = (pair.namespace("/"), pair.namespace("/chat"));
        for n in 0..3 {
            pair.emit(root, &format!("[{n}]"));
        }
        assert_eq!(
            pair.try_emit(root, outgoing("[3]")),
            Err(Misuse::BufferFull)
        );
        let result = pair.try_emit(root, outgoing("[3]").ack(Ack::Unlimited));
        assert_eq!(result, Err(Misuse::BufferFull));
        pair.emit(chat, "[0]");
        assert_eq!(pair.live_payloads(), 4);
        pair.connect(root);
        pair.run(100);
        assert!(pair.client.is_connected(root));
        for n in 3..10 {
            pair.emit(root, &format!("[{n}]"));
        }
        pair.run(100);
        assert!(pair.server_received().contains(&"42[9]".to_string()));
    });
}

#[test]
fn the_bound_in_bytes_counts_attachments() {
    let narrow = Config {
        offline_bytes: 10,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        let root = pair.namespace("/");
        pair.try_emit(root, outgoing("[12]").with(&[0; 3])).unwrap();
        let full = pair.try_emit(root, outgoing("[1]").with(&[0]));
        assert_eq!(full, Err(Misuse::BufferFull));
        pair.emit(root, "[1]");
        assert_eq!(pair.try_emit(root, outgoing("")), Ok(None));
        assert_eq!(pair.try_emit(root, outgoing("1")), Err(Misuse::BufferFull));
    });
}

#[test]
fn emits_removed_from_the_buffer_free_space() {
    let narrow = Config {
        offline_packets: 2,
        offline_bytes: 20,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        let root = pair.namespace("/");
        pair.emit_with_ack(root, "[1234567]", Ack::Within(Millis(100)));
        let cancelled = pair.emit_with_ack(root, "[1234567]", Ack::Unlimited);
        assert_eq!(pair.try_emit(root, outgoing("[]")), Err(Misuse::BufferFull));
        pair.run(100);
        pair.emit(root, "[1234567]");
        assert_eq!(pair.try_emit(root, outgoing("[]")), Err(Misuse::BufferFull));
        pair.cancel(root, cancelled);
        pair.emit(root, "[1234567]");
        assert_eq!(pair.live_payloads(), 2);
    });
}

#[test]
fn sent_emits_free_space_for_the_next_loss() {
    let narrow = Config {
        offline_bytes: 20,
        ..config()
    };
    on_all_with(&narrow, |pair| {
        let root = pair.namespace("/");
        for _ in 0..3 {
            pair.emit(root, "[34567890]");
            pair.emit(root, "[34567890]");
            assert_eq!(pair.try_emit(root, outgoing("[]")), Err(Misuse::BufferFull));
            pair.connect(root);
            pair.run(100);
            pair.disconnect(root);
        }
    });
}

#[test]
fn disconnect_keeps_the_buffer_for_the_next_connect() {
    on_all(|pair| {
        let root = pair.namespace("/");
        pair.connect(root);
        pair.emit(root, r#"["kept"]"#);
        pair.run(5);
        pair.disconnect(root);
        pair.run(1_000);
        pair.connect(root);
        pair.run(100);
        assert_eq!(
            pair.server_received().pop().as_deref(),
            Some(r#"42["kept"]"#)
        );
    });
}
