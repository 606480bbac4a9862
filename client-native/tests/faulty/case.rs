//! One script in front of one server, over one transport.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tidewire::{Client, Event, Events, Socket};
use tidewire_testbed::FaultProxy;

use crate::script::{Law, Script, Sees};
use crate::support::server::TransportMode;
use crate::support::{guarded, within};

/// Events of each kind.
const COUNT: u32 = 10;
/// The time in which an ack must come, before the event is sent again.
const ACK_TIMEOUT: Duration = Duration::from_secs(1);
const RETRIES: u32 = 50;
/// The time in which a fault shows itself.
const LONGEST: Duration = Duration::from_secs(30);
/// The time for a connection, if a script hangs one. Long enough for a machine that is busy.
const SHORT_TIMEOUT: Duration = Duration::from_secs(8);

pub(crate) async fn run(port: u16, script: Arc<Script>, mode: TransportMode) {
    let name = format!("{} over {mode:?}", script.name);
    let sees = script.sees(mode);
    let room = format!("room of {name}");
    let (_listening, mut heard) = listen(port, &room).await;
    let proxy = FaultProxy::start((Ipv4Addr::LOCALHOST, port), 0, "")
        .await
        .unwrap();
    if !script.begins_connected {
        proxy.run(&script.text).unwrap();
    }
    let client = client(&proxy, &script, mode);
    let socket = client.socket();
    let mut changes = socket.events();
    let mut seen = Seen::default();
    socket.start();
    let connected = guarded(socket.wait_connected()).await;
    connected.unwrap_or_else(|error| panic!("{name}: {error}"));
    if script.begins_connected {
        proxy.run(&script.text).unwrap();
    }

    let watching = async {
        if sees != Sees::Reconnection {
            return;
        }
        seen.until_disconnection(&mut changes, &name).await;
        if !script.heals() {
            proxy.run("heal").unwrap();
        }
    };
    futures_util::join!(say_all(&socket, &room), watching);
    let faults = proxy.faults();
    proxy.run("heal").unwrap();
    say(&socket, &room, "end", 0).await;
    seen.so_far(&mut changes);
    let has_met = mode == TransportMode::Upgrade || faults > 0;
    assert!(
        seen.is(sees, faults, has_met),
        "{name}: {sees:?}, {seen:?}, {faults} faults"
    );
    check(script.law(mode), &name, &arrivals(&mut heard).await);
    client.close().await;
}

/// Connects to the server itself, and joins the room.
async fn listen(port: u16, room: &str) -> (Client, Events) {
    let builder = Client::builder(format!("http://127.0.0.1:{port}/lab"));
    let socket = guarded(builder.connect()).await.unwrap();
    let events = socket.events();
    let _: String = guarded(async { socket.emit_with_ack("join", room).await })
        .await
        .unwrap();
    (socket.client().clone(), events)
}

fn client(proxy: &FaultProxy, script: &Script, mode: TransportMode) -> Client {
    let mut builder = Client::builder(format!("{}/lab", proxy.url()))
        .reconnection_delay(Duration::from_millis(20))
        .reconnection_delay_max(Duration::from_millis(100));
    if script.has_short_times {
        builder = builder.connect_timeout(SHORT_TIMEOUT);
    }
    mode.applied(builder).build().unwrap()
}

/// Sends events without retries, and events with them; waits for the acks of the latter.
async fn say_all(socket: &Socket, room: &str) {
    let mut sure = Vec::new();
    for number in 0..COUNT {
        socket.emit("say", (room, "once", number)).await.unwrap();
        sure.push(say(socket, room, "sure", number));
    }
    join_all(sure).await;
}

async fn say(socket: &Socket, room: &str, kind: &str, number: u32) {
    let request = socket
        .emit_with_ack("say", (room, kind, number))
        .timeout(ACK_TIMEOUT);
    let said = async { request.retries(RETRIES).await };
    let () = guarded(said).await.unwrap();
}

/// The changes that the application has seen.
#[derive(Debug, Default)]
struct Seen {
    disconnections: u32,
    failed_attempts: u32,
}

impl Seen {
    fn count(&mut self, event: &Event) {
        match event {
            Event::Disconnected { .. } => self.disconnections += 1,
            Event::ConnectError(_) => self.failed_attempts += 1,
            _ => {}
        }
    }

    async fn until_disconnection(&mut self, changes: &mut Events, name: &str) {
        while self.disconnections == 0 {
            let event = within(LONGEST, changes.next()).await.flatten();
            self.count(&event.unwrap_or_else(|| panic!("{name}: no disconnection, {self:?}")));
        }
    }

    fn so_far(&mut self, changes: &mut Events) {
        while let Some(Some(event)) = changes.next().now_or_never() {
            self.count(&event);
        }
    }

    /// Returns whether this is what the script says. During an upgrade, a fault may come too late to meet anything.
    fn is(&self, sees: Sees, faults: u64, has_met: bool) -> bool {
        let (ends, failures) = (self.disconnections, self.failed_attempts);
        match sees {
            Sees::Nothing => (ends, failures) == (0, 0) && faults == 0,
            Sees::Steady => (ends, failures) == (0, 0) && has_met,
            Sees::Late => ends == 0 && failures > 0 && has_met,
            Sees::Reconnection => ends > 0 && has_met,
            Sees::Anything => true,
        }
    }
}

/// Returns what the listener heard until the end.
async fn arrivals(heard: &mut Events) -> Vec<(String, u32)> {
    let mut arrivals = Vec::new();
    loop {
        let message = guarded(heard.message()).await.unwrap();
        let (kind, number): (String, u32) = message.args().unwrap();
        if kind == "end" {
            return arrivals;
        }
        arrivals.push((kind, number));
    }
}

fn check(law: Law, name: &str, arrivals: &[(String, u32)]) {
    let of = |wanted: &str| -> Vec<u32> {
        let kind = arrivals.iter().filter(|(kind, _)| kind == wanted);
        kind.map(|(_, number)| *number).collect()
    };
    let all: Vec<u32> = (0..COUNT).collect();
    let once = of("once");
    let mut sorted = once.clone();
    sorted.sort_unstable();
    match law {
        Law::None => return,
        Law::Twice => {
            let twice: Vec<u32> = all.iter().flat_map(|number| [*number; 2]).collect();
            assert_eq!(sorted, twice, "{name}: twice, {arrivals:?}");
            return;
        }
        Law::Reordered => {
            assert_eq!(sorted, all, "{name}: once, {arrivals:?}");
            assert_ne!(once, sorted, "{name}: in another order, {arrivals:?}");
        }
        Law::Delivery => {
            sorted.dedup();
            assert_eq!(
                sorted.len(),
                once.len(),
                "{name}: at most once, {arrivals:?}"
            );
        }
    }
    let mut first = Vec::new();
    for number in of("sure") {
        if !first.contains(&number) {
            first.push(number);
        }
    }
    assert_eq!(
        first, all,
        "{name}: at least once and in order, {arrivals:?}"
    );
}
