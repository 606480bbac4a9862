//! The memory of the proxy does not grow with what passes.

use std::fs;

use crate::sides::{Sides, sides, within};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

const MIB: usize = 1024 * 1024;
/// Bytes that pass in each case.
const LENGTH: usize = 32 * MIB;
/// Far less than that, and more than all buffers of this process.
const MOST_GROWTH: usize = 16 * MIB;

/// Returns the bytes of this process in memory.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib = line.trim().strip_suffix(" kB").unwrap();
    kib.parse::<usize>().unwrap() * 1024
}

/// Passes bytes that never end a line, and looks at the memory meanwhile.
async fn pass(
    case: &str,
    from: &mut (impl AsyncWriteExt + Unpin),
    to: &mut (impl AsyncReadExt + Unpin),
) {
    let before = resident();
    let part = vec![b'a'; MIB];
    let sending = async {
        for _ in 0..LENGTH / MIB {
            from.write_all(&part).await.unwrap();
        }
    };
    let reading = async {
        let mut left = LENGTH;
        let mut buffer = vec![0; MIB];
        while left > 0 {
            let length = to.read(&mut buffer).await.unwrap();
            assert!(length > 0 && buffer[..length] == part[..length], "{case}");
            let is_new_mib = left / MIB != (left - length) / MIB;
            left -= length;
            if is_new_mib {
                let growth = resident().saturating_sub(before);
                assert!(growth < MOST_GROWTH, "{case}: {growth} bytes");
            }
        }
    };
    within(case, async { tokio::join!(sending, reading) }).await;
}

async fn up(case: &str, script: &str, begin: impl AsRef<[u8]>) {
    let (_place, mut sides) = sides(script).await;
    sides.up(begin).await;
    let Sides { client, server } = &mut sides;
    pass(case, &mut client.stream, &mut server.stream).await;
}

// One test, because the two would measure each other. The target runs its tests in threads, but none of the others takes as much.
#[tokio::test]
async fn memory_is_bounded() {
    nothing_that_passes_is_kept().await;
    a_message_that_would_be_kept_is_reset_above_a_limit().await;
}

async fn nothing_that_passes_is_kept() {
    for script in [
        "",
        "on request \"/never\": reset\non message up \"never\": drop",
    ] {
        up("a head without an end", script, "").await;
        up(
            "a body",
            script,
            "POST / HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n",
        )
        .await;
        up(
            "a chunk",
            script,
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffff\r\n",
        )
        .await;
        up(
            "an extension",
            script,
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        )
        .await;

        let (_place, mut sides) = sides(script).await;
        sides.upgrade().await;
        // The mask is 0.
        sides.up(b"\x82\xff\0\0\0\0\xff\xff\xff\xff\0\0\0\0").await;
        let Sides { client, server } = &mut sides;
        pass("a frame", &mut client.stream, &mut server.stream).await;
        sides
            .down(b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff")
            .await;
        let Sides { client, server } = &mut sides;
        pass(
            "an answer of the server",
            &mut server.stream,
            &mut client.stream,
        )
        .await;
    }
}

async fn a_message_that_would_be_kept_is_reset_above_a_limit() {
    let (_place, mut sides) = sides("on message up: duplicate").await;
    sides.upgrade().await;
    sides
        .client
        .send(b"\x81\xff\0\0\0\0\xff\xff\xff\xff\0\0\0\0")
        .await;
    let part = vec![b'a'; MIB];
    let sending = async { while sides.client.stream.write_all(&part).await.is_ok() {} };
    within("a reset", sending).await;
    sides.server.expect_reset().await;
}
