//! All rows, in the order of the table.

use super::{Aim, Client, How, Measurement, Row};

/// The rows. Ratios are to the first row of each measurement.
pub(crate) const ROWS: &[Row] = {
    use Aim::{Allocations, CostRatio, CpuTime, JsonRatio, Memory, RateRatio};
    use Client::{Node, Raw, RustSocketio, Tidewire};
    use How::{
        Deflate, DeflateAlone, Flushing, Handler, Plainly, Polling, PollingTls, Tasks,
        TasksOfThreads, Tls, Unread, WebTransport, WithJson,
    };
    use Measurement::{
        Acks, Connect, ConnectAtOnce, Idle, Receive, ReceiveBinary, ReceiveLarge, ReceiveWords,
        Send, SendBinary, SendWords,
    };
    const UNREAD: &[Aim] = &[CostRatio(1.6), Allocations(0.1)];
    // One allocation is that of the text, which the user's type demands.
    const STREAM: &[Aim] = &[CostRatio(2.1), JsonRatio(1.3), Allocations(1.1)];
    const HANDLER: &[Aim] = &[CostRatio(2.1), JsonRatio(1.4), Allocations(1.1)];
    const SENT: &[Aim] = &[CostRatio(1.2), Allocations(0.01)];
    const SENT_BY_TASKS: &[Aim] = &[CpuTime(0.25)];
    const ACKS: &[Aim] = &[CostRatio(1.23)];
    const RATE: &[Aim] = &[RateRatio(0.87)];
    &[
        row(Receive, Raw, Plainly, "raw, arguments unread", &[]),
        row(Receive, Raw, WithJson, "raw + serde, to a tuple", &[]),
        row(
            Receive,
            Tidewire,
            Unread,
            "tidewire, arguments unread",
            UNREAD,
        ),
        row(Receive, Tidewire, Plainly, "tidewire, typed stream", STREAM),
        row(
            Receive,
            Tidewire,
            Handler,
            "tidewire, typed handler",
            HANDLER,
        ),
        row(Receive, RustSocketio, Plainly, "rust_socketio", &[]),
        row(Receive, Node, Plainly, "socket.io-client, Node", &[]),
        row(ReceiveLarge, Raw, Plainly, "raw, arguments unread", &[]),
        row(ReceiveLarge, Raw, WithJson, "raw + serde, to a tuple", &[]),
        row(
            ReceiveLarge,
            Tidewire,
            Unread,
            "tidewire, arguments unread",
            &[],
        ),
        row(
            ReceiveLarge,
            Tidewire,
            Plainly,
            "tidewire, typed stream",
            &[],
        ),
        row(
            ReceiveLarge,
            Tidewire,
            Handler,
            "tidewire, typed handler",
            &[],
        ),
        row(ReceiveLarge, RustSocketio, Plainly, "rust_socketio", &[]),
        row(ReceiveLarge, Node, Plainly, "socket.io-client, Node", &[]),
        row(ReceiveWords, Raw, Plainly, "raw, arguments unread", &[]),
        row(
            ReceiveWords,
            Tidewire,
            Plainly,
            "tidewire, typed stream",
            &[],
        ),
        row(ReceiveWords, Tidewire, Deflate, "tidewire, deflate", &[]),
        row(
            ReceiveWords,
            Tidewire,
            DeflateAlone,
            "tidewire, deflate without takeover",
            &[],
        ),
        row(ReceiveWords, Node, Plainly, "socket.io-client, Node", &[]),
        row(
            ReceiveWords,
            Node,
            Deflate,
            "socket.io-client, Node, deflate",
            &[],
        ),
        row(ReceiveBinary, Raw, Plainly, "raw", &[]),
        row(
            ReceiveBinary,
            Tidewire,
            Plainly,
            "tidewire, typed stream",
            &[],
        ),
        row(
            ReceiveBinary,
            Tidewire,
            Handler,
            "tidewire, typed handler",
            &[],
        ),
        row(ReceiveBinary, Node, Plainly, "socket.io-client, Node", &[]),
        row(Send, Raw, Plainly, "raw, batched", &[]),
        row(Send, Raw, WithJson, "raw + serde, batched", &[]),
        row(Send, Raw, Flushing, "raw, each flushed", &[]),
        row(Send, Tidewire, Plainly, "tidewire", SENT),
        row(
            Send,
            Tidewire,
            Tasks,
            "tidewire, 8 tasks, 1 thread",
            SENT_BY_TASKS,
        ),
        row(
            Send,
            Tidewire,
            TasksOfThreads,
            "tidewire, 8 tasks, 2 threads",
            SENT_BY_TASKS,
        ),
        row(Send, RustSocketio, Plainly, "rust_socketio", &[]),
        row(Send, Node, Plainly, "socket.io-client, Node", &[]),
        row(SendWords, Raw, Plainly, "raw, batched", &[]),
        row(SendWords, Tidewire, Plainly, "tidewire", &[]),
        row(SendWords, Tidewire, Deflate, "tidewire, deflate", &[]),
        row(
            SendWords,
            Tidewire,
            DeflateAlone,
            "tidewire, deflate without takeover",
            &[],
        ),
        row(SendWords, Node, Plainly, "socket.io-client, Node", &[]),
        row(
            SendWords,
            Node,
            Deflate,
            "socket.io-client, Node, deflate",
            &[],
        ),
        row(SendBinary, Raw, Plainly, "raw, batched", &[]),
        row(SendBinary, Tidewire, Plainly, "tidewire", &[]),
        row(SendBinary, RustSocketio, Plainly, "rust_socketio", &[]),
        row(SendBinary, Node, Plainly, "socket.io-client, Node", &[]),
        row(Acks, Raw, Plainly, "raw", &[]),
        row(Acks, Tidewire, Plainly, "tidewire", ACKS),
        row(Acks, RustSocketio, Plainly, "rust_socketio", &[]),
        row(Acks, Node, Plainly, "socket.io-client, Node", &[]),
        row(Connect, Raw, Plainly, "raw", &[]),
        row(Connect, Tidewire, Plainly, "tidewire", RATE),
        row(Connect, RustSocketio, Plainly, "rust_socketio", &[]),
        row(Connect, Node, Plainly, "socket.io-client, Node", &[]),
        row(ConnectAtOnce, Raw, Plainly, "raw", &[]),
        row(ConnectAtOnce, Tidewire, Plainly, "tidewire", RATE),
        row(ConnectAtOnce, RustSocketio, Plainly, "rust_socketio", &[]),
        row(ConnectAtOnce, Node, Plainly, "socket.io-client, Node", &[]),
        row(Idle, Raw, Plainly, "raw, a task each", &[]),
        row(Idle, Raw, Tls, "raw, a task each, TLS", &[]),
        row(Idle, Tidewire, Plainly, "tidewire", &[Memory(5.0)]),
        row(
            Idle,
            Tidewire,
            Handler,
            "tidewire, with a handler",
            &[Memory(5.5)],
        ),
        row(Idle, Tidewire, Tls, "tidewire, TLS", &[Memory(25.5)]),
        row(
            Idle,
            Tidewire,
            Polling,
            "tidewire, polling",
            &[Memory(31.0)],
        ),
        row(Idle, Tidewire, PollingTls, "tidewire, polling, TLS", &[]),
        row(Idle, Tidewire, WebTransport, "tidewire, WebTransport", &[]),
        row(Idle, Tidewire, Deflate, "tidewire, deflate", &[]),
        row(
            Idle,
            Tidewire,
            DeflateAlone,
            "tidewire, deflate without takeover",
            &[],
        ),
        row(Idle, RustSocketio, Plainly, "rust_socketio", &[]),
        row(Idle, Node, Plainly, "socket.io-client, Node", &[]),
        row(Idle, Node, Deflate, "socket.io-client, Node, deflate", &[]),
    ]
};

const fn row(
    measurement: Measurement,
    client: Client,
    how: How,
    label: &'static str,
    aims: &'static [Aim],
) -> Row {
    Row {
        measurement,
        client,
        how,
        label,
        aims,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measurement_begins_with_the_raw_client() {
        let mut before = None;
        for row in ROWS {
            if before.replace(row.measurement) != Some(row.measurement) {
                assert_eq!((row.client, row.how), (Client::Raw, How::Plainly));
            }
        }
    }

    #[test]
    fn a_name_is_of_one_row() {
        let mut names: Vec<String> = ROWS.iter().map(Row::name).collect();
        names.sort();
        names.dedup();
        assert_eq!(names.len(), ROWS.len());
    }
}
