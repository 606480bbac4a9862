//! Coming back after a loss, and what must not come back.

use tidewire_core::{Config, EngineVersion, Lost};

use crate::support::network::{Parcel, Side};
use crate::support::wire::Wire;
use crate::support::{config, on_all, on_both, on_both_with};

#[test]
fn all_namespaces_come_back_with_new_ids() {
    on_both(|pair| {
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        let before = pair.ids.clone();
        pair.cut(Lost::Closed);
        pair.run(1_200);
        let expected = [
            "/ left: transport close",
            "/chat left: transport close",
            "closed: transport close",
            "attempt 1 in 1000",
            "opened",
            "/ connected",
            "/chat connected",
        ];
        assert_eq!(pair.news(), expected);
        for nsp in [root, chat] {
            assert_ne!(pair.ids[&nsp], before[&nsp]);
        }
    });
}

#[test]
fn a_broken_connection_is_a_transport_error() {
    on_both(|pair| {
        pair.join("/");
        pair.cut(Lost::Failed);
        pair.run(100);
        let expected = [
            "/ left: transport error",
            "closed: transport error",
            "attempt 1 in 1000",
        ];
        assert_eq!(pair.news(), expected);
    });
}

#[test]
fn a_server_that_restarts_is_found_again_and_hears_what_waited() {
    on_both(|pair| {
        let chat = pair.join("/chat");
        pair.say(chat, r#"["before"]"#);
        pair.run(100);
        pair.server.rules.up = false;
        pair.cut(Lost::Closed);
        pair.run(2_000);
        pair.say(chat, r#"["meanwhile"]"#);
        pair.run(2_000);
        pair.server.rules.up = true;
        pair.heard();
        pair.run(4_000);
        let expected = [
            "/chat left: transport close",
            "closed: transport close",
            "attempt 1 in 1000",
            "open failed: Transport",
            "attempt 2 in 2000",
            "open failed: Transport",
            "attempt 3 in 4000",
            "opened",
            "/chat connected",
        ];
        assert_eq!(pair.news(), expected);
        assert_eq!(pair.heard(), ["40/chat,", r#"42/chat,["meanwhile"]"#]);
    });
}

#[test]
fn a_namespace_that_was_on_its_way_goes_on_its_way_again() {
    on_all(|pair| {
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.server.rules.unanswered.clear();
        pair.cut(Lost::Closed);
        pair.run(1_200);
        assert!(pair.client.is_connected(chat));
        assert_eq!(pair.heard(), ["40/chat,", "40/chat,"]);
    });
}

#[test]
fn a_kicked_namespace_does_not_come_back_with_the_others() {
    on_all(|pair| {
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.serve(|server| server.kick("/chat"));
        pair.run(100);
        assert_eq!(pair.news(), ["/chat left: io server disconnect"]);
        pair.cut(Lost::Closed);
        pair.run(60_000);
        assert!(pair.client.is_connected(root));
        assert!(!pair.client.is_connected(chat));
        pair.connect(chat);
        pair.run(100);
        assert!(pair.client.is_connected(chat), "by hand it does");
    });
}

#[test]
fn when_the_last_namespace_is_kicked_the_connection_closes_for_good() {
    on_all(|pair| {
        pair.join("/");
        pair.serve(|server| server.kick("/"));
        pair.run(60_000);
        let expected = ["/ left: io server disconnect", "closed: forced close"];
        assert_eq!(pair.news(), expected);
        assert_eq!(pair.server.dials.len(), 1);
        assert_eq!(pair.server.connections(), 0);
    });
}

#[test]
fn a_namespace_left_by_request_does_not_come_back() {
    on_all(|pair| {
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.disconnect(chat);
        pair.cut(Lost::Closed);
        pair.run(10_000);
        assert!(pair.client.is_connected(root));
        assert!(!pair.client.is_connected(chat));
    });
}

#[test]
fn a_namespace_may_be_left_or_added_between_two_connections() {
    on_all(|pair| {
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.cut(Lost::Closed);
        pair.run(100);
        pair.news();
        pair.disconnect(chat);
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.run(200);
        assert_eq!(pair.news(), ["opened", "/ connected", "/late connected"]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn connect_during_the_wait_goes_at_once_and_starts_the_backoff_anew() {
    on_all(|pair| {
        pair.server.rules.up = false;
        let root = pair.namespace("/");
        pair.connect(root);
        pair.run(4_000);
        let expected = [
            "open failed: Transport",
            "attempt 1 in 1000",
            "open failed: Transport",
            "attempt 2 in 2000",
            "open failed: Transport",
            "attempt 3 in 4000",
        ];
        assert_eq!(pair.news(), expected);
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.news(), ["open failed: Transport", "attempt 1 in 1000"]);
        pair.server.rules.up = true;
        pair.connect(root);
        pair.run(60_000);
        assert_eq!(
            pair.news(),
            ["opened", "/ connected"],
            "the planned attempt is off"
        );
        assert_eq!(pair.server.dials.len(), 5);
    });
}

#[test]
fn disconnecting_all_during_the_wait_ends_the_attempts() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.cut(Lost::Closed);
        pair.run(100);
        pair.news();
        pair.disconnect(root);
        pair.run(60_000);
        assert_eq!(pair.news(), [""; 0]);
        assert_eq!(pair.client.next_timeout(), None);
        assert_eq!(pair.server.dials.len(), 1);
    });
}

#[test]
fn without_reconnection_a_lost_connection_stays_lost_until_connect() {
    let once = Config {
        reconnection: None,
        ..config()
    };
    on_both_with(&once, |pair| {
        let root = pair.join("/");
        pair.cut(Lost::Closed);
        pair.run(60_000);
        let expected = ["/ left: transport close", "closed: transport close"];
        assert_eq!(pair.news(), expected);
        assert_eq!(pair.client.next_timeout(), None);
        pair.server.rules.up = false;
        pair.connect(root);
        pair.run(60_000);
        assert_eq!(pair.news(), ["open failed: Transport"]);
        pair.server.rules.up = true;
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.news(), ["opened", "/ connected"]);
    });
}

#[test]
fn half_a_packet_is_forgotten_with_its_connection() {
    on_all(|pair| {
        pair.join("/");
        pair.tell(r#"452-["b",{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}]"#);
        pair.serve(|server| server.attach(&[1]));
        pair.run(100);
        assert_eq!(pair.live_payloads(), 2);
        pair.cut(Lost::Closed);
        pair.run(100);
        assert_eq!(pair.live_payloads(), 0);
        pair.run(1_200);
        pair.news();
        pair.tell(r#"42["fresh"]"#);
        pair.run(100);
        assert_eq!(pair.news(), [r#"/ ["fresh"]"#]);
    });
}

#[test]
fn half_a_packet_is_forgotten_when_the_application_leaves() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.tell(r#"451-["b",{"_placeholder":true,"num":0}]"#);
        pair.run(100);
        pair.disconnect(root);
        assert_eq!(pair.live_payloads(), 0);
        pair.connect(root);
        pair.run(100);
        pair.news();
        pair.tell(r#"42["fresh"]"#);
        pair.run(100);
        assert_eq!(pair.news(), [r#"/ ["fresh"]"#]);
    });
}

#[test]
fn an_open_failure_after_a_close_ends_no_connection() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.close();
        pair.news();
        pair.server.rules.up = false;
        pair.connect(root);
        pair.run(100);
        assert_eq!(pair.news(), ["open failed: Transport", "attempt 1 in 1000"]);
    });
}

#[test]
fn late_news_of_the_last_link_is_not_heard_on_this_one() {
    on_both(|pair| {
        let root = pair.join("/");
        let last = pair.server.link();
        pair.disconnect(root);
        pair.run(50);
        pair.join("/");
        for text in [r#"42["late"]"#, "41", "42{", "nonsense"] {
            let late = Parcel::Frame(Wire::text(text));
            pair.network.send(pair.now, Side::Client, last, late);
        }
        for lost in [Lost::Closed, Lost::Failed] {
            pair.network
                .send(pair.now, Side::Client, last, Parcel::End(lost));
        }
        pair.run(500);
        assert_eq!(pair.news(), [""; 0]);
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn late_news_of_a_dropped_link_is_not_heard() {
    on_all(|pair| {
        let root = pair.join("/");
        pair.network.latency = 300;
        pair.tell(r#"42["late"]"#);
        pair.tell("43/chat,0[1]");
        pair.serve(|server| server.kick("/"));
        pair.cut(Lost::Failed);
        pair.disconnect(root);
        pair.connect(root);
        pair.run(250);
        let expected = ["/ left: io client disconnect", "closed: forced close"];
        assert_eq!(pair.news(), expected);
        pair.run(2_000);
        assert_eq!(pair.news(), ["opened", "/ connected"]);
        assert_eq!(pair.live_payloads(), 0);
    });
}

#[test]
fn v3_root_state_does_not_survive_the_connection() {
    on_all(|pair| {
        let (root, chat) = (pair.join("/"), pair.join("/chat"));
        pair.disconnect(root);
        pair.cut(Lost::Closed);
        pair.run(1_200);
        pair.heard();
        pair.connect(root);
        pair.run(100);
        let expected: &[&str] = match pair.server.engine_version {
            EngineVersion::Eio3 => &[],
            EngineVersion::Eio4 => &["40"],
        };
        assert_eq!(pair.heard(), expected);
        assert!(pair.client.is_connected(root) && pair.client.is_connected(chat));
    });
}
