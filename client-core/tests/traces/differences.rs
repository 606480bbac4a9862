//! Where the machine does other than the recorded clients, on purpose; and the traces that are not replayed.

use Change::{
    ConnectionMissing, EarlyAfterConnected, FrameExtra, FrameMissing, NewsExtra, NewsMissing,
};

/// A change to the recorded account, or to ours, that makes the two equal. A line is found by how it begins, the
/// last one if there are several.
#[derive(Debug)]
pub(crate) enum Change {
    /// The recorded client sent a frame that the machine does not.
    FrameMissing(&'static str),
    /// The machine sends a frame that the recorded client did not.
    FrameExtra(&'static str),
    NewsMissing(&'static str),
    NewsExtra(&'static str),
    ConnectionMissing(&'static str),
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
        "root-connect-ws-nginx18082" => None,
        "bad-gateway-ws" => Some(Some(2)),
        _ => Some(None),
    }
}

/// Traces over WebSockets that are not in `data`.
pub(crate) const LEFT_OUT: [(&str, &str); 6] = [
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

pub(crate) const DIFFERENCES: [Difference; 9] = [
    Difference {
        traces: &[
            "browser-chat-ws",
            "chat-ws",
            "chat-ws-slowroot",
            "kick-multiplex",
            "mobile-sdk-cluster",
            "multiplex",
            "ptop-kick-ws",
            "root-kick-hits-chat-seed001",
            "root-kick-seed001",
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
            "chat-ws-client2.4.0",
            "chat-ws-era2.1.1",
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
];
