//! Ends and resets of one side reach the other one.

use tokio::io::AsyncWriteExt as _;

use crate::sides::{Place, sides, within};

const GET: &str = "GET / HTTP/1.1\r\n\r\n";

#[tokio::test]
async fn an_idle_connection_is_closed_by_either_side() {
    for script in ["", "on request \"/never\": reset"] {
        let (_place, mut first) = sides(script).await;
        first.up(GET).await;
        first
            .down("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .await;
        first.server.finish().await;
        first.client.expect_end().await;
        // The client may still send, and then end.
        first.up(GET).await;
        first.client.finish().await;
        first.server.expect_end().await;

        let (_place, mut second) = sides(script).await;
        second.client.finish().await;
        second.server.expect_end().await;
        second.down("HTTP/1.1 408 Request Timeout\r\n\r\n").await;
        second.server.finish().await;
        second.client.expect_end().await;
    }
}

#[tokio::test]
async fn a_client_that_leaves_a_long_poll_is_missed_by_the_server() {
    let (_place, mut sides) = sides("").await;
    sides.up(GET).await;
    sides.client.finish().await;
    sides.server.expect_end().await;
    sides
        .down("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        .await;
    sides.server.finish().await;
    sides.client.expect_end().await;
}

#[tokio::test]
async fn a_half_of_a_head_passes_before_its_end() {
    let (_place, mut sides) = sides("on request \"/never\": reset").await;
    sides.client.send("GET / HTTP/1.1\r\nHos").await;
    sides.client.finish().await;
    sides.server.expect("GET / HTTP/1.1\r\nHos").await;
    sides.server.expect_end().await;
}

#[tokio::test]
async fn a_client_that_leaves_before_its_websocket_opens_is_missed() {
    let (_place, mut sides) = sides("").await;
    sides
        .up("GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n")
        .await;
    sides.client.send("early").await;
    sides.client.finish().await;
    sides.server.expect("early").await;
    sides.server.expect_end().await;
}

#[tokio::test]
async fn a_websocket_ends_in_one_direction_at_a_time() {
    let (_place, mut sides) = sides("").await;
    sides.upgrade().await;
    sides.client.finish().await;
    sides.server.expect_end().await;
    sides.down("\u{1}\u{2}ok").await;
    sides.server.finish().await;
    sides.client.expect_end().await;
}

#[tokio::test]
async fn a_reset_is_passed_on() {
    for opens in [false, true] {
        let (_place, mut first) = sides("").await;
        if opens {
            first.upgrade().await;
        }
        first.client.reset();
        first.server.expect_reset().await;

        let (_place, mut second) = sides("").await;
        if opens {
            second.upgrade().await;
        }
        second.server.reset();
        second.client.expect_reset().await;
    }
}

#[tokio::test]
async fn no_end_and_no_reset_passes_while_half_open() {
    for resets in [false, true] {
        let (place, mut sides) = sides("").await;
        sides.upgrade().await;
        place.proxy.run("half-open").unwrap();
        match resets {
            true => sides.client.reset(),
            false => sides.client.finish().await,
        }
        // The proxy runs in this thread, and would pass it on now.
        for _ in 0..1000 {
            tokio::task::yield_now().await;
        }
        sides.server.expect_nothing();
        place.proxy.run("heal").unwrap();
        match resets {
            true => sides.server.expect_reset().await,
            false => sides.server.expect_end().await,
        }
    }
}

#[tokio::test]
async fn an_answer_amid_a_body_arrives_though_the_server_reads_no_more() {
    let (_place, mut sides) = sides("").await;
    sides
        .up("POST / HTTP/1.1\r\nContent-Length: 100000000\r\n\r\nabc")
        .await;
    // The writes end by an error only, because the server has gone.
    let answer = "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 0\r\n\r\n";
    sides.server.send(answer).await;
    sides.client.expect(answer).await;
    drop(sides.server);
    let body = vec![b'a'; 100_000];
    let sending = async { while sides.client.stream.write_all(&body).await.is_ok() {} };
    within("the end of the server", sending).await;
}

#[tokio::test]
async fn a_server_that_accepts_nothing_resets_the_client() {
    let closed = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = closed.local_addr().unwrap();
    drop(closed);
    let proxy = tidewire_testbed::FaultProxy::start(address, 0, "")
        .await
        .unwrap();
    let mut client = tokio::net::TcpStream::connect(proxy.address())
        .await
        .unwrap();
    let mut buffer = [0; 9];
    let read = tokio::io::AsyncReadExt::read(&mut client, &mut buffer);
    within("a reset", read).await.unwrap_err();
}

#[tokio::test]
async fn a_dropped_proxy_resets_its_connections() {
    let (place, mut sides) = sides("").await;
    sides.upgrade().await;
    let Place { proxy, .. } = place;
    drop(proxy);
    sides.client.expect_reset().await;
    sides.server.expect_reset().await;
}
