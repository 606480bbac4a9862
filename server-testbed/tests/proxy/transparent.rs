//! Without a rule that meets, both sides see each other's bytes as they were sent, and when they were sent.

use crate::sides::sides;

/// Rules that meet nothing here. The proxy has to look at every head for them.
const WATCHFUL: &str = "on request \"/never\": reset\non websocket \"/never\": reset\non message up \"never\": drop\n\
                        on message down \"never\": drop\non connection 2: reset";

/// Bytes of one side, which arrive before the next ones are sent.
enum Step {
    Up(&'static str),
    Down(&'static str),
}
use Step::{Down, Up};

const CONVERSATIONS: &[(&str, &[Step])] = &[
    (
        "the answer to HEAD has a length and no body",
        &[
            Up("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Down("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"),
            Up("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
            Down("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"),
        ],
    ),
    (
        "a body comes after 100 Continue",
        &[
            Up("POST / HTTP/1.1\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
            Down("HTTP/1.1 100 Continue\r\n\r\n"),
            Up("hello"),
            Down("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
            Up("GET / HTTP/1.1\r\n\r\n"),
            Down("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"),
            Down("HTTP/1.1 204 No Content\r\n\r\n"),
        ],
    ),
    (
        "chunks have extensions and trailers",
        &[
            Up(
                "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5;a=1\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n",
            ),
            Down("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n"),
            Down("5\r\nhel"),
            Down("lo\r\n"),
            Down("0\r\nX-Sum: 1\r\n\r\n"),
            Up("GET / HTTP/1.1\r\n\r\n"),
            Down("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n"),
            Up("GET /again HTTP/1.1\r\n\r\n"),
        ],
    ),
    (
        "lines end without CR",
        &[
            Up("GET / HTTP/1.1\nHost: a\n\n"),
            Down("HTTP/1.1 200 OK\nContent-Length: 2\n\nok"),
            Up("POST / HTTP/1.1\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n"),
            Down("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n2\nok\n0\n\n"),
            Up("\r\nGET / HTTP/1.1\r\n\r\n"),
        ],
    ),
    (
        "an answer comes amid the body of its request",
        &[
            Up("POST / HTTP/1.1\r\nContent-Length: 100000\r\n\r\nabc"),
            Down(
                "HTTP/1.1 413 Payload Too Large\r\nConnection: close\r\nContent-Length: 3\r\n\r\nbig",
            ),
            Up("def"),
        ],
    ),
    (
        "requests are pipelined",
        &[
            Up(
                "GET /1 HTTP/1.1\r\n\r\nPOST /2 HTTP/1.1\r\nContent-Length: 2\r\n\r\nabHEAD /3 HTTP/1.1\r\n\r\n",
            ),
            Up("GET /4 HTTP/1.1\r\n\r\n"),
            Down(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n2",
            ),
            Down(
                "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n4",
            ),
        ],
    ),
    (
        "an answer ends with its connection",
        &[
            Up("GET / HTTP/1.0\r\n\r\n"),
            Down("HTTP/1.0 200 OK\r\n\r\nevent: 1\n\n"),
            Down("event: 2\n\n"),
        ],
    ),
    (
        "an error comes without a request",
        &[
            Up("GET / HT"),
            Down("HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n"),
        ],
    ),
    (
        "a client speaks another protocol",
        &[
            Up("\u{16}\u{3}\u{1}\u{2}"),
            Down("\u{15}\u{3}\u{3}\n\n"),
            Up("\u{1}"),
            Down("x"),
        ],
    ),
    (
        "a request contradicts itself",
        &[
            Up("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na"),
            Down("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"),
            Up("b"),
        ],
    ),
    (
        "a server refuses to change the protocol",
        &[
            Up(
                "POST / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 2\r\n\r\nab",
            ),
            Down("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
            Up("GET / HTTP/1.1\r\n\r\n"),
            Down("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"),
        ],
    ),
    (
        "a server changes to another protocol",
        &[
            Up("GET / HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: chat\r\n\r\n"),
            Down("HTTP/1.1 101 Switching Protocols\r\nUpgrade: chat\r\n\r\nhi"),
            Up("GET "),
            Down("HTTP"),
            Up("/ HTTP/1.1\r\n"),
        ],
    ),
    (
        "a tunnel begins with CONNECT",
        &[
            Up("CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n"),
            Down("HTTP/1.1 200 OK\r\n\r\n"),
            Up("\u{16}\u{3}\u{1}"),
            Down("\u{16}\u{3}\u{3}"),
        ],
    ),
    (
        "frames have every length, masks and fragments",
        &[
            Up("GET /socket.io/ HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: WebSocket\r\n\r\n"),
            Down("HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n\r\n\u{1}\u{0}"),
            Up("\u{2}\u{5}hello"),
            Up("\u{9}\u{0}\u{0}\u{1}p"),
            Down("\u{1}\u{7e}\u{0}\u{2}ab"),
            Down("\u{1}\u{7f}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{2}ab"),
            Down("\u{8}\u{0}"),
        ],
    ),
];

#[tokio::test]
async fn the_bytes_of_a_step_arrive_before_the_next_step() {
    for script in ["", WATCHFUL, "split 1", "latency 1 jitter 1"] {
        for (name, steps) in CONVERSATIONS {
            let (_place, mut sides) = sides(script).await;
            println!("{name}, with the script {script:?}");
            for step in *steps {
                match step {
                    // A head waits until it is complete, if a rule may meet it.
                    Up(bytes) if script == WATCHFUL && *bytes == "GET / HT" => break,
                    Up(bytes) => sides.up(bytes).await,
                    Down(bytes) => sides.down(bytes).await,
                }
            }
        }
    }
}

#[tokio::test]
async fn each_byte_arrives_before_the_next_byte() {
    for (name, steps) in CONVERSATIONS {
        let (_place, mut sides) = sides("").await;
        println!("{name}");
        for step in *steps {
            let bytes = match step {
                Up(bytes) | Down(bytes) => bytes.as_bytes(),
            };
            for byte in bytes.chunks(1) {
                match step {
                    Up(_) => sides.up(byte).await,
                    Down(_) => sides.down(byte).await,
                }
            }
        }
    }
}

#[tokio::test]
async fn a_long_head_passes_as_it_is() {
    let head = format!("GET / HTTP/1.1\r\nCookie: {}\r\n\r\n", "a".repeat(200_000));
    let many = format!("GET / HTTP/1.1\r\n{}\r\n", "a: b\r\n".repeat(5000));
    for script in ["", WATCHFUL] {
        for head in [&head, &many] {
            let (_place, mut sides) = sides(script).await;
            sides.up(head).await;
            sides
                .down("HTTP/1.1 431 Request Header Fields Too Large\r\nContent-Length: 0\r\n\r\n")
                .await;
            sides.up("GET / HTTP/1.1\r\n\r\n").await;
        }
    }
}
