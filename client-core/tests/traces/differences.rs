//! Where the machine does other than the recorded clients, on purpose; and the traces that are not replayed.

use Change::{
    ConnectionExtra, ConnectionMissing, EarlyAfterConnected, FrameExtra, FrameMissing,
    FramesMissing, NewsExtra, NewsMissing, NewsMissingOften,
};

/// A change to the recorded account, or to ours, that makes the two equal. A line is found by how it begins, the
/// last one if there are several.
#[derive(Debug)]
pub(crate) enum Change {
    /// The recorded client sent a frame that the machine does not.
    FrameMissing(&'static str),
    /// The recorded client sent frames on several connections that the machine does not send on those.
    FramesMissing(&'static str),
    /// The machine sends a frame that the recorded client did not.
    FrameExtra(&'static str),
    NewsMissing(&'static str),
    /// All the lines that begin so.
    NewsMissingOften(&'static str),
    NewsExtra(&'static str),
    ConnectionMissing(&'static str),
    ConnectionExtra(&'static str),
    /// The recorded client passed on early events before `connect`.
    EarlyAfterConnected,
}

pub(crate) struct Difference {
    pub(crate) traces: &'static [&'static str],
    /// Which client of the trace; `None` for all.
    pub(crate) part: Option<usize>,
    pub(crate) changes: &'static [Change],
    pub(crate) why: &'static str,
}

impl Difference {
    pub(crate) fn concerns(&self, trace: &str, part: usize) -> bool {
        self.traces.contains(&trace) && self.part.is_none_or(|own| own == part)
    }
}

/// The attempts to come back that the recorded client was allowed; outer `None`: it did not come back at all.
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
        "no client: requests by hand, to see what the server compresses",
    ),
    (
        "big-polling-gzip-era2.1.1",
        "no client: requests by hand, to see what the server compresses",
    ),
    (
        "http-errors",
        "no client: wrong requests by hand, to see the answers (`requests.rs` in the machine's tests has such)",
    ),
    (
        "origins",
        "no client: requests by hand, to see what the server thinks of an Origin",
    ),
    (
        "origins-era2.1.1",
        "no client: requests by hand, to see what the server thinks of an Origin",
    ),
    (
        "root-online-seed001-verbatim",
        "a server that takes calls and never answers: the recorded client ends them after its own 20 seconds, and nothing \
         of the server's tells the replay when",
    ),
    (
        "transports-ws-only",
        "two clients in turn with other transports each, and the first one's refusal is all there is of polling",
    ),
    (
        "nsp-query-race",
        "no client: frames sent by hand, to see what the server makes of them",
    ),
    (
        "nsp-query-race-slowroot",
        "no client: frames sent by hand, to see what the server makes of them",
    ),
    (
        "server-ping-timeout",
        "no client: a hand that does not ping, to see the server close",
    ),
    (
        "v4-client-ws",
        "a 4.x client that gives up on the 2.x server, which the machine does not",
    ),
    (
        "wx-weapp3-chat",
        "a 3.x client that never gets on with the 2.x server",
    ),
    (
        "wx-weapp3-root",
        "a 3.x client that never gets on with the 2.x server",
    ),
];

const CONNECT_FIRST: &str = "socket.io-client 2.5.0 passes on early events before `connect`, when the socket has no id \
                            yet; the machine does as 2.0 to 2.4";

const LOST_BEFORE_ROOT: &str = "the machine asks for a namespace when `/` is there, and here the session is lost before; \
                                socket.io-client 2.5.0 also says that it left what it was never in";

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
        why: "the report is of the packet's arrival; the handlers of these clients heard of it after `connect`, if at all",
    },
    Difference {
        traces: &["root-reject-rootfail"],
        part: Some(1),
        changes: &[FrameMissing("1 40/chat,")],
        why: "the machine asks for a namespace when `/` is there, and here it never is",
    },
    Difference {
        traces: &["ptop-kick-ws-noredis"],
        part: None,
        changes: &[FrameExtra("1 closes"), NewsMissing("/ptop [\"/ptop#")],
        why: "the only namespace is refused: the machine closes the connection, as 4.x clients do; the early event was \
              reported as it arrived and never reached a handler",
    },
    Difference {
        traces: &["kick-multiplex-errored-nsp"],
        part: None,
        changes: &[
            FrameMissing("2 40/nope,"),
            FrameMissing("2 closes"),
            NewsMissing("left: transport close"),
            NewsMissing("error \"Invalid namespace\""),
            ConnectionMissing("closed: transport close"),
            ConnectionMissing("attempt 1"),
            ConnectionMissing("opened"),
        ],
        why: "a refused namespace leaves the loop of reconnection, as in 4.x: when the other is kicked, none is left and the \
              connection closes for good",
    },
    Difference {
        traces: &["wx-wxapp100-chat"],
        part: None,
        changes: &[
            NewsMissing("/chat [\"res\",\"auth"),
            NewsExtra("/chat [\"res\",\"auth"),
            FrameMissing("1 40/chat"),
            FrameExtra("1 40/chat,"),
            FrameMissing("1 41/chat"),
            FrameExtra("1 41/chat,"),
        ],
        why: "wxapp-socket-io writes no comma behind a namespace, which the protocol has; it loses early events, \
              of which the report has the arrival",
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
            NewsMissing("connected ?"),
            NewsExtra("connected "),
            NewsExtra("left: io client disconnect"),
        ],
        why: "wxapp-socket-io knows no ids, fails to close its socket and does not report that it left",
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
        why: "wxapp-socket-io pings with the word of the upgrade's probe; the machine sends none",
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
        why: "the recorded client posts a close packet after a request was lost, too; the machine takes the session for dead",
    },
    Difference {
        traces: &["cluster-polling-split"],
        part: None,
        changes: &[
            FramesMissing("40/lab,"),
            NewsMissingOften("left: transport error"),
        ],
        why: LOST_BEFORE_ROOT,
    },
    Difference {
        traces: &["cluster-polling-split"],
        part: None,
        changes: &[ConnectionExtra("attempt 1")],
        why: "the recording ends before the recorded client comes back again; the machine of the replay waits less",
    },
    Difference {
        traces: &["ptop-exchange-polling-nonsticky"],
        part: None,
        changes: &[
            FramesMissing("40/ptop"),
            NewsMissing("left: transport error"),
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
        why: "kicked in the middle of an upgrade, the recorded client upgrades to the end and then closes; the machine gives the \
              upgrade up and posts a close packet",
    },
    Difference {
        traces: &["browser-ptop-polling"],
        part: None,
        changes: &[
            NewsMissing("event [\"<own id>\""),
            NewsExtra("event [\"/ptop#"),
        ],
        why: "the recording put a word in the place of the client's own id",
    },
];
