//! The intended differences between the machine and the recorded clients, and the traces that are not replayed.

use Change::{
    ConnectionExtra, ConnectionMissing, EarlyAfterConnected, EventExtra, EventMissing,
    EventsMissing, FrameExtra, FrameMissing, FramesMissing,
};

/// A change to the recorded account, or to ours, that makes the two equal.
///
/// It applies to the last line that starts with the text.
#[derive(Debug)]
pub(crate) enum Change {
    /// The recorded client sent a frame that the machine does not send.
    FrameMissing(&'static str),
    /// The recorded client sent frames on several connections that the machine does not send there.
    FramesMissing(&'static str),
    /// The machine sends a frame that the recorded client did not send.
    FrameExtra(&'static str),
    EventMissing(&'static str),
    /// All lines that start with the text.
    EventsMissing(&'static str),
    EventExtra(&'static str),
    ConnectionMissing(&'static str),
    ConnectionExtra(&'static str),
    /// The recorded client reported early events before `connect`.
    EarlyAfterConnected,
}

pub(crate) struct Difference {
    pub(crate) traces: &'static [&'static str],
    /// The position of the client in the trace; `None` for all.
    pub(crate) part: Option<usize>,
    pub(crate) changes: &'static [Change],
    pub(crate) why: &'static str,
}

impl Difference {
    pub(crate) fn concerns(&self, trace: &str, part: usize) -> bool {
        self.traces.contains(&trace) && self.part.is_none_or(|own| own == part)
    }
}

/// Returns the reconnection attempts of the recorded client; outer `None` if it did not reconnect at all.
pub(crate) fn attempts(trace: &str) -> Option<Option<u32>> {
    match trace {
        "root-connect-ws-nginx18082" | "ptop-exchange-polling-nonsticky" => None,
        "bad-gateway-ws" | "bad-gateway-polling" => Some(Some(2)),
        _ => Some(None),
    }
}

/// Traces that are not in `data`.
pub(crate) const LEFT_OUT: [(&str, &str); 13] = [
    (
        "big-polling-gzip",
        "no client: hand-made requests that show which responses the server compresses",
    ),
    (
        "big-polling-gzip-era2.1.1",
        "no client: hand-made requests that show which responses the server compresses",
    ),
    (
        "http-errors",
        "no client: hand-made bad requests that show the responses (`requests.rs` in the machine tests has such requests)",
    ),
    (
        "origins",
        "no client: hand-made requests that show how the server treats an Origin",
    ),
    (
        "origins-era2.1.1",
        "no client: hand-made requests that show how the server treats an Origin",
    ),
    (
        "root-online-seed001-verbatim",
        "a server that accepts and never answers: the recorded client times out after 20 seconds, and no server frame tells \
         the replay when",
    ),
    (
        "transports-ws-only",
        "two clients in turn with different transports, and the refusal of the first one is the only polling traffic",
    ),
    (
        "nsp-query-race",
        "no client: hand-made frames that show the reaction of the server",
    ),
    (
        "nsp-query-race-slowroot",
        "no client: hand-made frames that show the reaction of the server",
    ),
    (
        "server-ping-timeout",
        "no client: a hand-made session without pings that shows how the server closes it",
    ),
    (
        "v4-client-ws",
        "a 4.x client that gives up on the 2.x server; the machine connects",
    ),
    (
        "wx-weapp3-chat",
        "a 3.x client that cannot connect to the 2.x server",
    ),
    (
        "wx-weapp3-root",
        "a 3.x client that cannot connect to the 2.x server",
    ),
];

const CONNECT_FIRST: &str = "socket.io-client 2.5.0 emits early events before `connect`, when the socket has no id yet; \
                            the machine does as 2.0 to 2.4";

const LOST_BEFORE_ROOT: &str = "the machine sends CONNECT after `/` is connected, and here the session is lost before; \
                                socket.io-client 2.5.0 also reports `disconnect` for a namespace that was never connected";

pub(crate) const DIFFERENCES: [Difference; 15] = [
    Difference {
        traces: &[
            "browser-chat-upgrade",
            "browser-chat-ws",
            "chat-polling",
            "chat-upgrade",
            "chat-ws",
            "chat-ws-slowroot",
            "kick-multiplex",
            "mobile-sdk-cluster",
            "mobile-sdk-flow-polling",
            "multiplex",
            "ptop-kick-polling",
            "ptop-kick-upgrade",
            "ptop-kick-ws",
            "root-kick-hits-chat-seed001",
            "root-kick-seed001",
            "root-kick-seed001-polling",
            "slow-middleware-buffering",
        ],
        part: None,
        changes: &[EarlyAfterConnected],
        why: CONNECT_FIRST,
    },
    Difference {
        traces: &["mobile-sdk-chat-nsp"],
        part: Some(0),
        changes: &[EarlyAfterConnected],
        why: CONNECT_FIRST,
    },
    Difference {
        traces: &[
            "chat-upgrade-era2.1.1",
            "chat-ws-client2.4.0",
            "chat-ws-era2.1.1",
            "ptop-kick-polling-era2.1.1",
            "ptop-kick-ws-client2.1.1",
            "ptop-kick-ws-client2.4.0",
            "ptop-kick-ws-era2.1.1",
            "root-kick-seed001-client2.1.1",
            "wx-weapp206-chat",
            "wx-weapp210-chat",
        ],
        part: None,
        changes: &[EarlyAfterConnected],
        why: "the report is of the packet's arrival; the handlers of these clients events of it after `connect`, if at all",
    },
    Difference {
        traces: &["root-reject-rootfail"],
        part: Some(1),
        changes: &[FrameMissing("1 40/chat,")],
        why: "the machine sends CONNECT after `/` is connected, and here it never is",
    },
    Difference {
        traces: &["ptop-kick-ws-noredis"],
        part: None,
        changes: &[FrameExtra("1 closes"), EventMissing("/ptop [\"/ptop#")],
        why: "the only namespace is refused: the machine closes the connection, as 4.x clients do; the early event was \
              reported as it arrived and never reached a handler",
    },
    Difference {
        traces: &["kick-multiplex-errored-nsp"],
        part: None,
        changes: &[
            FrameMissing("2 40/nope,"),
            FrameMissing("2 closes"),
            EventMissing("disconnected: transport close"),
            EventMissing("error \"Invalid namespace\""),
            ConnectionMissing("closed: transport close"),
            ConnectionMissing("attempt 1"),
            ConnectionMissing("opened"),
        ],
        why: "a refused namespace does not reconnect, as in 4.x: when the server disconnects the other one, none is left and the \
              connection closes for good",
    },
    Difference {
        traces: &["wx-wxapp100-chat"],
        part: None,
        changes: &[
            EventMissing("/chat [\"res\",\"auth"),
            EventExtra("/chat [\"res\",\"auth"),
            FrameMissing("1 40/chat"),
            FrameExtra("1 40/chat,"),
            FrameMissing("1 41/chat"),
            FrameExtra("1 41/chat,"),
        ],
        why: "wxapp-socket-io omits the comma after a namespace, which the protocol requires; it loses early events, \
              whose arrival is in the report",
    },
    Difference {
        traces: &[
            "wx-wxapp100-chat",
            "wx-wxapp100-root",
            "wx-wxapp100hb-heartbeat",
        ],
        part: None,
        changes: &[
            FrameExtra("1 closes"),
            EventMissing("connected ?"),
            EventExtra("connected "),
            EventExtra("disconnected: io client disconnect"),
        ],
        why: "wxapp-socket-io has no ids, fails to close its socket and does not report `disconnect`",
    },
    Difference {
        traces: &["wx-wxapp100hb-heartbeat"],
        part: None,
        changes: &[
            FrameMissing("1 2probe"),
            FrameMissing("1 2probe"),
            FrameExtra("1 2"),
            FrameExtra("1 2"),
        ],
        why: "wxapp-socket-io pings with the text of the upgrade probe; the machine pings without text",
    },
    Difference {
        traces: &[
            "cluster-polling-split",
            "idle-through-proxy-polling",
            "ptop-exchange-polling-nonsticky",
            "server-restart-polling",
        ],
        part: None,
        changes: &[FramesMissing("1")],
        why: "the recorded client posts a close packet also after a lost request; for the machine the session is lost",
    },
    Difference {
        traces: &["cluster-polling-split"],
        part: None,
        changes: &[
            FramesMissing("40/lab,"),
            EventsMissing("disconnected: transport error"),
        ],
        why: LOST_BEFORE_ROOT,
    },
    Difference {
        traces: &["cluster-polling-split"],
        part: None,
        changes: &[ConnectionExtra("attempt 1")],
        why: "the recording ends before the recorded client reconnects again; the machine of the replay waits less",
    },
    Difference {
        traces: &["ptop-exchange-polling-nonsticky"],
        part: None,
        changes: &[
            FramesMissing("40/ptop"),
            EventMissing("disconnected: transport error"),
        ],
        why: LOST_BEFORE_ROOT,
    },
    Difference {
        traces: &["ptop-kick-upgrade"],
        part: None,
        changes: &[
            ConnectionMissing("upgraded"),
            FrameMissing("1 closes"),
            FrameExtra("1 closes"),
            FrameExtra("1 1"),
        ],
        why: "disconnected by the server during an upgrade, the recorded client finishes the upgrade and then closes; the machine \
              drops the upgrade and posts a close packet",
    },
    Difference {
        traces: &["browser-ptop-polling"],
        part: None,
        changes: &[
            EventMissing("event [\"<own id>\""),
            EventExtra("event [\"/ptop#"),
        ],
        why: "the recording has a placeholder instead of the client id",
    },
];
