//! Peers of a mobile-sdk server: identity over reconnects, signatures, messages to others. The packets are those of a recorded server.

use std::time::Duration;

use serde_json::{Value, json};
use tidewire::envelope::{Action, sign};
use tidewire::peers::{PeerError, PeerEvent, Peers, SaveId, Target};

use crate::support::scripted::{Conn, Scripted};
use crate::support::{guarded, reconnect_after, run};

const KEY: &str = "0123456789abcdef0123456789abcdef";

async fn accept(server: &Scripted, ids: [&str; 2]) -> Conn {
    let mut conn = server.accept_namespace("/").await;
    let [socket_id, user_id] = ids;
    respond(
        &mut conn,
        "saveId",
        json!({"socketId": socket_id, "userId": user_id}),
    )
    .await;
    conn
}

async fn respond(conn: &mut Conn, action: &str, payload: Value) {
    let message = json!({"meta": {"timestamp": 1_795_216_262_237_u64}, "data": {"action": action, "payload": payload}});
    conn.send(&format!("42[\"responseMessage\",{message}]"))
        .await;
}

/// The next message of the client, whose signature is right.
async fn request(conn: &mut Conn) -> Value {
    let text = conn.text().await;
    let event: Value = serde_json::from_str(text.strip_prefix("42").unwrap()).unwrap();
    assert_eq!(event[0], "requestMessage");
    let meta = &event[1]["meta"];
    let signature = sign("signatureApp", KEY, meta["timestamp"].as_u64().unwrap());
    assert_eq!(
        (&meta["app"], &meta["sign"]),
        (&json!("signatureApp"), &json!(signature))
    );
    event[1].clone()
}

async fn registered(peers: &mut Peers) -> SaveId {
    loop {
        match guarded(peers.next()).await {
            Some(PeerEvent::Registered(ids)) => return ids,
            Some(PeerEvent::Connected(_) | PeerEvent::Other(_)) => {}
            other => panic!("{other:?}"),
        }
    }
}

async fn start(server: &Scripted) -> (Peers, Conn) {
    let builder = reconnect_after(server.client("/"), Duration::from_millis(1));
    let socket = builder.build().unwrap().socket();
    let mut peers = Peers::mobile_sdk(&socket, "signatureApp", |request| async move {
        Ok::<_, PeerError>(sign(&request.app, KEY, request.timestamp))
    });
    let early = peers.send("s9", "too early").await;
    assert!(matches!(early, Err(PeerError::NoUserId(_))), "{early:?}");
    let (outcome, conn) = tokio::join!(socket.connect(), accept(server, ["s1", "u1"]));
    outcome.unwrap();
    let ids = registered(&mut peers).await;
    assert_eq!((&*ids.socket_id, &*ids.user_id), ("s1", "u1"));
    (peers, conn)
}

#[test]
fn the_first_identity_is_kept_over_a_reconnect() {
    run(async {
        let server = Scripted::start().await;
        let (mut peers, conn) = start(&server).await;
        drop(conn);
        let (ids, ()) = tokio::join!(registered(&mut peers), async {
            let mut conn = accept(&server, ["s2", "u2"]).await;
            let message = request(&mut conn).await;
            assert_eq!(message["data"]["action"], "reconnectAndUpdates");
            assert_eq!(message["meta"]["userId"], "u1");
            assert_eq!(message["meta"]["client"], "s2");
            respond(
                &mut conn,
                "reconnectUpdated",
                json!("socket userid updated!"),
            )
            .await;
        });
        assert_eq!((&*ids.socket_id, &*ids.user_id), ("s2", "u1"));
    });
}

#[test]
fn a_message_goes_under_the_user_id_of_its_target() {
    run(async {
        let server = Scripted::start().await;
        let (mut peers, mut conn) = start(&server).await;
        let target = Target::from("s9").with_user("u9");
        peers.send(target, json!({"msg": "你好"})).await.unwrap();
        let message = request(&mut conn).await;
        assert_eq!(
            message["data"],
            json!({"action": "sendToOthers", "payload": {"msg": "你好"}})
        );
        let meta = &message["meta"];
        assert_eq!(
            (&meta["client"], &meta["target"], &meta["userId"]),
            (&json!("s1"), &json!("s9"), &json!("u9"))
        );
        peers.sender().request(Action::RequestId, ()).await.unwrap();
        assert_eq!(request(&mut conn).await["data"]["action"], "requestId");
        respond(&mut conn, "exchange", json!({"msg": "hi"})).await;
        let Some(PeerEvent::Message(message)) = guarded(peers.next()).await else {
            panic!("no message")
        };
        assert_eq!(message.payload::<Value>().unwrap(), json!({"msg": "hi"}));
        let reply = peers.reply(&message, ()).await;
        assert!(matches!(reply, Err(PeerError::NoSender)), "{reply:?}");
    });
}

#[test]
fn a_refused_signature_is_a_denial() {
    run(async {
        let server = Scripted::start().await;
        let (mut peers, mut conn) = start(&server).await;
        let why = "Illegal signature, disconnected client s1";
        respond(&mut conn, "exchange", json!(why)).await;
        let Some(PeerEvent::Denied(message)) = guarded(peers.next()).await else {
            panic!("no denial")
        };
        assert_eq!(message.payload::<String>().unwrap(), why);
        // It leaves by itself, and does not come back.
        let ended = async {
            while !matches!(
                guarded(peers.next()).await,
                Some(PeerEvent::Other(tidewire::Event::Ended(_)))
            ) {}
        };
        tokio::join!(ended, async { assert_eq!(conn.text().await, "41") });
    });
}

#[test]
fn a_message_that_is_no_envelope_is_an_error_and_nothing_else() {
    run(async {
        let server = Scripted::start().await;
        let (mut peers, mut conn) = start(&server).await;
        for bad in [
            r#"42["responseMessage"]"#,
            r#"42["responseMessage",7]"#,
            r#"42["responseMessage",{"data":{"action":"saveId","payload":{"socketId":1}}}]"#,
            r#"42["online",[]]"#,
        ] {
            conn.send(bad).await;
            let event = guarded(peers.next()).await;
            assert!(
                matches!(event, Some(PeerEvent::Error(_))),
                "{bad}: {event:?}"
            );
        }
        respond(&mut conn, "exchange", json!(1)).await;
        assert!(matches!(
            guarded(peers.next()).await,
            Some(PeerEvent::Message(_))
        ));
    });
}

#[test]
fn peers_can_be_used_in_a_task_of_any_thread() {
    fn check<T: Send + Sync>(_: &T) {}
    run(async {
        let server = Scripted::start().await;
        let peers = Peers::new(&server.client("/").build().unwrap().socket());
        check(&peers);
        let task = tokio::spawn(async move { peers.send("someone", ()).await });
        let _: Result<(), PeerError> = guarded(task).await.unwrap();
    });
}
