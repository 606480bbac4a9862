//! Runs a storm: a loop over milliseconds, with the events of every connection.

use tidewire_core::{Link, Lost};

use super::accept_queue::{AcceptQueue, Admission};
use super::client::{ClientOutput, PING_INTERVAL, StormClient};
use super::curve::{BUCKET, Curve};
use super::plan::{Outage, Plan};
use super::wheel::{HORIZON, Wheel};
use crate::rng::Rng;

/// How long the clients take to connect before the outage, in milliseconds. They spread over a ping interval, and so do their pings.
const WARM_UP: u64 = PING_INTERVAL + 1_000;

/// The delays before TCP repeats a SYN, in milliseconds (Linux: after 1, 3, 7 and 15 s).
const SYN_RETRY_DELAYS: [u64; 4] = [1_000, 2_000, 4_000, 8_000];

/// A connection attempt of one client, and the connection if it succeeds.
#[derive(Clone, Copy, Debug)]
struct Connection {
    client: u32,
    link: Link,
    /// The one-way latency, in milliseconds.
    latency: u8,
}

#[derive(Clone, Copy, Debug)]
enum Scheduled {
    /// A deadline of a client is due.
    Wake(u32),
    /// An event of a connection, if the client still holds it.
    On(Connection, LinkEvent),
}

/// An event of a connection.
#[derive(Clone, Copy, Debug)]
enum LinkEvent {
    /// The attempt leaves the client, after this number of SYN retries.
    SynSent(u8),
    /// The attempt reaches the server.
    SynArrived(u8),
    /// The client learns that its attempt was refused.
    Refused,
    /// The client learns that its attempt was accepted.
    Accepted,
    /// The answer to CONNECT reaches the client.
    Connected,
    /// A ping reaches the client.
    Ping,
    /// The client learns that the server has closed the connection.
    Closed,
}

/// The network between a client and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Path {
    Free,
    Silent,
    Blocked,
}

/// Runs a plan until all clients are connected again, or until its limit.
pub fn run(plan: &Plan) -> Curve {
    let mut storm = Storm::new(plan);
    storm.connect_all();
    storm.run_outage();
    storm.curve
}

struct Storm<'p> {
    plan: &'p Plan,
    clients: Vec<StormClient>,
    wheel: Wheel<Scheduled>,
    accept_queue: AcceptQueue<Connection>,
    curve: Curve,
    connected: usize,
    now: u64,
}

impl<'p> Storm<'p> {
    fn new(plan: &'p Plan) -> Self {
        let client = |at| StormClient::new(&plan.reconnection, &mut Rng::for_client(plan.seed, at));
        Storm {
            clients: (0..plan.clients).map(client).collect(),
            wheel: Wheel::new(0),
            accept_queue: AcceptQueue::new(plan.server.clone()),
            curve: Curve::new(plan.clients),
            connected: 0,
            now: 0,
            plan,
        }
    }

    // ---- time ----

    /// Connects all clients before the outage, one after another and without delay.
    fn connect_all(&mut self) {
        let clients = self.clients.len() as u64;
        let mut next = 0;
        while self.now < WARM_UP {
            let begun = clients * (self.now + 1) / PING_INTERVAL;
            while next < begun.min(clients) {
                self.start_client(next as u32);
                next += 1;
            }
            self.tick();
        }
    }

    fn start_client(&mut self, client: u32) {
        self.clients[client as usize].start(self.now);
        while let Some(output) = self.clients[client as usize].next_output(self.now) {
            match (output, self.connection(client)) {
                (ClientOutput::Open, Some(connection)) => self.on_open(connection),
                (ClientOutput::SendConnect, Some(connection)) => self.on_connect(connection),
                (ClientOutput::Connected, _) => self.connected += 1,
                _ => {}
            }
        }
        self.plan_wake(client);
    }

    /// Runs from the start of the outage to the end of the storm.
    fn run_outage(&mut self) {
        while self.since_start() < self.plan.limit {
            self.apply_outage();
            self.tick();
            if self.since_start().is_multiple_of(BUCKET) {
                let bucket = self.since_start() - BUCKET;
                self.curve.connected(bucket, self.connected);
                if self.is_over() {
                    return;
                }
            }
        }
    }

    fn is_over(&self) -> bool {
        self.since_start() > self.plan.outage.ends() && self.connected == self.clients.len()
    }

    /// Runs one millisecond: the planned events, then the work of the server.
    fn tick(&mut self) {
        let (now, due) = self.wheel.advance();
        self.now = now;
        for scheduled in due {
            self.handle(scheduled);
        }
        self.accept_queue.tick();
        while let Some(connection) = self.accept_queue.accept() {
            self.accept(connection);
        }
        self.now += 1;
    }

    fn since_start(&self) -> u64 {
        self.now.saturating_sub(WARM_UP)
    }

    // ---- the outage ----

    fn apply_outage(&mut self) {
        let Outage::Restarts(spans) = &self.plan.outage else {
            return;
        };
        let now = self.since_start();
        if spans.iter().any(|span| span.0 == now) {
            self.stop_server();
        } else if spans.iter().any(|span| span.1 == now) {
            self.accept_queue.restart();
        }
    }

    /// Loses all connections and attempts.
    fn stop_server(&mut self) {
        self.accept_queue.stop();
        for client in 0..self.clients.len() {
            if let Some(connection) = self.connection(client as u32) {
                self.send(connection, LinkEvent::Closed, 1);
            }
        }
    }

    fn path(&self, client: u32) -> Path {
        match self.plan.outage {
            Outage::Partition {
                heals,
                silent,
                unreachable,
            } if self.now >= WARM_UP && self.since_start() < heals => {
                match self.clients[client as usize].partition_draw {
                    draw if draw < silent => Path::Silent,
                    draw if draw < silent.saturating_add(unreachable) => Path::Blocked,
                    _ => Path::Free,
                }
            }
            _ => Path::Free,
        }
    }

    // ---- events ----

    fn handle(&mut self, scheduled: Scheduled) {
        match scheduled {
            Scheduled::Wake(client) => {
                self.clients[client as usize].on_timeout(self.now);
                self.handle_outputs(client);
            }
            // The server does not know whether the client has given up.
            Scheduled::On(connection, LinkEvent::SynArrived(retries)) => {
                self.syn_arrived(connection, retries);
            }
            Scheduled::On(connection, event)
                if self.clients[connection.client as usize].holds(connection.link) =>
            {
                self.handle_link_event(connection, event);
                self.handle_outputs(connection.client);
            }
            Scheduled::On(..) => {}
        }
    }

    fn handle_link_event(&mut self, connection: Connection, event: LinkEvent) {
        match event {
            LinkEvent::SynSent(retries) => self.send_syn(connection, retries),
            LinkEvent::SynArrived(retries) => self.syn_arrived(connection, retries),
            LinkEvent::Refused => self.lost(connection, Lost::Failed),
            LinkEvent::Closed => self.lost(connection, Lost::Closed),
            LinkEvent::Accepted => self.on_open(connection),
            LinkEvent::Connected => self.on_connect(connection),
            LinkEvent::Ping => self.ping(connection),
        }
    }

    fn send_syn(&mut self, connection: Connection, retries: u8) {
        match self.path(connection.client) {
            Path::Free => self.send(connection, LinkEvent::SynArrived(retries), 1),
            Path::Silent => self.retry_syn(connection, retries),
            Path::Blocked => self.plan(connection, LinkEvent::Refused, self.now + 1),
        }
    }

    fn syn_arrived(&mut self, connection: Connection, retries: u8) {
        match self.accept_queue.admit(connection) {
            Admission::Queued => {}
            Admission::Refused => self.send(connection, LinkEvent::Refused, 1),
            Admission::Ignored => self.retry_syn(connection, retries),
        }
    }

    fn retry_syn(&mut self, connection: Connection, retries: u8) {
        if let Some(pause) = SYN_RETRY_DELAYS.get(usize::from(retries)) {
            self.plan(
                connection,
                LinkEvent::SynSent(retries + 1),
                self.now + pause,
            );
        }
    }

    /// Accepts an attempt, also if the client has given up meanwhile.
    fn accept(&mut self, connection: Connection) {
        self.curve.accept(self.since_start());
        self.send(connection, LinkEvent::Accepted, 1);
    }

    fn on_open(&mut self, connection: Connection) {
        self.clients[connection.client as usize].on_open(self.now, connection.link);
    }

    fn on_connect(&mut self, connection: Connection) {
        self.clients[connection.client as usize].on_connect(self.now, connection.link);
        self.plan(connection, LinkEvent::Ping, self.now + PING_INTERVAL);
    }

    fn lost(&mut self, connection: Connection, how: Lost) {
        self.clients[connection.client as usize].lost(self.now, connection.link, how);
    }

    /// Delivers a ping, after the outage if the network is cut.
    fn ping(&mut self, connection: Connection) {
        if self.path(connection.client) == Path::Free {
            self.clients[connection.client as usize].on_ping(self.now, connection.link);
            self.plan(connection, LinkEvent::Ping, self.now + PING_INTERVAL);
        } else {
            let heals = WARM_UP + self.plan.outage.ends();
            self.plan(
                connection,
                LinkEvent::Ping,
                heals + u64::from(connection.latency),
            );
        }
    }

    // ---- outputs of the machines ----

    fn handle_outputs(&mut self, client: u32) {
        while let Some(output) = self.clients[client as usize].next_output(self.now) {
            match (output, self.connection(client)) {
                (ClientOutput::Open, Some(connection)) => self.attempt(connection),
                // One way to the server, one way back.
                (ClientOutput::SendConnect, Some(connection)) => {
                    self.send(connection, LinkEvent::Connected, 2);
                }
                (ClientOutput::Connected, _) => self.connected += 1,
                (ClientOutput::Disconnected, _) => {
                    self.connected -= 1;
                    self.curve.lost += 1;
                }
                (ClientOutput::Open | ClientOutput::SendConnect, None) => {}
            }
        }
        self.plan_wake(client);
    }

    fn attempt(&mut self, connection: Connection) {
        let previous = self.clients[connection.client as usize]
            .last_attempt
            .replace(self.now);
        if let Some(previous) = previous {
            self.curve.paused(self.now - previous);
        }
        self.curve.attempt(self.since_start());
        self.send_syn(connection, 0);
    }

    /// Returns the connection that the client is opening or has open.
    fn connection(&self, client: u32) -> Option<Connection> {
        let held = &self.clients[client as usize];
        Some(Connection {
            client,
            link: held.link()?,
            latency: held.latency,
        })
    }

    // ---- planning ----

    fn plan_wake(&mut self, client: u32) {
        // A deadline beyond the horizon wakes the machine early, and it returns the deadline again.
        let span = (self.now + 1, self.now + HORIZON - 1);
        if let Some(wake_at) = self.clients[client as usize].wake_at(span) {
            self.wheel.plan(wake_at, Scheduled::Wake(client));
        }
    }

    /// Plans an event after a number of one-way trips between client and server.
    fn send(&mut self, connection: Connection, event: LinkEvent, ways: u64) {
        self.plan(
            connection,
            event,
            self.now + ways * u64::from(connection.latency),
        );
    }

    fn plan(&mut self, connection: Connection, event: LinkEvent, when: u64) {
        self.wheel.plan(when, Scheduled::On(connection, event));
    }
}
