//! Faults of connections and requests.

use crate::sides::{Place, sides, within};

const OK: &str = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";
const POST: &str = "POST /a HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello";

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\n\r\n")
}

#[tokio::test]
async fn a_reset_request_does_not_reach_the_server() {
    let (_place, mut sides) = sides("on request POST 2: reset").await;
    for _ in 0..2 {
        sides.up(get("/")).await;
        sides.down(OK).await;
    }
    sides.up(POST).await;
    sides.down(OK).await;
    sides.client.send(POST).await;
    sides.client.expect_reset().await;
    sides.server.expect_reset().await;
}

#[tokio::test]
async fn the_answers_before_a_reset_arrive() {
    for (fault, answer) in [
        ("reset", ""),
        ("status 503 json", "HTTP/1.1 503 Fault\r\n"),
        ("redirect \"/b\"", "HTTP/1.1 302 Fault\r\n"),
    ] {
        let (_place, mut sides) = sides(&format!("on request 2: {fault}")).await;
        sides.client.send([get("/1"), get("/2")].concat()).await;
        sides.server.expect(get("/1")).await;
        sides.down(OK).await;
        sides.client.expect(answer).await;
        match answer {
            "" => sides.client.expect_reset().await,
            _ => sides.client.rest().await.1.unwrap(),
        }
    }
}

#[tokio::test]
async fn a_reset_after_an_answer_that_the_end_of_the_server_ends_leaves_nothing_open() {
    const ANSWER: &str = "HTTP/1.1 200 OK\r\n\r\nuntil the end";
    let (_place, mut sides) = sides("on request 2: reset").await;
    sides.client.send([get("/1"), get("/2")].concat()).await;
    sides.server.expect(get("/1")).await;
    sides.down(ANSWER).await;
    sides.server.finish().await;
    sides.client.expect_end().await;
    sides.client.finish().await;
    sides.server.expect_reset().await;
}

#[tokio::test]
async fn the_server_does_its_work_and_the_client_does_not_learn_it() {
    let (_place, mut sides) = sides("on request POST: reset-after-answer").await;
    sides.up(POST).await;
    // A client that waits for it sends no body before.
    sides.down(CONTINUE).await;
    sides.server.send(OK).await;
    sides.client.expect_reset().await;
}

#[tokio::test]
async fn an_answer_is_cut_at_any_byte() {
    for length in 0..OK.len() {
        let (_place, mut sides) = sides(&format!("on request GET: cut-answer {length}")).await;
        sides.up(get("/")).await;
        sides.server.send(OK).await;
        sides.client.expect(&OK[..length]).await;
        sides.client.expect_reset().await;
    }
    let (_place, mut interim) = sides("on request POST: cut-answer 3").await;
    interim.up(POST).await;
    interim.server.send([CONTINUE, OK].concat()).await;
    interim.client.expect([CONTINUE, &OK[..3]].concat()).await;
    interim.client.expect_reset().await;
    let (_place, mut sides) = sides("on request GET: cut-answer 1000").await;
    sides.up(get("/")).await;
    sides.down(OK).await;
    sides.client.expect_reset().await;
}

#[tokio::test]
async fn an_answer_of_the_proxy_has_a_body_if_it_may() {
    for (method, status, has_body) in [
        ("GET", 502, true),
        ("HEAD", 502, false),
        ("GET", 204, false),
        ("GET", 304, false),
        ("GET", 200, true),
    ] {
        let (_place, mut sides) = sides(&format!("on request: status {status} html")).await;
        sides
            .client
            .send(format!("{method} / HTTP/1.1\r\n\r\n"))
            .await;
        let (answer, ended) = sides.client.rest().await;
        ended.unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status} ")), "{head}");
        assert_eq!(body.is_empty(), !has_body, "{method} {status}: {answer}");
        let may_have_length = !matches!(status, 204 | 304);
        assert_eq!(head.contains("Content-Length"), may_have_length, "{answer}");
    }
}

#[tokio::test]
async fn an_answer_of_the_proxy_does_not_wait_for_a_body_that_waits_for_it() {
    let (_place, mut sides) = sides("on request: status 503 html").await;
    sides
        .client
        .send("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n")
        .await;
    sides.client.expect("HTTP/1.1 503 Fault\r\n").await;
    // It is not reset by a body that comes nevertheless.
    sides.client.send("hello").await;
    sides.client.rest().await.1.unwrap();
}

#[tokio::test]
async fn what_hangs_ends_with_the_client_or_with_heal() {
    for (script, request) in [
        ("on connection: hang", get("/")),
        ("on request: hang", get("/")),
        (
            "on websocket: hang",
            "GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n".to_owned(),
        ),
    ] {
        let reaches_server = !script.contains("connection");
        for heals in [false, true] {
            let place = Place::new(script).await;
            let (mut client, server) = match reaches_server {
                true => {
                    let sides = place.sides().await;
                    (sides.client, Some(sides.server))
                }
                false => (place.client().await, None),
            };
            client.send(&request).await;
            // The fault is counted when it happens.
            within("a fault", async {
                while place.proxy.faults() == 0 {
                    tokio::task::yield_now().await;
                }
            })
            .await;
            match heals {
                true => {
                    // A task that has counted its fault may not wait yet: the next `heal` meets it.
                    within("the reset by heal", async {
                        let reset = client.expect_reset();
                        tokio::pin!(reset);
                        loop {
                            tokio::select! {
                                biased;
                                () = &mut reset => break,
                                () = tokio::task::yield_now() => place.proxy.run("heal").unwrap(),
                            }
                        }
                    })
                    .await;
                }
                false => drop(client),
            }
            if let Some(mut server) = server {
                server.expect_reset().await;
            }
        }
    }
}

#[tokio::test]
async fn heal_ends_every_wait() {
    let (place, mut sides) = sides("latency 3600000\nstall down").await;
    sides.client.send(get("/")).await;
    sides.server.send(OK).await;
    // The proxy runs in this thread, and would pass them on now.
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    sides.server.expect_nothing();
    sides.client.expect_nothing();
    place.proxy.run("heal").unwrap();
    sides.server.expect(get("/")).await;
    sides.client.expect(OK).await;
    sides.up(get("/2")).await;
}

#[tokio::test]
async fn a_forgotten_session_is_unknown_and_a_new_one_is_not() {
    let place = Place::new("").await;
    let mut first = place.sides().await;
    first.up(get("/?sid=a")).await;
    place.proxy.run("forget").unwrap();
    first.client.expect_reset().await;
    for _ in 0..2 {
        let mut again = place.sides().await;
        again.client.send(get("/?sid=a")).await;
        again.client.expect("HTTP/1.1 400 Fault\r\n").await;
        let mut new = place.sides().await;
        new.up(get("/?sid=b")).await;
        place.proxy.run("cut").unwrap();
    }
}

#[tokio::test]
async fn refuse_resets_connections_until_heal() {
    let place = Place::new("").await;
    let mut old = place.sides().await;
    old.up(get("/")).await;
    place.proxy.run("refuse").unwrap();
    old.client.expect_reset().await;
    old.server.expect_reset().await;
    place.client().await.expect_reset().await;
    place.proxy.run("heal").unwrap();
    place.sides().await.up(get("/")).await;
}
