//! The state of one connection to a namespace at the server.

/// A connection to a namespace (the server-side `Socket` of socket.io).
#[derive(Clone, Debug)]
pub(super) struct Connection {
    pub(super) state: State,
    /// When the client may send another CONNECT: it has waited long enough and has not shown that it has the answer.
    pub(super) may_retry_at: u64,
    /// The connection of the earlier CONNECT, if this one is of a later CONNECT.
    pub(super) earlier: Option<Box<Connection>>,
    /// The number among all connections of the server.
    pub(super) number: u64,
    /// The number of events sent.
    pub(super) sent: u64,
    /// The private id for recovery.
    pub(super) pid: Option<String>,
    /// The sent events with their offsets, for recovery.
    pub(super) log: Vec<Logged>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// CONNECT is not answered yet.
    Requested,
    /// CONNECT will not be answered.
    Ignored,
    Connected,
}

#[derive(Clone, Debug)]
pub(super) struct Logged {
    pub(super) offset: String,
    pub(super) data: String,
}

impl Connection {
    /// Returns the accepted connection: this one or that of an earlier CONNECT.
    pub(super) fn connected(&mut self) -> Option<&mut Connection> {
        if self.state == State::Connected {
            return Some(self);
        }
        self.earlier.as_mut()?.connected()
    }

    /// Returns the JSON of the next event, the `n`th of its namespace. Logs it if the connection can be recovered.
    pub(super) fn next_event(&mut self, n: u64) -> String {
        let (number, k) = (self.number, self.sent);
        self.sent += 1;
        if self.pid.is_none() {
            return format!("[\"s\",{n},{number},{k}]");
        }
        let offset = letters(n);
        let data = format!("[\"s\",{n},{number},{k},\"{offset}\"]");
        self.log.push(Logged {
            offset,
            data: data.clone(),
        });
        data
    }
}

/// An answer that the server gives later.
#[derive(Clone, Debug)]
pub(super) enum Delayed {
    /// The answer to CONNECT for this namespace.
    Connect(String),
    /// An ack.
    Ack { nsp: String, id: u64, n: u64 },
}

/// Returns a number as letters, because every digit of an event is read back as part of a number.
fn letters(mut n: u64) -> String {
    let mut word = String::from("o");
    loop {
        // Below 26.
        word.push(char::from(b'a' + u8::try_from(n % 26).unwrap_or(0)));
        n /= 26;
        if n == 0 {
            return word;
        }
    }
}
