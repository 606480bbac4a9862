//! One script in front of one server, over one transport.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::join_all;
use tidewire::{Client, Event, Events, Socket};
use tidewire_testbed::FaultProxy;

use crate::script::{Script, Sees};
use crate::support::guarded;
use crate::support::server::TransportMode;

/// Events of each kind.
const COUNT: u32 = 10;
/// The time in which an ack must come, before the event is sent again.
const ACK_TIMEOUT: Duration = Duration::from_secs(1);
const RETRIES: u32 = 50;

pub(crate) async fn run(port: u16, script: Arc<Script>, mode: TransportMode) {
    let name = format!("{} over {mode:?}", script.name);
    let room = format!("room of {name}");
    let (_listening, mut heard) = listen(port, &room).await;
    let proxy = FaultProxy::start((Ipv4Addr::LOCALHOST, port).into(), 0, "")
        .await
        .unwrap();
    // Faults that end a connection need one; the others begin with it.
    let is_first = script.sees != Sees::Reconnection;
    if is_first {
        proxy.run(&script.text).unwrap();
    }
    let client = client(&proxy, mode);
    let socket = client.socket();
    let mut changes = socket.events();
    socket.start();
    let connected = guarded(socket.wait_connected()).await;
    connected.unwrap_or_else(|error| panic!("{name}: {error}"));
    if !is_first {
        proxy.run(&script.text).unwrap();
    }

    say_all(&socket, &room).await;
    if script.sees == Sees::Reconnection {
        wait_for_disconnection(&mut changes, &name).await;
    }
    proxy.run("heal").unwrap();
    say(&socket, &room, "end", 0).await;
    if script.sees == Sees::Steady {
        assert_eq!(disconnections(&mut changes), 0, "{name}");
    }
    check(&script, &name, &arrivals(&mut heard).await);
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

fn client(proxy: &FaultProxy, mode: TransportMode) -> Client {
    let builder = Client::builder(format!("{}/lab", proxy.url()))
        .reconnection_delay(Duration::from_millis(20))
        .reconnection_delay_max(Duration::from_millis(100));
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

async fn wait_for_disconnection(changes: &mut Events, name: &str) {
    loop {
        match guarded(changes.next()).await {
            Some(Event::Disconnected { .. }) => return,
            Some(_) => {}
            None => panic!("{name}: the stream has ended"),
        }
    }
}

/// Counts the disconnections so far.
fn disconnections(changes: &mut Events) -> usize {
    let so_far = std::iter::from_fn(|| changes.next().now_or_never().flatten());
    so_far
        .filter(|event| matches!(event, Event::Disconnected { .. }))
        .count()
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

fn check(script: &Script, name: &str, arrivals: &[(String, u32)]) {
    let of = |wanted: &str| -> Vec<u32> {
        let kind = arrivals.iter().filter(|(kind, _)| kind == wanted);
        kind.map(|(_, number)| *number).collect()
    };
    if !script.has_laws {
        return;
    }
    let mut once = of("once");
    once.sort_unstable();
    let arrived = once.len();
    once.dedup();
    assert_eq!(once.len(), arrived, "{name}: at most once, {arrivals:?}");
    let mut first = Vec::new();
    for number in of("sure") {
        if !first.contains(&number) {
            first.push(number);
        }
    }
    let all: Vec<u32> = (0..COUNT).collect();
    assert_eq!(
        first, all,
        "{name}: at least once and in order, {arrivals:?}"
    );
}
