//! Faults of messages.

use crate::sides::{Sides, sides};

/// A frame of the server.
fn frame(first: u8, payload: &str) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    [&[first, length], payload.as_bytes()].concat()
}

/// A masked frame of the client.
fn masked(first: u8, payload: &str) -> Vec<u8> {
    let mask = [1, 2, 3, 4];
    let length = u8::try_from(payload.len()).unwrap();
    let payload = payload
        .bytes()
        .zip(mask.iter().cycle())
        .map(|(byte, key)| byte ^ key);
    let head = [first, 0x80 | length].into_iter().chain(mask);
    head.chain(payload).collect()
}

fn text(payload: &str) -> Vec<u8> {
    frame(0x81, payload)
}

async fn open(script: &str) -> (crate::sides::Place, Sides) {
    let (place, mut sides) = sides(script).await;
    sides.upgrade().await;
    (place, sides)
}

/// Sends frames in each cut into two parts, and expects others.
async fn check(script: &str, sent: &[Vec<u8>], expected: &[Vec<u8>]) {
    let (sent, expected) = (sent.concat(), expected.concat());
    for cut in 0..sent.len() {
        let (_place, mut sides) = open(script).await;
        let (first, second) = sent.split_at(cut);
        sides.server.send(first).await;
        tokio::task::yield_now().await;
        sides.server.send(second).await;
        sides.server.finish().await;
        sides.client.expect(&expected).await;
        sides.client.expect_end().await;
    }
}

#[tokio::test]
async fn a_message_is_dropped_doubled_or_reordered() {
    let sent = [text("42a"), text("42b"), text("2"), text("42c")];
    let of = |expected: &[&str]| expected.iter().map(|it| text(it)).collect::<Vec<_>>();
    check("on message down 2: drop", &sent, &of(&["42a", "2", "42c"])).await;
    check(
        "on message down 2 \"42\": duplicate",
        &sent,
        &of(&["42a", "42b", "42b", "2", "42c"]),
    )
    .await;
    check(
        "on message down 2: reorder",
        &sent,
        &of(&["42a", "2", "42b", "42c"]),
    )
    .await;
    check(
        "on message down: reorder",
        &sent,
        &of(&["42b", "42a", "42c", "2"]),
    )
    .await;
    check(
        "on message down 4: reorder",
        &sent,
        &of(&["42a", "42b", "2", "42c"]),
    )
    .await;
    check(
        "on message down 1: inject \"é\"",
        &sent[..2],
        &of(&["42a", "é", "42b"]),
    )
    .await;
    check(
        "stop-pongs",
        &[text("3"), text("33"), text("")],
        &of(&["33", ""]),
    )
    .await;
}

#[tokio::test]
async fn all_frames_of_a_message_share_its_fault_and_control_frames_do_not() {
    let ping = frame(0x89, "p");
    let message = [
        frame(0x01, "42"),
        ping.clone(),
        frame(0x00, "a"),
        frame(0x80, "b"),
    ];
    let whole = [frame(0x01, "42"), frame(0x00, "a"), frame(0x80, "b")];
    let sent = [&message[..], &[text("42c")]].concat();
    check(
        "on message down 1: drop",
        &sent,
        &[ping.clone(), text("42c")],
    )
    .await;
    check(
        "on message down 1 \"42\": duplicate",
        &sent,
        &[&[ping.clone()][..], &whole, &whole, &[text("42c")]].concat(),
    )
    .await;
    check(
        "on message down 1: reorder",
        &sent,
        &[&[ping.clone()][..], &[text("42c")], &whole].concat(),
    )
    .await;
    check(
        "on message down 1: inject \"x\"",
        &sent,
        &[&message[..], &[text("x"), text("42c")]].concat(),
    )
    .await;
    // A message that waits for the next one comes before the end of all messages.
    let close = frame(0x88, "");
    check(
        "on message down 1: reorder",
        &[text("a"), close.clone()],
        &[text("a"), close],
    )
    .await;
}

#[tokio::test]
async fn the_byte_in_the_middle_is_no_utf8() {
    let corrupt = |payload: &[u8]| [&[0x81, payload.len() as u8], payload].concat();
    let script = "on message down: corrupt";
    check(script, &[text("abcde")], &[corrupt(b"ab\xffde")]).await;
    check(script, &[text("ab")], &[corrupt(b"a\xff")]).await;
    check(script, &[text("")], &[text("")]).await;
}

#[tokio::test]
async fn a_rule_reads_masked_messages() {
    let script =
        "on message up \"42b\": drop\non message up \"42c\": corrupt\non message up \"42d\": reset";
    let (_place, mut sides) = open(script).await;
    sides
        .client
        .send([masked(0x81, "42a"), masked(0x81, "42b")].concat())
        .await;
    sides.server.expect(masked(0x81, "42a")).await;
    sides.client.send(masked(0x81, "42c")).await;
    let mut corrupted = masked(0x81, "42c");
    corrupted[7] = 0xff ^ 2;
    sides.server.expect(corrupted).await;
    // Compressed text matches no text.
    sides.up(masked(0xc1, "42b")).await;
    sides.client.send(masked(0x81, "42d")).await;
    sides.client.expect_reset().await;
}

#[tokio::test]
async fn an_injected_message_of_the_client_is_masked() {
    let (_place, mut sides) = open("on message up 1: inject \"hello\"").await;
    sides.up(masked(0x81, "2")).await;
    let mut head = [0; 11];
    let read = tokio::io::AsyncReadExt::read_exact(&mut sides.server.stream, &mut head);
    crate::sides::within("an injected message", read)
        .await
        .unwrap();
    assert_eq!(head[..2], [0x81, 0x85]);
    let payload: Vec<u8> = (0..5).map(|at| head[6 + at] ^ head[2 + at % 4]).collect();
    assert_eq!(payload, b"hello");
}
