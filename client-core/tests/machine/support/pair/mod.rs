//! The client under test and a model server, with a network between them and one virtual clock.

mod host;

use std::collections::BTreeMap;

use tidewire_core::{
    Ack, AckId, Client, Config, Delivery, Emit, EngineVersion, Link, Lost, Misuse, Nsp, Reply, Time,
};

use super::network::{LATENCY, Network, Side};
use super::oracle::Oracle;
use super::outgoing::{Outgoing, outgoing};
use super::payload::{CountedPayload, PayloadCounter};
use super::server::Server;
use super::wire::Wire;

/// The time at which a test starts, in milliseconds.
const START: u64 = 1_000;

/// When the handshake reaches the client, in milliseconds after the first `connect`.
pub(crate) const HANDSHAKE: u64 = 2 * LATENCY;

/// How the application answers `AuthRequired`.
#[derive(Clone, Debug)]
pub(crate) enum Auth {
    /// At once, with this payload.
    Give(Option<&'static str>),
    /// The test calls [`Pair::authorize`].
    Later,
}

/// A client, a model server and the network between them, in virtual time.
///
/// A test commands either side, lets time pass, and compares what the client reported and what the server received. All are
/// lists of lines, in order:
///
/// ```ignore
/// on_all(|pair| {                                                       // each Engine.IO version, each transport
///     let chat = pair.connect_to("/chat");                              // the client connects a namespace
///     pair.emit(chat, r#"["hello"]"#);                                  // the client emits
///     pair.server_sends(r#"42/chat,["welcome",1]"#);                    // the server sends a frame
///     pair.run(100);                                                    // 100 ms pass
///     assert_eq!(pair.server_received().last().unwrap(), r#"42/chat,["hello"]"#);
///     assert_eq!(pair.client_events(), [r#"/chat ["welcome",1]"#]);
///     pair.end_connection(Lost::Closed);                                // a fault
///     pair.run(1_200);                                                  // the client reconnects after 1 s
///     assert_eq!(pair.client_events().last().unwrap(), "/chat connected");
/// });                                                                   // closes, and checks that nothing is left
/// ```
///
/// * The network takes 10 ms each way (`network.latency`), so a WebSocket handshake ends 20 ms after `connect`.
/// * `server.rules` sets the behaviour of the server; a test may change it at any time.
/// * The [`Oracle`] checks its laws on every output, whatever the test is about.
/// * [`Pair::finish`], which the functions of [`support`](super) call, fails on leaked links, payloads and acks.
pub(crate) struct Pair {
    pub(crate) client: Client<CountedPayload>,
    pub(crate) server: Server,
    pub(crate) network: Network,
    /// The time in milliseconds.
    pub(crate) now: u64,
    pub(crate) auth: Auth,
    /// The namespaces that `AuthRequired` has named, in order.
    pub(crate) auth_required: Vec<String>,
    /// The replies that the server awaits, in the order of its events.
    pub(crate) replies: Vec<(Nsp, Reply)>,
    /// The id of each namespace that has been connected.
    pub(crate) ids: BTreeMap<Nsp, String>,
    /// Whether the client device sleeps: its clock runs, but nothing is handled.
    pub(crate) asleep: bool,
    /// Whether `client_events` has the line "upgraded".
    pub(crate) shows_upgrades: bool,
    /// Whether the client host posts raw binary bodies, if the Engine.IO version has them.
    pub(crate) octets: bool,
    /// Whether plain events are taken by `Client::take_event`.
    pub(crate) fast_lane: bool,
    /// The body version of the response to each GET, if it is known.
    body_versions: BTreeMap<Link, Option<EngineVersion>>,
    /// The first packets of the WebTransports that are opened.
    open_packets: BTreeMap<Link, Wire>,
    events: Vec<String>,
    oracle: Oracle,
    counter: PayloadCounter,
}

impl Pair {
    pub(crate) fn new(engine_version: EngineVersion, config: Config) -> Pair {
        Pair {
            client: Client::new(config),
            server: Server::new(engine_version),
            network: Network::new(),
            now: START,
            auth: Auth::Give(None),
            auth_required: Vec::new(),
            replies: Vec::new(),
            ids: BTreeMap::new(),
            asleep: false,
            shows_upgrades: true,
            octets: false,
            fast_lane: false,
            body_versions: BTreeMap::new(),
            open_packets: BTreeMap::new(),
            events: Vec::new(),
            oracle: Oracle::default(),
            counter: PayloadCounter::default(),
        }
    }

    // ---- the client ----

    /// Creates a namespace.
    pub(crate) fn namespace(&mut self, name: &str) -> Nsp {
        self.namespace_with(name, None)
    }

    /// Creates a namespace with a query.
    pub(crate) fn namespace_with(&mut self, name: &str, query: Option<&str>) -> Nsp {
        let nsp = self.client.namespace(name, query);
        self.oracle.named(nsp, name);
        nsp
    }

    /// Calls `connect`.
    pub(crate) fn connect(&mut self, nsp: Nsp) {
        // A deadline that is due now belongs to the state before this call.
        self.fire_timers();
        self.oracle.connects(nsp);
        self.client.connect(self.time(), nsp);
        self.drain();
    }

    /// Creates and connects a namespace, runs 100 ms, and drops the events so far.
    pub(crate) fn connect_to(&mut self, name: &str) -> Nsp {
        let nsp = self.namespace(name);
        self.connect(nsp);
        self.run(100);
        assert!(self.client.is_connected(nsp), "{name}: {:?}", self.events);
        self.events.clear();
        nsp
    }

    /// Gives the auth payload of a namespace.
    pub(crate) fn authorize(&mut self, nsp: Nsp, auth: Option<&str>) {
        let auth = auth.map(|auth| self.counter.payload(auth));
        self.client.authorize(self.time(), nsp, auth);
        self.drain();
    }

    /// Emits an event without an ack, which must be accepted.
    pub(crate) fn emit(&mut self, nsp: Nsp, text: &str) {
        let result = self.try_emit(nsp, outgoing(text));
        assert_eq!(result, Ok(None));
    }

    /// Emits an event with an ack, which must be accepted.
    pub(crate) fn emit_with_ack(&mut self, nsp: Nsp, text: &str, ack: Ack) -> AckId {
        let result = self.try_emit(nsp, outgoing(text).ack(ack));
        result
            .expect("the emit is accepted")
            .expect("an ack is awaited")
    }

    /// Emits several events before the outputs of the first one are handled.
    pub(crate) fn emit_all(&mut self, nsp: Nsp, texts: impl IntoIterator<Item = String>) {
        self.fire_timers();
        for text in texts {
            assert_eq!(self.emit_only(nsp, outgoing(text)), Ok(None));
        }
        self.drain();
    }

    /// Emits an event and returns the result.
    pub(crate) fn try_emit(&mut self, nsp: Nsp, event: Outgoing) -> Result<Option<AckId>, Misuse> {
        self.fire_timers();
        let result = self.emit_only(nsp, event);
        self.drain();
        result
    }

    /// Emits an event without handling the outputs.
    fn emit_only(&mut self, nsp: Nsp, event: Outgoing) -> Result<Option<AckId>, Misuse> {
        let emit = Emit {
            payload: self.counter.payload(&event.text),
            attachments: event
                .attachments
                .iter()
                .map(|part| self.counter.payload(part))
                .collect(),
            ack: event.ack,
            delivery: event.delivery,
            compress: true,
        };
        let result = self.client.emit(self.time(), nsp, emit);
        if let Ok(ack) = result {
            // The machine reports nothing about a dropped volatile emit without an ack.
            let volatile = event.delivery == Delivery::Volatile;
            let dropped = volatile && ack.is_none() && !self.client.is_connected(nsp);
            if !dropped {
                let payloads = 1 + event.attachments.len();
                self.oracle
                    .emits(nsp, ack.map(AckId::get), event.text, payloads);
            }
        }
        result
    }

    /// Replies to an event of the server.
    pub(crate) fn reply(
        &mut self,
        (nsp, reply): (Nsp, Reply),
        text: &str,
        attachments: &[&[u8]],
    ) -> Result<(), Misuse> {
        let payload = self.counter.payload(text);
        let parts = attachments
            .iter()
            .map(|part| self.counter.payload(part))
            .collect();
        let result = self.client.reply(self.time(), nsp, reply, payload, parts);
        self.drain();
        result
    }

    /// Cancels an ack.
    pub(crate) fn cancel(&mut self, nsp: Nsp, ack: AckId) {
        self.client.cancel(self.time(), nsp, ack);
        self.oracle.cancels(nsp, ack.get());
        self.drain();
    }

    /// Calls `disconnect`.
    pub(crate) fn disconnect(&mut self, nsp: Nsp) {
        self.client.disconnect(self.time(), nsp);
        self.drain();
        self.oracle.disconnects(nsp);
    }

    /// Opens the connection without a namespace and runs 100 ms.
    pub(crate) fn open(&mut self) {
        self.client.open(self.time());
        self.drain();
        self.run(100);
    }

    /// Reports that the host could not decode a payload.
    pub(crate) fn report_bad_payload(&mut self) {
        self.client.report_bad_payload(self.time());
        self.drain();
    }

    /// Calls `close`.
    pub(crate) fn close(&mut self) {
        self.client.close(self.time());
        self.drain();
        self.oracle.closes();
    }

    /// Returns the events of the client since the last call, as lines (see `event_text.rs`).
    pub(crate) fn client_events(&mut self) -> Vec<String> {
        std::mem::take(&mut self.events)
    }

    /// Returns whether `client_events` would have this line.
    pub(crate) fn has_event(&self, line: &str) -> bool {
        self.events.iter().any(|own| own == line)
    }

    /// Returns the number of live payloads, anywhere.
    pub(crate) fn live_payloads(&self) -> usize {
        self.counter.live()
    }

    // ---- the server ----

    /// Returns the frames that the server has received since the last call.
    pub(crate) fn server_received(&mut self) -> Vec<String> {
        std::mem::take(&mut self.server.received)
    }

    /// Sends a text frame from the server.
    pub(crate) fn server_sends(&mut self, text: &str) {
        self.with_server(|server| server.send(Wire::text(text)));
    }

    /// Calls the server and sends its output.
    pub(crate) fn with_server<T>(&mut self, act: impl FnOnce(&mut Server) -> T) -> T {
        let result = act(&mut self.server);
        self.send_server_output();
        result
    }

    /// Ends the connection at the server.
    pub(crate) fn end_connection(&mut self, lost: Lost) {
        self.with_server(|server| server.end_connection(lost));
    }

    /// Loses the GET that waits at the server.
    pub(crate) fn lose_get(&mut self) {
        self.with_server(Server::lose_get);
    }

    // ---- time ----

    /// Returns the current time.
    pub(crate) fn time(&self) -> Time {
        Time::from_millis(self.now)
    }

    /// Runs for `millis` milliseconds, from one wake-up to the next.
    pub(crate) fn run(&mut self, millis: u64) {
        let end = self.now + millis;
        while let Some(at) = self.next().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.step();
        }
        self.now = end;
    }

    /// Runs until `millis` milliseconds after the start of the test.
    pub(crate) fn run_until(&mut self, millis: u64) {
        self.run(START + millis - self.now);
    }

    /// Runs for `millis` milliseconds while the client device sleeps.
    pub(crate) fn sleep(&mut self, millis: u64) {
        self.asleep = true;
        self.run(millis);
        self.asleep = false;
    }

    /// Ends the test: closes the connection and checks that no link, ack or payload is left.
    pub(crate) fn finish(mut self) {
        self.close();
        self.run(6_000);
        self.oracle.ended();
        assert_eq!(self.server.connections(), 0, "a link leaked");
        assert_eq!(self.oracle.acks_in_flight(), 0, "acks that never settled");
        assert_eq!(self.server.faults, [""; 0], "the client broke a rule");
        assert_eq!(self.counter.live(), self.oracle.unsent_payloads());
        drop(self.client);
        assert_eq!(self.counter.live(), 0, "payloads leaked");
    }

    /// Returns the time of the earliest wake-up.
    fn next(&self) -> Option<u64> {
        let client = if self.asleep {
            None
        } else {
            let timer = self.client.next_timeout().map(Time::as_millis);
            earliest(timer, self.network.next(Side::Client))
        };
        let server = earliest(self.server.next_wake(), self.network.next(Side::Server));
        earliest(client, server)
    }
}

fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    a.into_iter().chain(b).min()
}
