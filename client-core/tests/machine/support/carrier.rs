//! The transport of a session at the model server: a WebSocket or HTTP requests, and the upgrade from polling to WebSocket.

use tidewire_core::wire::polling::BodyFormat;
use tidewire_core::{EngineVersion, Link, Lost};

use super::body::Body;
use super::network::Transmit;
use super::server::Server;
use super::wire::Wire;

/// The server behaviour when a polling session upgrades to a WebSocket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpgradePolicy {
    /// Upgrades.
    Accept,
    /// Refuses the WebSocket.
    Refuse,
    /// Never answers the WebSocket handshake.
    NeverOpen,
    /// Opens the WebSocket and does not answer the probe.
    IgnoreProbe,
    /// Answers the probe with this text.
    AnswerProbe(&'static str),
    /// Answers the probe, but does not answer the waiting GET.
    HoldGet,
}

/// How often a waiting GET is answered while a client upgrades, in milliseconds (engine.io, `_maybeUpgrade`).
const NOOP_EVERY: u64 = 100;

pub(crate) struct Carrier {
    current: Current,
    upgrade: Option<Upgrade>,
    /// The version of polling bodies.
    version: EngineVersion,
    /// The session has ended.
    pub(crate) ended: bool,
}

enum Current {
    WebSocket(Link),
    Polling(Requests),
}

#[derive(Default)]
struct Requests {
    /// The waiting GET.
    get: Option<Link>,
    /// The pending POST, and when it is answered.
    post: Option<(Link, u64)>,
    queue: Vec<Wire>,
}

struct Upgrade {
    link: Link,
    /// When the waiting GET is answered next, after the probe is answered.
    noop_at: Option<u64>,
    answered: bool,
}

impl Carrier {
    /// Creates the transport of a session that opens over a WebSocket.
    pub(crate) fn websocket(link: Link, version: EngineVersion) -> Carrier {
        Carrier::new(Current::WebSocket(link), version)
    }

    /// Creates the transport of a session that opens by a GET, which waits for the handshake.
    pub(crate) fn polling(get: Link, version: EngineVersion) -> Carrier {
        let requests = Requests {
            get: Some(get),
            ..Requests::default()
        };
        Carrier::new(Current::Polling(requests), version)
    }

    fn new(current: Current, version: EngineVersion) -> Carrier {
        Carrier {
            current,
            upgrade: None,
            version,
            ended: false,
        }
    }

    /// Returns whether the session is on polling.
    pub(crate) fn is_polling(&self) -> bool {
        matches!(self.current, Current::Polling(_))
    }

    /// Returns the WebSocket, if the session is on one.
    pub(crate) fn link(&self) -> Option<Link> {
        match &self.current {
            Current::WebSocket(link) => Some(*link),
            Current::Polling(_) => None,
        }
    }

    /// Returns the WebSocket of an upgrade.
    pub(crate) fn probe_link(&self) -> Option<Link> {
        self.upgrade.as_ref().map(|upgrade| upgrade.link)
    }

    /// Returns the waiting GET.
    pub(crate) fn get_link(&self) -> Option<Link> {
        match &self.current {
            Current::WebSocket(_) => None,
            Current::Polling(requests) => requests.get,
        }
    }

    /// Returns whether a link belongs to the session.
    pub(crate) fn has(&self, link: Link) -> bool {
        let own = match &self.current {
            Current::WebSocket(own) => *own == link,
            Current::Polling(requests) => {
                requests.get == Some(link) || requests.post.is_some_and(|(own, _)| own == link)
            }
        };
        own || self.probe_link() == Some(link)
    }

    // ---- to the client ----

    /// Sends a frame.
    pub(crate) fn send(&mut self, wire: Wire, server: &mut Server) {
        match &mut self.current {
            Current::WebSocket(link) => server.out.push_back((*link, Transmit::Frame(wire))),
            Current::Polling(requests) => requests.queue.push(wire),
        }
    }

    /// Answers the waiting GET with the queued packets.
    pub(crate) fn flush(&mut self, server: &mut Server) {
        let Current::Polling(requests) = &mut self.current else {
            return;
        };
        let count = requests.queue.len().min(server.rules.packets_per_body);
        if self.ended || count == 0 || requests.get.is_none() {
            return;
        }
        let wires: Vec<Wire> = requests.queue.drain(..count).collect();
        self.answer_get(&wires, server);
    }

    /// Answers the waiting GET with this body.
    pub(crate) fn answer_raw(&mut self, body: Body, server: &mut Server) {
        if let Current::Polling(requests) = &mut self.current {
            let link = requests.get.take().expect("a GET waits");
            server.out.push_back((link, Transmit::GetResponse(body)));
        }
    }

    /// Ends the session and all its links.
    pub(crate) fn end(&mut self, lost: Lost, server: &mut Server) {
        self.ended = true;
        let mut links: Vec<Link> = self
            .upgrade
            .take()
            .map(|upgrade| upgrade.link)
            .into_iter()
            .collect();
        match &mut self.current {
            Current::WebSocket(link) => links.push(*link),
            Current::Polling(requests) => {
                links.extend(requests.get.take());
                links.extend(requests.post.take().map(|(link, _)| link));
            }
        }
        for link in links {
            server.out.push_back((link, Transmit::End(lost)));
        }
    }

    /// Ends the WebSocket of an upgrade.
    pub(crate) fn end_probe(&mut self, lost: Lost, server: &mut Server) {
        let upgrade = self.upgrade.take().expect("a client that upgrades");
        server.out.push_back((upgrade.link, Transmit::End(lost)));
    }

    /// Loses the waiting GET without ending the session.
    pub(crate) fn lose_get(&mut self, server: &mut Server) {
        if let Current::Polling(requests) = &mut self.current {
            let link = requests.get.take().expect("a GET waits");
            server.out.push_back((link, Transmit::End(Lost::Failed)));
        }
    }

    // ---- from the client ----

    /// Handles a GET.
    pub(crate) fn get(&mut self, link: Link, server: &mut Server) {
        match &mut self.current {
            Current::Polling(requests) if requests.get.is_none() => requests.get = Some(link),
            _ => {
                server.fault("two GETs at once, or one beside a WebSocket".into());
                server.out.push_back((link, Transmit::End(Lost::Failed)));
                self.end(Lost::Failed, server);
            }
        }
    }

    /// Handles a POST and returns its packets.
    pub(crate) fn post(
        &mut self,
        now: u64,
        link: Link,
        body: &Body,
        server: &mut Server,
    ) -> Vec<Wire> {
        match &mut self.current {
            Current::Polling(requests) if requests.post.is_none() => {
                let too_large =
                    self.version == EngineVersion::Eio4 && body.len() > server.rules.max_payload;
                if too_large || server.rules.loses_posts {
                    server.refusals += 1;
                    server.out.push_back((link, Transmit::End(Lost::Failed)));
                    return Vec::new();
                }
                requests.post = Some((link, now + server.rules.post_time));
            }
            _ => {
                server.fault("two POSTs at once, or one beside a WebSocket".into());
                server.out.push_back((link, Transmit::End(Lost::Failed)));
                self.end(Lost::Failed, server);
            }
        }
        let packets = body.wires(self.version).into_iter().collect();
        let packets: Result<Vec<Wire>, _> = packets;
        packets.unwrap_or_else(|_| {
            server.fault(format!("a body that cannot be decoded: {body:?}"));
            Vec::new()
        })
    }

    /// Handles a close packet: both requests are answered and the session ends.
    pub(crate) fn closed_by_client(&mut self, server: &mut Server) {
        self.answer_get(&[Wire::text("6")], server);
        if let Current::Polling(requests) = &mut self.current
            && let Some((link, _)) = requests.post.take()
        {
            server.out.push_back((link, Transmit::PostResponse));
        }
        self.ended = true;
    }

    /// The client has dropped a link.
    pub(crate) fn dropped(&mut self, link: Link) {
        if self
            .upgrade
            .take_if(|upgrade| upgrade.link == link)
            .is_some()
        {
            return;
        }
        match &mut self.current {
            Current::WebSocket(_) => self.ended = true,
            // A GET that ends early ends the session; a POST has arrived already.
            Current::Polling(requests) => self.ended = requests.get == Some(link),
        }
    }

    /// Handles the WebSocket of an upgrade.
    pub(crate) fn upgrade(&mut self, link: Link, server: &mut Server) {
        if !self.is_polling() || self.upgrade.is_some() {
            server.fault("an upgrade without a polling session".into());
        }
        match server.rules.upgrade_policy {
            UpgradePolicy::Refuse => {
                return server.out.push_back((link, Transmit::End(Lost::Failed)));
            }
            UpgradePolicy::NeverOpen => {}
            _ => server.out.push_back((link, Transmit::Opened)),
        }
        self.upgrade = Some(Upgrade {
            link,
            noop_at: None,
            answered: false,
        });
    }

    /// Handles a frame over the WebSocket of an upgrade.
    pub(crate) fn probed(&mut self, now: u64, wire: &Wire, server: &mut Server) {
        let Some(upgrade) = &mut self.upgrade else {
            return;
        };
        let answer = match server.rules.upgrade_policy {
            UpgradePolicy::IgnoreProbe => return,
            UpgradePolicy::AnswerProbe(text) => text,
            _ => "3probe",
        };
        match (wire, upgrade.answered) {
            (Wire::Text(text), false) if text == "2probe" => {
                upgrade.answered = true;
                let holds = server.rules.upgrade_policy == UpgradePolicy::HoldGet;
                upgrade.noop_at = (!holds).then_some(now + NOOP_EVERY);
                let answer = Transmit::Frame(Wire::text(answer));
                server.out.push_back((upgrade.link, answer));
            }
            (Wire::Text(text), true) if text == "5" => self.finish_upgrade(server),
            _ => server.fault(format!("{wire:?} while upgrade_policy")),
        }
    }

    // ---- time ----

    pub(crate) fn wake(&mut self, now: u64, server: &mut Server) {
        let Current::Polling(requests) = &mut self.current else {
            return;
        };
        if let Some((link, _)) = requests.post.take_if(|(_, at)| *at <= now) {
            server.out.push_back((link, Transmit::PostResponse));
        }
        let noop = self
            .upgrade
            .as_mut()
            .and_then(|upgrade| upgrade.noop_at.as_mut());
        if let Some(at) = noop.filter(|at| **at <= now) {
            *at = now + NOOP_EVERY;
            self.answer_get(&[Wire::text("6")], server);
        }
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        let Current::Polling(requests) = &self.current else {
            return None;
        };
        let noop = self.upgrade.as_ref().and_then(|upgrade| upgrade.noop_at);
        let post = requests.post.map(|(_, at)| at);
        [noop, post].into_iter().flatten().min()
    }

    // ---- inside ----

    fn answer_get(&mut self, wires: &[Wire], server: &mut Server) {
        let Current::Polling(requests) = &mut self.current else {
            return;
        };
        let Some(link) = requests.get.take() else {
            return;
        };
        let any_binary = wires.iter().any(|wire| matches!(wire, Wire::Binary(_)));
        let version = BodyFormat::new(self.version, any_binary, server.rules.octets);
        let body = Body::of_wires(wires, version);
        server.out.push_back((link, Transmit::GetResponse(body)));
    }

    /// Moves the session and its queue to the WebSocket.
    fn finish_upgrade(&mut self, server: &mut Server) {
        let (Current::Polling(requests), Some(upgrade)) = (&mut self.current, self.upgrade.take())
        else {
            return;
        };
        if requests.get.is_some() || requests.post.is_some() {
            server.fault("upgrades while a request is pending".into());
        }
        let queue = std::mem::take(&mut requests.queue);
        self.current = Current::WebSocket(upgrade.link);
        for wire in queue {
            self.send(wire, server);
        }
    }
}
