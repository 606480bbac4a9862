//! What carries a session of the model server's: a WebSocket, or requests by HTTP, and the upgrade from these to that.

use tidewire_core::wire::polling::BodyFormat;
use tidewire_core::{EngineVersion, Link, Lost};

use super::body::Body;
use super::network::Parcel;
use super::server::Server;
use super::wire::Wire;

/// What a server does with a WebSocket that a session on polling wants to upgrade to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upgrading {
    Grant,
    /// Says no to the WebSocket.
    Refuse,
    /// Never takes the WebSocket's call.
    Deaf,
    /// Takes the call and does not answer the probe.
    Mute,
    /// Answers the probe with this.
    Answer(&'static str),
    /// Answers the probe, and then does not free the GET.
    Hold,
}

/// How often a waiting GET is freed while a client upgrades (engine.io, `_maybeUpgrade`).
const NOOP_EVERY: u64 = 100;

pub(crate) struct Line {
    way: Way,
    upgrade: Option<Upgrade>,
    /// The form of polling bodies.
    form: EngineVersion,
    /// The session has ended.
    pub(crate) over: bool,
}

enum Way {
    WebSocket(Link),
    Polling(Requests),
}

#[derive(Default)]
struct Requests {
    /// The GET that waits.
    get: Option<Link>,
    /// The POST that is being worked on, and when it is answered.
    post: Option<(Link, u64)>,
    queue: Vec<Wire>,
}

struct Upgrade {
    link: Link,
    /// When the waiting GET is freed next, once the probe is answered.
    noop_at: Option<u64>,
    answered: bool,
}

impl Line {
    pub(crate) fn websocket(link: Link, form: EngineVersion) -> Line {
        Line::new(Way::WebSocket(link), form)
    }

    /// By a GET for the handshake, which waits for it.
    pub(crate) fn polling(get: Link, form: EngineVersion) -> Line {
        let requests = Requests {
            get: Some(get),
            ..Requests::default()
        };
        Line::new(Way::Polling(requests), form)
    }

    fn new(way: Way, form: EngineVersion) -> Line {
        Line {
            way,
            upgrade: None,
            form,
            over: false,
        }
    }

    pub(crate) fn is_polling(&self) -> bool {
        matches!(self.way, Way::Polling(_))
    }

    /// The WebSocket, if it is on one.
    pub(crate) fn link(&self) -> Option<Link> {
        match &self.way {
            Way::WebSocket(link) => Some(*link),
            Way::Polling(_) => None,
        }
    }

    pub(crate) fn probe_link(&self) -> Option<Link> {
        self.upgrade.as_ref().map(|upgrade| upgrade.link)
    }

    /// The GET that waits.
    pub(crate) fn get_link(&self) -> Option<Link> {
        match &self.way {
            Way::WebSocket(_) => None,
            Way::Polling(requests) => requests.get,
        }
    }

    pub(crate) fn has(&self, link: Link) -> bool {
        let own = match &self.way {
            Way::WebSocket(own) => *own == link,
            Way::Polling(requests) => {
                requests.get == Some(link) || requests.post.is_some_and(|(own, _)| own == link)
            }
        };
        own || self.probe_link() == Some(link)
    }

    // ---- to the client ----

    pub(crate) fn send(&mut self, wire: Wire, server: &mut Server) {
        match &mut self.way {
            Way::WebSocket(link) => server.out.push_back((*link, Parcel::Frame(wire))),
            Way::Polling(requests) => requests.queue.push(wire),
        }
    }

    /// Answers the GET that waits with what there is to say.
    pub(crate) fn flush(&mut self, server: &mut Server) {
        let Way::Polling(requests) = &mut self.way else {
            return;
        };
        let count = requests.queue.len().min(server.rules.per_body);
        if self.over || count == 0 || requests.get.is_none() {
            return;
        }
        let wires: Vec<Wire> = requests.queue.drain(..count).collect();
        self.answer(&wires, server);
    }

    /// Answers the GET that waits with this body.
    pub(crate) fn answer_raw(&mut self, body: Body, server: &mut Server) {
        if let Way::Polling(requests) = &mut self.way {
            let link = requests.get.take().expect("a GET waits");
            server.out.push_back((link, Parcel::Answer(body)));
        }
    }

    /// Ends everything, as a server that dies or has had enough.
    pub(crate) fn hang_up(&mut self, lost: Lost, server: &mut Server) {
        self.over = true;
        let mut links: Vec<Link> = self
            .upgrade
            .take()
            .map(|upgrade| upgrade.link)
            .into_iter()
            .collect();
        match &mut self.way {
            Way::WebSocket(link) => links.push(*link),
            Way::Polling(requests) => {
                links.extend(requests.get.take());
                links.extend(requests.post.take().map(|(link, _)| link));
            }
        }
        for link in links {
            server.out.push_back((link, Parcel::End(lost)));
        }
    }

    /// Ends the WebSocket that the client wants to upgrade to.
    pub(crate) fn cut_probe(&mut self, lost: Lost, server: &mut Server) {
        let upgrade = self.upgrade.take().expect("a client that upgrades");
        server.out.push_back((upgrade.link, Parcel::End(lost)));
    }

    /// Loses one request, and the session goes on.
    pub(crate) fn lose_get(&mut self, server: &mut Server) {
        if let Way::Polling(requests) = &mut self.way {
            let link = requests.get.take().expect("a GET waits");
            server.out.push_back((link, Parcel::End(Lost::Failed)));
        }
    }

    // ---- from the client ----

    pub(crate) fn get(&mut self, link: Link, server: &mut Server) {
        match &mut self.way {
            Way::Polling(requests) if requests.get.is_none() => requests.get = Some(link),
            _ => {
                server.fault("two GETs at once, or one beside a WebSocket".into());
                server.out.push_back((link, Parcel::End(Lost::Failed)));
                self.hang_up(Lost::Failed, server);
            }
        }
    }

    /// Takes a POST; gives its packets.
    pub(crate) fn post(
        &mut self,
        now: u64,
        link: Link,
        body: &Body,
        server: &mut Server,
    ) -> Vec<Wire> {
        match &mut self.way {
            Way::Polling(requests) if requests.post.is_none() => {
                let too_large =
                    self.form == EngineVersion::Eio4 && body.len() > server.rules.max_payload;
                if too_large || server.rules.loses_posts {
                    server.refusals += 1;
                    server.out.push_back((link, Parcel::End(Lost::Failed)));
                    return Vec::new();
                }
                requests.post = Some((link, now + server.rules.post_time));
            }
            _ => {
                server.fault("two POSTs at once, or one beside a WebSocket".into());
                server.out.push_back((link, Parcel::End(Lost::Failed)));
                self.hang_up(Lost::Failed, server);
            }
        }
        let packets = body.wires(self.form).into_iter().collect();
        let packets: Result<Vec<Wire>, _> = packets;
        packets.unwrap_or_else(|_| {
            server.fault(format!("a body that cannot be read: {body:?}"));
            Vec::new()
        })
    }

    /// The client has said `1` in a POST: both requests are answered, and that was it.
    pub(crate) fn closed_by_client(&mut self, server: &mut Server) {
        self.answer(&[Wire::text("6")], server);
        if let Way::Polling(requests) = &mut self.way
            && let Some((link, _)) = requests.post.take()
        {
            server.out.push_back((link, Parcel::Done));
        }
        self.over = true;
    }

    /// The client has given up a link.
    pub(crate) fn dropped(&mut self, link: Link) {
        if self
            .upgrade
            .take_if(|upgrade| upgrade.link == link)
            .is_some()
        {
            return;
        }
        match &mut self.way {
            Way::WebSocket(_) => self.over = true,
            // A GET that ends before its time is the end of a session; a POST has arrived already.
            Way::Polling(requests) => self.over = requests.get == Some(link),
        }
    }

    /// A WebSocket of this session wants to take over.
    pub(crate) fn upgrade(&mut self, link: Link, server: &mut Server) {
        if !self.is_polling() || self.upgrade.is_some() {
            server.fault("an upgrade from where nobody upgrades".into());
        }
        match server.rules.upgrading {
            Upgrading::Refuse => return server.out.push_back((link, Parcel::End(Lost::Failed))),
            Upgrading::Deaf => {}
            _ => server.out.push_back((link, Parcel::Accepted)),
        }
        self.upgrade = Some(Upgrade {
            link,
            noop_at: None,
            answered: false,
        });
    }

    /// A frame over the WebSocket that wants to take over.
    pub(crate) fn probed(&mut self, now: u64, wire: &Wire, server: &mut Server) {
        let Some(upgrade) = &mut self.upgrade else {
            return;
        };
        let answer = match server.rules.upgrading {
            Upgrading::Mute => return,
            Upgrading::Answer(text) => text,
            _ => "3probe",
        };
        match (wire, upgrade.answered) {
            (Wire::Text(text), false) if text == "2probe" => {
                upgrade.answered = true;
                let holds = server.rules.upgrading == Upgrading::Hold;
                upgrade.noop_at = (!holds).then_some(now + NOOP_EVERY);
                let answer = Parcel::Frame(Wire::text(answer));
                server.out.push_back((upgrade.link, answer));
            }
            (Wire::Text(text), true) if text == "5" => self.switch(server),
            _ => server.fault(format!("{wire:?} while upgrading")),
        }
    }

    // ---- time ----

    pub(crate) fn wake(&mut self, now: u64, server: &mut Server) {
        let Way::Polling(requests) = &mut self.way else {
            return;
        };
        if let Some((link, _)) = requests.post.take_if(|(_, at)| *at <= now) {
            server.out.push_back((link, Parcel::Done));
        }
        let noop = self
            .upgrade
            .as_mut()
            .and_then(|upgrade| upgrade.noop_at.as_mut());
        if let Some(at) = noop.filter(|at| **at <= now) {
            *at = now + NOOP_EVERY;
            self.answer(&[Wire::text("6")], server);
        }
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        let Way::Polling(requests) = &self.way else {
            return None;
        };
        let noop = self.upgrade.as_ref().and_then(|upgrade| upgrade.noop_at);
        let post = requests.post.map(|(_, at)| at);
        [noop, post].into_iter().flatten().min()
    }

    // ---- inside ----

    fn answer(&mut self, wires: &[Wire], server: &mut Server) {
        let Way::Polling(requests) = &mut self.way else {
            return;
        };
        let Some(link) = requests.get.take() else {
            return;
        };
        let any_binary = wires.iter().any(|wire| matches!(wire, Wire::Binary(_)));
        let form = BodyFormat::new(self.form, any_binary, server.rules.octets);
        let body = Body::of_wires(wires, form);
        server.out.push_back((link, Parcel::Answer(body)));
    }

    /// The session goes over to the WebSocket, and what waits with it.
    fn switch(&mut self, server: &mut Server) {
        let (Way::Polling(requests), Some(upgrade)) = (&mut self.way, self.upgrade.take()) else {
            return;
        };
        if requests.get.is_some() || requests.post.is_some() {
            server.fault("crosses over while a request is on its way".into());
        }
        let queue = std::mem::take(&mut requests.queue);
        self.way = Way::WebSocket(upgrade.link);
        for wire in queue {
            self.send(wire, server);
        }
    }
}
