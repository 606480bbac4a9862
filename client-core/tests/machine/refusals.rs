//! Refused namespaces, and errors on connected ones.

use tidewire_core::{Ack, EngineVersion};

use crate::support::{config, on, on_all};

const EIO3: EngineVersion = EngineVersion::Eio3;
const EIO4: EngineVersion = EngineVersion::Eio4;

#[test]
fn a_refused_namespace_gets_the_reason_and_does_not_retry() {
    on_all(|pair| {
        let error = match pair.server.engine_version {
            EIO3 => r#""Invalid namespace""#,
            EIO4 => r#"{"message":"Invalid namespace"}"#,
        };
        pair.server.rules.refused.insert("/nope", error);
        let (root, nope) = (pair.connect_to("/"), pair.namespace("/nope"));
        pair.connect(nope);
        pair.run(60_000);
        assert_eq!(
            pair.client_events(),
            [format!("/nope connect error: {error}")]
        );
        assert!(pair.client.is_connected(root));
        pair.server.rules.refused.clear();
        pair.connect(nope);
        pair.run(100);
        assert_eq!(pair.client_events(), ["/nope connected"]);
    });
}

#[test]
fn an_error_may_carry_any_json_or_none() {
    on_all(|pair| {
        let (root, nope) = (pair.connect_to("/"), pair.namespace("/nope"));
        let errors = [r#""no""#, r#"{"message":"no","data":{"code":401}}"#, ""];
        for error in errors {
            pair.server.rules.refused.insert("/nope", error);
            pair.connect(nope);
            pair.run(100);
            let why = if error.is_empty() { "nothing" } else { error };
            assert_eq!(
                pair.client_events(),
                [format!("/nope connect error: {why}")]
            );
        }
        assert!(pair.client.is_connected(root));
    });
}

#[test]
fn when_the_only_namespace_is_refused_the_connection_closes_for_good() {
    on_all(|pair| {
        pair.server.rules.refused.insert("/nope", r#""no""#);
        let nope = pair.namespace("/nope");
        pair.connect(nope);
        pair.run(60_000);
        let expected = [
            "opened",
            r#"/nope connect error: "no""#,
            "closed: forced close",
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(pair.server.opens.len(), 1);
        assert_eq!(pair.client.next_timeout(), None);
    });
}

#[test]
fn emits_to_a_refused_namespace_wait_for_the_next_connect() {
    on_all(|pair| {
        pair.server.rules.refused.insert("/late", r#""not yet""#);
        pair.connect_to("/");
        let late = pair.namespace("/late");
        pair.connect(late);
        pair.emit(late, r#"["before"]"#);
        pair.run(100);
        pair.emit(late, r#"["after"]"#);
        pair.server.rules.refused.clear();
        pair.server_received();
        pair.connect(late);
        pair.run(100);
        let expected = ["40/late,", r#"42/late,["before"]"#, r#"42/late,["after"]"#];
        assert_eq!(pair.server_received(), expected);
    });
}

#[test]
fn an_eio3_error_keeps_a_connected_namespace_connected() {
    on(EIO3, config(), |pair| {
        let chat = pair.connect_to("/chat");
        let ack = pair.emit_with_ack(chat, r#"["boom"]"#, Ack::Unlimited);
        pair.server_sends(r#"44/chat,"[egg-socket.io] controller execute error: x""#);
        pair.run(100);
        let expected = [
            r#"/chat error: "[egg-socket.io] controller execute error: x""#,
            r#"/chat ack 0 ["boom"]"#,
        ];
        assert_eq!(pair.client_events(), expected);
        assert_eq!(ack.get(), 0);
        assert!(pair.client.is_connected(chat));
    });
}

#[test]
fn an_eio3_error_may_carry_an_object() {
    on(EIO3, config(), |pair| {
        pair.connect_to("/chat");
        pair.server_sends(r#"44/chat,{"code":401,"msg":"denied"}"#);
        pair.run(100);
        assert_eq!(
            pair.client_events(),
            [r#"/chat error: {"code":401,"msg":"denied"}"#]
        );
    });
}

#[test]
fn an_eio4_connect_error_on_a_connected_namespace_is_ignored() {
    on(EIO4, config(), |pair| {
        let chat = pair.connect_to("/chat");
        pair.server_sends(r#"44/chat,{"message":"late"}"#);
        pair.run(100);
        assert_eq!(pair.client_events(), [""; 0]);
        assert!(pair.client.is_connected(chat));
    });
}

#[test]
fn an_eio4_connect_without_a_sid_is_of_the_wrong_version() {
    for connect in ["40/chat,", "40/chat,{}", r#"40/chat,{"sid":5}"#] {
        on(EIO4, config(), |pair| {
            pair.connect_to("/");
            pair.server.rules.unanswered.insert("/chat");
            let chat = pair.namespace("/chat");
            pair.connect(chat);
            pair.run(100);
            pair.server_sends(connect);
            pair.run(100);
            assert_eq!(
                pair.client_events(),
                ["/chat connect error: WrongVersion"],
                "{connect}"
            );
        });
    }
}

#[test]
fn a_disconnect_instead_of_a_connect_is_a_refusal() {
    on_all(|pair| {
        pair.connect_to("/");
        pair.server.rules.unanswered.insert("/chat");
        let chat = pair.namespace("/chat");
        pair.connect(chat);
        pair.run(100);
        pair.with_server(|server| server.kick("/chat"));
        pair.run(100);
        assert_eq!(pair.client_events(), ["/chat connect error: nothing"]);
    });
}
