//! Any bytes in any pieces, with any faults: they pass unchanged or the connection ends, and nothing panics.

use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::sides::{Place, Sides, within};

/// Panics of any task.
static PANICS: AtomicUsize = AtomicUsize::new(0);

fn count_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            PANICS.fetch_add(1, Ordering::SeqCst);
            before(info);
        }));
    });
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }

    fn pick<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }
}

const REQUESTS: &[&[u8]] = &[
    b"GET /?sid=a HTTP/1.1\r\nHost: a\r\n\r\n",
    b"HEAD / HTTP/1.1\n\n",
    b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc",
    b"POST / HTTP/1.1\r\nContent-Length: 70000\r\nExpect: 100-continue\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\nA: b\r\n\r\n",
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: websocket\r\n\r\n",
    b"GET / HTTP/1.1\r\nUpgrade: h2c\r\n\r\n",
    b"CONNECT a:1 HTTP/1.1\r\n\r\n",
    b"\x81\x83\x01\x02\x03\x04abc",
    b"\x01\x82\0\0\0\x0042",
    b"\x80\x81\0\0\0\x003",
    b"\x81\x81\0\0\0\x003",
    b"\x89\x80\0\0\0\0",
    b"\x88\x80\0\0\0\0",
    b"\x82\xff\xff\xff\xff\xff\xff\xff\xff\xff\0\0\0\0",
    b"\0\xff\r\n\r\n",
];

const ANSWERS: &[&[u8]] = &[
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\n",
    b"HTTP/1.1 204 No Content\r\n\r\n",
    b"HTTP/1.0 200 OK\r\n\r\nabc",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
    b"HTTP/1.1 413 Large\r\nConnection: close\r\n\r\n",
    b"\x81\x0242",
    b"\x01\x0242",
    b"\x80\x00",
    b"\x81\x7e\x00\x03abc",
    b"\x89\x00",
    b"\x88\x00",
    b"\0\xff\r\n\r\n",
];

const FAULTS: &[&str] = &[
    "on connection 2: reset",
    "on request GET 2: cut-answer 30",
    "on request POST: reset-after-answer",
    "on request 2: hang",
    "on request 3: status 204",
    "on websocket 2: status 400 json",
    "on message up: duplicate",
    "on message down \"42\": duplicate",
    "on message up 2: reorder",
    "on message down: reorder",
    "on message down 2: corrupt",
    "on message up \"42\": drop",
    "on message down 1: inject \"hello\"",
    "on message up 9: reset",
    "stop-pongs",
    "latency 1 jitter 2",
    "bandwidth 300000",
    "split 3",
    "stall up",
    "half-open",
    "forget",
    "cut",
    "refuse",
    "after 2: cut",
    "after 3: heal",
];

/// Faults that meet nothing of [`REQUESTS`] and [`ANSWERS`].
const HARMLESS: &[&str] = &[
    "",
    "on request \"/never\": reset",
    "on websocket \"/never\": reset",
    "on message up \"never\": drop",
    "on message down \"never\": drop",
    "split 7",
    "latency 1",
    "bandwidth 30000000",
];

fn bytes(random: &mut Random, pieces: &[&[u8]]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for _ in 0..random.below(8) {
        bytes.extend(random.pick(pieces));
        if random.below(8) == 0 && !bytes.is_empty() {
            let place = random.below(bytes.len());
            bytes[place] = random.next() as u8;
        }
        if random.below(10) == 0 {
            bytes.resize(bytes.len() + random.below(20_000), b'a');
        }
    }
    bytes
}

/// Sends bytes in pieces of any size, and then an end.
async fn send(
    random: &mut Random,
    to: &mut (impl AsyncWriteExt + Unpin),
    mut bytes: &[u8],
) -> std::io::Result<()> {
    while !bytes.is_empty() {
        let most = random.pick(&[&1, &7, &100, &9000]);
        let (piece, rest) = bytes.split_at(1 + random.below(bytes.len().min(*most)));
        to.write_all(piece).await?;
        if random.below(3) == 0 {
            tokio::task::yield_now().await;
        }
        bytes = rest;
    }
    to.shutdown().await
}

async fn side(
    random: &mut Random,
    stream: &mut TcpStream,
    bytes: &[u8],
) -> std::io::Result<Vec<u8>> {
    let (mut from, mut to) = stream.split();
    let mut got = Vec::new();
    let (sent, read) = tokio::join!(send(random, &mut to, bytes), from.read_to_end(&mut got));
    sent?;
    read?;
    Ok(got)
}

#[tokio::test]
async fn any_bytes_pass_unchanged_without_a_fault_that_meets_them() {
    count_panics();
    for seed in 0..200 {
        let mut random = Random(seed);
        let script = [random.pick(HARMLESS), random.pick(HARMLESS)].join("\n");
        let (requests, answers) = (bytes(&mut random, REQUESTS), bytes(&mut random, ANSWERS));
        let place = Place::new(&script).await;
        let Sides {
            mut client,
            mut server,
        } = place.sides().await;
        let (mut first, mut second) = (Random(random.next()), Random(random.next()));
        let what = format!("seed {seed}, {script:?}");
        let both = async {
            tokio::join!(
                side(&mut first, &mut client.stream, &requests),
                side(&mut second, &mut server.stream, &answers)
            )
        };
        let (at_client, at_server) = within(&what, both).await;
        assert_eq!(
            at_client.unwrap().escape_ascii().to_string(),
            answers.escape_ascii().to_string(),
            "{what}"
        );
        assert_eq!(
            at_server.unwrap().escape_ascii().to_string(),
            requests.escape_ascii().to_string(),
            "{what}"
        );
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn every_connection_ends_with_any_faults_and_any_bytes() {
    count_panics();
    for seed in 0..200 {
        let mut random = Random(seed);
        let faults: Vec<_> = (0..1 + random.below(4))
            .map(|_| random.pick(FAULTS))
            .collect();
        let script = faults.join("\n");
        let (requests, answers) = (bytes(&mut random, REQUESTS), bytes(&mut random, ANSWERS));
        let place = Place::new("").await;
        let what = format!("seed {seed}, {script:?}");
        let Sides {
            mut client,
            mut server,
        } = place.sides().await;
        place.proxy.run(&script).unwrap();
        let (mut first, mut second) = (Random(random.next()), Random(random.next()));
        let resets = random.below(4) == 0;
        let at_client = async {
            match resets {
                true => {
                    let part = random.below(requests.len() + 1);
                    let _ = client.stream.write_all(&requests[..part]).await;
                    client.reset();
                }
                // An error is a reset, which is an end.
                false => drop(side(&mut first, &mut client.stream, &requests).await),
            }
        };
        let at_server = async { drop(side(&mut second, &mut server.stream, &answers).await) };
        let both = async { tokio::join!(at_client, at_server) };
        tokio::pin!(both);
        // A stall needs `heal`, and the first one may come before the stall.
        within(&what, async {
            loop {
                tokio::select! {
                    _ = &mut both => break,
                    () = tokio::time::sleep(std::time::Duration::from_millis(5)) => place.proxy.run("heal").unwrap(),
                }
            }
        })
        .await;
    }
    assert_eq!(PANICS.load(Ordering::SeqCst), 0);
}
