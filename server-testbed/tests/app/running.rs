//! Checks health, metrics, sessions, shutting down, and namespaces of applications.

use std::sync::Arc;

use serde_json::json;
use tidewire_testbed::{
    Call, Config, Connection, Namespace, Next, Refusal, free_port, spawn, spawn_with,
};
use tokio::sync::{Semaphore, mpsc};

use crate::http;
use crate::raw::{BOTH, Raw, json};

#[tokio::test]
async fn health_and_metrics_count_connections() {
    let testbed = spawn(Config::default()).await.unwrap();
    let mut client = Raw::open(&testbed, BOTH[1], "").await;
    client.connect("/lab").await;
    client.send(r#"42/lab,["echo"]"#).await;
    client.text().await;
    let health = http::get(&testbed, "/health", "").await.json();
    assert_eq!(
        (&health["status"], &health["connections"]),
        (&json!("ok"), &json!(1))
    );
    assert_eq!(http::metric(&testbed, "connections_total").await, 1);
    assert_eq!(http::metric(&testbed, "degraded").await, 0);
}

#[tokio::test]
async fn a_session_is_known_to_its_connections() {
    let config = Config {
        session_secret: Some("short".to_owned()),
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let answer = http::post(&testbed, "/session", "", r#"{"user":"安 ann"}"#).await;
    assert_eq!(answer.json(), json!({ "user": "安 ann" }));
    let cookie = answer
        .head
        .lines()
        .find_map(|line| line.strip_prefix("set-cookie: "))
        .unwrap();
    let pair = cookie.split(';').next().unwrap();
    let who = http::get(&testbed, "/session", &format!("Cookie: a=b; {pair}\r\n")).await;
    assert_eq!(who.json(), json!({ "user": "安 ann" }));

    let forged = pair.replace("ann", "bob");
    assert_ne!(forged, pair);
    for wrong in [
        forged.as_str(),
        "tidewire_session=ann",
        "tidewire_session=",
        "x",
    ] {
        let who = http::get(&testbed, "/session", &format!("Cookie: {wrong}\r\n")).await;
        assert_eq!(who.status, 401, "{wrong}");
    }
    for body in ["", "{}", r#"{"user":7}"#, r#"{"user":"a\r\nb"}"#] {
        let status = http::post(&testbed, "/session", "", body).await.status;
        assert!((400..500).contains(&status), "{body} {status}");
    }
}

#[tokio::test]
async fn a_node_names_itself_in_a_cookie_of_the_handshake() {
    let config = Config {
        node: Some("a".to_owned()),
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    let path = "/socket.io/?EIO=4&transport=polling";
    let answer = http::get(&testbed, path, "").await;
    assert!(
        answer.head.contains("set-cookie: tidewire_node=a; Path=/"),
        "{}",
        answer.head
    );
}

#[tokio::test]
async fn shutting_down_tells_all_clients() {
    let config = Config {
        port: free_port().unwrap(),
        ..Config::default()
    };
    let testbed = spawn(config.clone()).await.unwrap();
    let mut clients = Vec::new();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        clients.push(client);
    }
    testbed.shut_down().await;
    for client in &mut clients {
        let mut last = client.text().await;
        // A client of protocol 4 is connected to `/`, too.
        if last.starts_with("42[") {
            last = client.text().await;
        }
        assert_eq!(last, r#"42/lab,["shutdown","the server shuts down"]"#);
        client.end().await;
    }
    spawn(config).await.expect("the port is free");
}

#[tokio::test]
async fn middleware_runs_until_the_client_leaves() {
    let (sender, mut log) = mpsc::unbounded_channel();
    let outer = sender.clone();
    let namespace = Namespace::new("/app")
        .admit(
            async |connection: Connection| match connection.query("age").as_deref() {
                Some("18") => Ok(()),
                _ => Err(Refusal::new("too young")),
            },
        )
        .connection(move |_: Connection, next: Next| {
            let log = outer.clone();
            async move {
                log.send("outer in").unwrap();
                next.run().await?;
                log.send("outer out").unwrap();
                Ok(())
            }
        })
        .connection(move |connection: Connection, next: Next| {
            let log = sender.clone();
            async move {
                log.send("inner in").unwrap();
                // Events wait for this.
                tokio::task::yield_now().await;
                connection.emit("ready", "").await;
                next.run().await?;
                log.send("inner out").unwrap();
                Ok(())
            }
        })
        .packet(async |call: Call| match call.text(0) {
            Some("bad") => Err(Refusal::new("bad word")),
            _ => Ok(call),
        })
        .on("say", async |call: Call| {
            let text = call.text(0).ok_or_else(|| Refusal::new("say what?"))?;
            call.connection().emit_to_all("said", text).await;
            Ok(())
        });
    let testbed = spawn_with(Config::default(), vec![namespace])
        .await
        .unwrap();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "age=18").await;
        client.send("40/app,").await;
        client.text().await;
        for event in [
            json!(["say", "bad"]),
            json!(["say"]),
            json!(["unknown"]),
            json!(["say", "hi"]),
        ] {
            client.send(&format!("42/app,{event}")).await;
        }
        let expected = [
            json!(["ready", ""]),
            json!(["refused", "say", "bad word"]),
            json!(["refused", "say", "say what?"]),
            json!(["said", "hi"]),
        ];
        for event in expected {
            assert_eq!(client.event("/app").await, event);
        }
        client.send(r#"42/app,9["say","bad"]"#).await;
        assert_eq!(client.text().await, r#"43/app,9[{"error":"bad word"}]"#);
        drop(client);
        for entry in ["outer in", "inner in", "inner out", "outer out"] {
            assert_eq!(log.recv().await, Some(entry));
        }
        let mut young = Raw::open(&testbed, version, "age=7").await;
        young.send("40/app,").await;
        assert_eq!(
            json(young.text().await.strip_prefix("44/app,").unwrap()),
            json!({ "message": "too young" })
        );
    }
}

#[tokio::test]
async fn events_of_a_client_that_middleware_refuses_have_no_effect_and_end() {
    let (entered, mut log) = mpsc::unbounded_channel();
    let refuse = Arc::new(Semaphore::new(0));
    let decided = Arc::clone(&refuse);
    let namespace = Namespace::new("/app")
        .connection(move |_: Connection, _: Next| {
            let decided = Arc::clone(&decided);
            async move {
                let _ = decided.acquire().await;
                Err(Refusal::new("no place"))
            }
        })
        .on("enter", move |_: Call| {
            let entered = entered.clone();
            async move {
                entered.send(()).unwrap();
                Ok(())
            }
        });
    let testbed = spawn_with(Config::default(), vec![namespace])
        .await
        .unwrap();
    let mut client = Raw::open(&testbed, BOTH[1], "").await;
    client.connect("/app").await;
    for _ in 0..3 {
        client.send(r#"42/app,["enter"]"#).await;
    }
    http::wait_for_metric(&testbed, "events_running", 3).await;
    refuse.close();
    assert_eq!(client.event("/app").await, json!(["refused", "no place"]));
    assert_eq!(client.text().await, "41/app,");
    http::wait_for_metric(&testbed, "events_running", 0).await;
    assert!(log.try_recv().is_err(), "an event had an effect");
}
