//! The storm itself: a loop over milliseconds, with everything that can happen to a connection.

use tidewire_core::{Link, Lost};

use super::curve::{BUCKET, Curve};
use super::dice::Dice;
use super::gate::{Gate, Knock};
use super::plan::{Plan, Trouble};
use super::seat::{PING_INTERVAL, Seat, Wish};
use super::wheel::{TURN, Wheel};

/// The clients connect before the trouble, spread over a ping's interval, so that their pings are spread as well.
const CALM: u64 = PING_INTERVAL + 1_000;

/// How long TCP waits for an answer before it knocks again, in milliseconds, each time (Linux: after 1, 3, 7 and 15 s).
const REPEATS: [u64; 4] = [1_000, 2_000, 4_000, 8_000];

/// An attempt of one client, and the connection that may come of it.
#[derive(Clone, Copy, Debug)]
struct Line {
    seat: u32,
    link: Link,
    /// The time that a packet takes on it, in milliseconds.
    distance: u8,
}

#[derive(Clone, Copy, Debug)]
enum Happening {
    /// A client wanted to be woken.
    Wake(u32),
    /// Something comes over a line, if the client still holds it.
    On(Line, What),
}

/// What can happen to a line.
#[derive(Clone, Copy, Debug)]
enum What {
    /// The attempt leaves the client; so many knocks went before it.
    Leaves(u8),
    /// The attempt reaches the server.
    Arrives(u8),
    /// The client hears that its attempt was refused.
    Refused,
    /// The client hears that it was accepted.
    Accepted,
    /// The client hears that its namespace is connected.
    Joined,
    /// The server's ping comes.
    Ping,
    /// The client hears that the server has closed.
    Closed,
}

/// What lies between a client and the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Way {
    Free,
    Silent,
    Blocked,
}

/// Plays a plan to its end: until all clients are back, or its limit.
pub fn run(plan: &Plan) -> Curve {
    let mut storm = Storm::new(plan);
    storm.calm();
    storm.play();
    storm.curve
}

struct Storm<'p> {
    plan: &'p Plan,
    seats: Vec<Seat>,
    wheel: Wheel<Happening>,
    gate: Gate<Line>,
    curve: Curve,
    connected: usize,
    now: u64,
}

impl<'p> Storm<'p> {
    fn new(plan: &'p Plan) -> Self {
        let seat = |at| Seat::new(&plan.reconnection, &mut Dice::of(plan.seed, at));
        Storm {
            seats: (0..plan.clients).map(seat).collect(),
            wheel: Wheel::new(0),
            gate: Gate::new(plan.server.clone()),
            curve: Curve::new(plan.clients),
            connected: 0,
            now: 0,
            plan,
        }
    }

    // ---- time ----

    /// Before the trouble: everybody connects, one after another, without delay.
    fn calm(&mut self) {
        let clients = self.seats.len() as u64;
        let mut next = 0;
        while self.now < CALM {
            let begun = clients * (self.now + 1) / PING_INTERVAL;
            while next < begun.min(clients) {
                self.introduce(next as u32);
                next += 1;
            }
            self.turn();
        }
    }

    fn introduce(&mut self, seat: u32) {
        self.seats[seat as usize].start(self.now);
        while let Some(wish) = self.seats[seat as usize].wish(self.now) {
            match (wish, self.line(seat)) {
                (Wish::Open, Some(line)) => self.opened(line),
                (Wish::Join, Some(line)) => self.joined(line),
                (Wish::Connected, _) => self.connected += 1,
                _ => {}
            }
        }
        self.set_alarm(seat);
    }

    /// From the beginning of the trouble to the end of the storm.
    fn play(&mut self) {
        while self.since_start() < self.plan.limit {
            self.change_fortune();
            self.turn();
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
        self.since_start() > self.plan.trouble.ends() && self.connected == self.seats.len()
    }

    /// One millisecond: what was planned for it, then the server's share of work.
    fn turn(&mut self) {
        let (now, due) = self.wheel.turn();
        self.now = now;
        for happening in due {
            self.happen(happening);
        }
        self.gate.tick();
        while let Some(line) = self.gate.accept() {
            self.accept(line);
        }
        self.now += 1;
    }

    fn since_start(&self) -> u64 {
        self.now.saturating_sub(CALM)
    }

    // ---- the trouble ----

    fn change_fortune(&mut self) {
        let Trouble::Restarts(spans) = &self.plan.trouble else {
            return;
        };
        let now = self.since_start();
        if spans.iter().any(|span| span.0 == now) {
            self.crash();
        } else if spans.iter().any(|span| span.1 == now) {
            self.gate.reopen();
        }
    }

    /// All connections are lost, and all attempts that wait or are on their way.
    fn crash(&mut self) {
        self.gate.shut();
        for seat in 0..self.seats.len() {
            if let Some(line) = self.line(seat as u32) {
                self.tell(line, What::Closed, 1);
            }
        }
    }

    fn way(&self, seat: u32) -> Way {
        match self.plan.trouble {
            Trouble::Partition {
                heals,
                silent,
                unreachable,
            } if self.now >= CALM && self.since_start() < heals => {
                match self.seats[seat as usize].lot {
                    lot if lot < silent => Way::Silent,
                    lot if lot < silent.saturating_add(unreachable) => Way::Blocked,
                    _ => Way::Free,
                }
            }
            _ => Way::Free,
        }
    }

    // ---- what happens ----

    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Wake(seat) => {
                self.seats[seat as usize].woken(self.now);
                self.grant(seat);
            }
            // The server knows nothing of the client but its attempt.
            Happening::On(line, What::Arrives(knocks)) => self.arrive(line, knocks),
            Happening::On(line, what) if self.seats[line.seat as usize].holds(line.link) => {
                self.happen_on(line, what);
                self.grant(line.seat);
            }
            Happening::On(..) => {}
        }
    }

    fn happen_on(&mut self, line: Line, what: What) {
        match what {
            What::Leaves(knocks) => self.leave(line, knocks),
            What::Arrives(knocks) => self.arrive(line, knocks),
            What::Refused => self.lost(line, Lost::Failed),
            What::Closed => self.lost(line, Lost::Closed),
            What::Accepted => self.opened(line),
            What::Joined => self.joined(line),
            What::Ping => self.ping(line),
        }
    }

    fn leave(&mut self, line: Line, knocks: u8) {
        match self.way(line.seat) {
            Way::Free => self.tell(line, What::Arrives(knocks), 1),
            Way::Silent => self.knock_again(line, knocks),
            Way::Blocked => self.plan(line, What::Refused, self.now + 1),
        }
    }

    fn arrive(&mut self, line: Line, knocks: u8) {
        match self.gate.knock(line) {
            Knock::Waits => {}
            Knock::Refused => self.tell(line, What::Refused, 1),
            Knock::Unheard => self.knock_again(line, knocks),
        }
    }

    fn knock_again(&mut self, line: Line, knocks: u8) {
        if let Some(pause) = REPEATS.get(usize::from(knocks)) {
            self.plan(line, What::Leaves(knocks + 1), self.now + pause);
        }
    }

    /// The server accepts. That the client has given up it sees too late.
    fn accept(&mut self, line: Line) {
        self.curve.accept(self.since_start());
        self.tell(line, What::Accepted, 1);
    }

    fn opened(&mut self, line: Line) {
        self.seats[line.seat as usize].opened(self.now, line.link);
    }

    fn joined(&mut self, line: Line) {
        self.seats[line.seat as usize].joined(self.now, line.link);
        self.plan(line, What::Ping, self.now + PING_INTERVAL);
    }

    fn lost(&mut self, line: Line, how: Lost) {
        self.seats[line.seat as usize].lost(self.now, line.link, how);
    }

    /// A ping that cannot come through comes when it can, if the client is still there.
    fn ping(&mut self, line: Line) {
        if self.way(line.seat) == Way::Free {
            self.seats[line.seat as usize].pinged(self.now, line.link);
            self.plan(line, What::Ping, self.now + PING_INTERVAL);
        } else {
            let heals = CALM + self.plan.trouble.ends();
            self.plan(line, What::Ping, heals + u64::from(line.distance));
        }
    }

    // ---- what the machines want ----

    fn grant(&mut self, seat: u32) {
        while let Some(wish) = self.seats[seat as usize].wish(self.now) {
            match (wish, self.line(seat)) {
                (Wish::Open, Some(line)) => self.attempt(line),
                // To the server, and back.
                (Wish::Join, Some(line)) => self.tell(line, What::Joined, 2),
                (Wish::Connected, _) => self.connected += 1,
                (Wish::Disconnected, _) => {
                    self.connected -= 1;
                    self.curve.lost += 1;
                }
                (Wish::Open | Wish::Join, None) => {}
            }
        }
        self.set_alarm(seat);
    }

    fn attempt(&mut self, line: Line) {
        let tried = self.seats[line.seat as usize].tried.replace(self.now);
        if let Some(tried) = tried {
            self.curve.paused(self.now - tried);
        }
        self.curve.attempt(self.since_start());
        self.leave(line, 0);
    }

    /// What the client is opening or has open.
    fn line(&self, seat: u32) -> Option<Line> {
        let held = &self.seats[seat as usize];
        Some(Line {
            seat,
            link: held.link()?,
            distance: held.distance,
        })
    }

    // ---- planning ----

    fn set_alarm(&mut self, seat: u32) {
        // One further off than a turn rings early, and the machine is asked again.
        let span = (self.now + 1, self.now + TURN - 1);
        if let Some(alarm) = self.seats[seat as usize].alarm(span) {
            self.wheel.plan(alarm, Happening::Wake(seat));
        }
    }

    /// Something that travels between client and server, so many times.
    fn tell(&mut self, line: Line, what: What, ways: u64) {
        self.plan(line, what, self.now + ways * u64::from(line.distance));
    }

    fn plan(&mut self, line: Line, what: What, when: u64) {
        self.wheel.plan(when, Happening::On(line, what));
    }
}
