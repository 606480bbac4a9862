//! The transport of a session at the model server: a full-duplex link or HTTP requests, and the upgrade from polling.

use tidewire_core::wire::polling::BodyFormat;
use tidewire_core::{EngineVersion, Link, Lost, Transport};

use super::body::Body;
use super::network::Transmit;
use super::server::Server;
use super::wire::Wire;

/// The server behaviour when a polling session upgrades to another transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum UpgradePolicy {
    /// Upgrades.
    Accept,
    /// Refuses the link.
    Refuse,
    /// Never opens the link.
    NeverOpen,
    /// Opens the link and does not answer the probe.
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
    upgrades: Vec<Upgrade>,
    /// The version of polling bodies.
    version: EngineVersion,
    /// The session has ended.
    pub(crate) ended: bool,
}

enum Current {
    Duplex(Link),
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
    transport: Transport,
    /// The server knows which session it is for. It accepts one such upgrade at a time.
    named: bool,
    /// When the waiting GET is answered next, after the probe is answered.
    noop_at: Option<u64>,
    answered: bool,
}

impl Carrier {
    /// Creates the transport of a session that opens over a full-duplex link.
    pub(crate) fn duplex(link: Link, version: EngineVersion) -> Carrier {
        Carrier::new(Current::Duplex(link), version)
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
            upgrades: Vec::new(),
            version,
            ended: false,
        }
    }

    /// Returns whether the session is on polling.
    pub(crate) fn is_polling(&self) -> bool {
        matches!(self.current, Current::Polling(_))
    }

    /// Returns the full-duplex link, if the session is on one.
    pub(crate) fn link(&self) -> Option<Link> {
        match &self.current {
            Current::Duplex(link) => Some(*link),
            Current::Polling(_) => None,
        }
    }

    /// Returns the first link of an upgrade.
    pub(crate) fn probe_link(&self) -> Option<Link> {
        self.upgrades.first().map(|upgrade| upgrade.link)
    }

    /// Returns whether a link is for an upgrade.
    pub(crate) fn probes(&self, link: Link) -> bool {
        self.upgrades.iter().any(|upgrade| upgrade.link == link)
    }

    /// Returns the waiting GET.
    pub(crate) fn get_link(&self) -> Option<Link> {
        match &self.current {
            Current::Duplex(_) => None,
            Current::Polling(requests) => requests.get,
        }
    }

    /// Returns whether a link belongs to the session.
    pub(crate) fn has(&self, link: Link) -> bool {
        let own = match &self.current {
            Current::Duplex(own) => *own == link,
            Current::Polling(requests) => {
                requests.get == Some(link) || requests.post.is_some_and(|(own, _)| own == link)
            }
        };
        own || self.probes(link)
    }

    // ---- to the client ----

    /// Sends a frame.
    pub(crate) fn send(&mut self, wire: Wire, server: &mut Server) {
        match &mut self.current {
            Current::Duplex(link) => server.out.push_back((*link, Transmit::Frame(wire))),
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
        let upgrades = self.upgrades.drain(..);
        let mut links: Vec<Link> = upgrades.map(|upgrade| upgrade.link).collect();
        match &mut self.current {
            Current::Duplex(link) => links.push(*link),
            Current::Polling(requests) => {
                links.extend(requests.get.take());
                links.extend(requests.post.take().map(|(link, _)| link));
            }
        }
        for link in links {
            server.out.push_back((link, Transmit::End(lost)));
        }
    }

    /// Ends the first link of an upgrade.
    pub(crate) fn end_probe(&mut self, lost: Lost, server: &mut Server) {
        let link = self.probe_link().expect("a client that upgrades");
        self.end_upgrade(link, lost, server);
    }

    fn end_upgrade(&mut self, link: Link, lost: Lost, server: &mut Server) {
        self.upgrades.retain(|upgrade| upgrade.link != link);
        server.out.push_back((link, Transmit::End(lost)));
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
        if self.probes(link) {
            return self.upgrades.retain(|upgrade| upgrade.link != link);
        }
        match &mut self.current {
            Current::Duplex(_) => self.ended = true,
            // A GET that ends early ends the session; a POST has arrived already.
            Current::Polling(requests) => self.ended = requests.get == Some(link),
        }
    }

    /// Handles the link of an upgrade.
    pub(crate) fn upgrade(&mut self, link: Link, transport: Transport, server: &mut Server) {
        let mut transports = self.upgrades.iter().map(|upgrade| upgrade.transport);
        if !self.is_polling() || transports.any(|other| other == transport) {
            server.fault("an upgrade without a polling session".into());
        }
        let named = transport == Transport::WebSocket;
        match server.rules.policy_of(transport) {
            UpgradePolicy::Refuse => {
                return server.out.push_back((link, Transmit::End(Lost::Failed)));
            }
            UpgradePolicy::NeverOpen => {}
            _ if named && self.is_upgrading() => {
                return server.out.push_back((link, Transmit::End(Lost::Closed)));
            }
            _ => server.out.push_back((link, Transmit::Opened)),
        }
        self.upgrades.push(Upgrade {
            link,
            transport,
            named,
            noop_at: None,
            answered: false,
        });
    }

    fn is_upgrading(&self) -> bool {
        self.upgrades.iter().any(|upgrade| upgrade.named)
    }

    /// Handles the first frame of a WebTransport for an upgrade.
    fn stream_opened(&mut self, link: Link, sid: &str, wire: &Wire, server: &mut Server) {
        if *wire != Wire::text(format!(r#"0{{"sid":"{sid}"}}"#)) {
            server.fault(format!("{wire:?} as the first frame of a stream"));
        }
        if self.is_upgrading() {
            return self.end_upgrade(link, Lost::Closed, server);
        }
        let mut upgrades = self.upgrades.iter_mut();
        if let Some(upgrade) = upgrades.find(|upgrade| upgrade.link == link) {
            upgrade.named = true;
        }
    }

    /// Handles a frame over a link of an upgrade.
    pub(crate) fn probed(
        &mut self,
        now: u64,
        link: Link,
        sid: &str,
        wire: &Wire,
        server: &mut Server,
    ) {
        let mut upgrades = self.upgrades.iter_mut();
        let Some(upgrade) = upgrades.find(|upgrade| upgrade.link == link) else {
            return;
        };
        if !upgrade.named {
            return self.stream_opened(link, sid, wire, server);
        }
        let policy = server.rules.policy_of(upgrade.transport);
        let answer = match policy {
            UpgradePolicy::IgnoreProbe => return,
            UpgradePolicy::AnswerProbe(text) => text,
            _ => "3probe",
        };
        match (wire, upgrade.answered) {
            (Wire::Text(text), false) if text == "2probe" => {
                upgrade.answered = true;
                let holds = policy == UpgradePolicy::HoldGet;
                upgrade.noop_at = (!holds).then_some(now + NOOP_EVERY);
                let answer = Transmit::Frame(Wire::text(answer));
                server.out.push_back((upgrade.link, answer));
            }
            (Wire::Text(text), true) if text == "5" => self.finish_upgrade(link, server),
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
        let mut noops = self.upgrades.iter_mut().flat_map(|own| &mut own.noop_at);
        if let Some(at) = noops.find(|at| **at <= now) {
            *at = now + NOOP_EVERY;
            self.answer_get(&[Wire::text("6")], server);
        }
    }

    pub(crate) fn next_wake(&self) -> Option<u64> {
        let Current::Polling(requests) = &self.current else {
            return None;
        };
        let noops = self.upgrades.iter().filter_map(|upgrade| upgrade.noop_at);
        noops.chain(requests.post.map(|(_, at)| at)).min()
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

    /// Moves the session and its queue to the link of an upgrade, and drops the others.
    fn finish_upgrade(&mut self, link: Link, server: &mut Server) {
        let Current::Polling(requests) = &mut self.current else {
            return;
        };
        for upgrade in self.upgrades.drain(..) {
            if upgrade.link != link {
                server
                    .out
                    .push_back((upgrade.link, Transmit::End(Lost::Closed)));
            }
        }
        if requests.get.is_some() || requests.post.is_some() {
            server.fault("upgrades while a request is pending".into());
        }
        let queue = std::mem::take(&mut requests.queue);
        self.current = Current::Duplex(link);
        for wire in queue {
            self.send(wire, server);
        }
    }
}
