//! Checks full buffers, and that stopping the server ends all connections.

use tidewire_testbed::{Config, Testbed, free_port, spawn};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::raw::{BOTH, EngineVersion, Raw, TIMEOUT, testbed};

#[tokio::test]
async fn a_flood_beyond_the_buffer_arrives_whole_and_in_order() {
    const COUNT: u64 = 500;
    let config = Config {
        max_buffer_size: 4,
        ..Config::default()
    };
    let testbed = spawn(config).await.unwrap();
    for version in BOTH {
        let mut client = Raw::open(&testbed, version, "").await;
        client.connect("/lab").await;
        client
            .send(&format!(r#"42/lab,["flood",{COUNT},"drop"]"#))
            .await;
        client.send(r#"42/lab,5["echo","meanwhile"]"#).await;

        let mut acked = false;
        let mut next = 0;
        while next < COUNT || !acked {
            let frame = client.text().await;
            if frame == r#"43/lab,5["meanwhile"]"# {
                acked = true;
            } else if next < COUNT {
                assert_eq!(frame, format!(r#"42/lab,["tick",{next},"drop"]"#));
                next += 1;
            }
        }
    }
}

#[tokio::test]
async fn stop_ends_every_connection_and_frees_the_port() {
    let config = Config {
        port: free_port().unwrap(),
        ..Config::default()
    };
    let testbed = spawn(config.clone()).await.unwrap();
    let mut old = Raw::open(&testbed, EngineVersion::Eio3, "").await;
    let mut new = Raw::open(&testbed, EngineVersion::Eio4, "").await;
    new.connect("/lab").await;
    let mut idle = TcpStream::connect(testbed.address()).await.unwrap();
    let mut polling = polling(&testbed).await;

    testbed.stop().await;
    old.end().await;
    new.end().await;
    for connection in [&mut idle, &mut polling] {
        let mut rest = Vec::new();
        let end = connection.read_to_end(&mut rest);
        // The server ends or resets the connection.
        let _ = tokio::time::timeout(TIMEOUT, end).await.expect("no hang");
    }

    let restarted = spawn(config).await.unwrap();
    let mut back = Raw::open(&restarted, EngineVersion::Eio4, "").await;
    back.connect("/lab").await;
}

/// Opens a connection with a pending poll: the third one, because the first two have packets to return.
async fn polling(testbed: &Testbed) -> TcpStream {
    let mut stream = TcpStream::connect(testbed.address())
        .await
        .expect("a connection");
    let opened = poll(&mut stream, "", "}").await;
    let sid = opened
        .split("\"sid\":\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    let sid = format!("&sid={}", sid.expect("an id"));
    poll(&mut stream, &sid, "2:40").await;
    send_get(&mut stream, &sid).await;
    stream
}

/// Sends a poll and reads until the response contains `end`.
async fn poll(stream: &mut TcpStream, query: &str, end: &str) -> String {
    send_get(stream, query).await;
    let mut response = Vec::new();
    loop {
        assert_ne!(stream.read_buf(&mut response).await.expect("a response"), 0);
        let text = String::from_utf8_lossy(&response);
        if text.contains(end) {
            return text.into_owned();
        }
    }
}

async fn send_get(stream: &mut TcpStream, query: &str) {
    let path = format!("/socket.io/?EIO=3&transport=polling{query}");
    let request = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("an open connection");
}

#[tokio::test]
async fn dropping_a_testbed_ends_its_connections_too() {
    let testbed = testbed().await;
    let mut client = Raw::open(&testbed, EngineVersion::Eio4, "").await;
    drop(testbed);
    client.end().await;
}

#[tokio::test]
async fn a_taken_port_is_an_error() {
    let testbed = testbed().await;
    let port = testbed.address().port();
    let error = spawn(Config {
        port,
        ..Config::default()
    })
    .await
    .unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
}
