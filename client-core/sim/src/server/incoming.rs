//! Frames and requests from the client: the probe, the heartbeat, and the parts of Socket.IO packets.

use tidewire_core::EngineVersion;

use super::carrier::{Carrier, Upgrade};
use super::session::{Session, noop};
use super::shared::{LinkAction, Shared};
use crate::coverage::Seen;
use crate::wire::{Sio, Wire};

impl Session {
    pub(super) fn frame(&mut self, now: u64, link: u32, wire: Wire, shared: &mut Shared) {
        if self.silent || self.ended {
            return;
        }
        if let Carrier::Polling { upgrade, .. } = &self.carrier {
            return self.upgrade(*upgrade, link, &wire, shared);
        }
        self.packet(now, wire, shared);
    }

    pub(super) fn post(&mut self, now: u64, frames: Vec<Wire>, shared: &mut Shared) {
        self.check_size(&frames, shared);
        if matches!(self.carrier, Carrier::Socket(_)) {
            shared.faults.push("a POST after the upgrade".to_owned());
        }
        for wire in frames {
            if self.silent || self.ended {
                return;
            }
            self.packet(now, wire, shared);
        }
    }

    fn check_size(&self, frames: &[Wire], shared: &mut Shared) {
        let Some(max) = shared.plan.max_payload else {
            return;
        };
        let size = frames
            .iter()
            .map(|wire| wire.polled_len() + 1)
            .sum::<usize>();
        if size > max + 1 && frames.len() > 1 {
            let fault = format!("a POST of {size} bytes, but at most {max} are allowed");
            shared.faults.push(fault);
        }
        if size > max / 2 && max < 1_000 {
            shared.seen.note(Seen::PostNearLimit);
        }
    }

    /// Handles a GET, which is answered when a packet is queued.
    pub(super) fn get(&mut self, link: u32, shared: &mut Shared) {
        let Carrier::Polling { get, .. } = &mut self.carrier else {
            shared.faults.push("a GET after the upgrade".to_owned());
            return shared.out.push(LinkAction::Refuse(link));
        };
        if get.replace(link).is_some() {
            shared.faults.push("two GETs at a time".to_owned());
        }
        self.flush(shared);
    }

    /// Handles a frame over the WebSocket of an upgrade.
    fn upgrade(&mut self, was: Upgrade, link: u32, wire: &Wire, shared: &mut Shared) {
        let probe = Wire::Text("2probe".to_owned());
        let upgrade_packet = Wire::Text("5".to_owned());
        match was {
            Upgrade::Open(own) if own == link && *wire == probe => self.answer_probe(link, shared),
            Upgrade::Probed(own) if own == link && *wire == upgrade_packet => {
                self.finish_upgrade(link, shared);
            }
            _ => shared
                .faults
                .push(format!("{wire:?} while upgrading ({was:?})")),
        }
    }

    fn answer_probe(&mut self, link: u32, shared: &mut Shared) {
        if shared.rng.per_mille(shared.plan.bad_probe) {
            shared.seen.note(Seen::ProbeAnsweredWrongly);
            if shared.rng.one_in(2) {
                let wrong = Wire::Text("3prob".to_owned());
                shared.out.push(LinkAction::Frame(link, wrong));
            }
            return;
        }
        shared
            .out
            .push(LinkAction::Frame(link, Wire::Text("3probe".to_owned())));
        if let Carrier::Polling { upgrade, .. } = &mut self.carrier {
            *upgrade = Upgrade::Probed(link);
        }
        self.flush(shared);
    }

    fn finish_upgrade(&mut self, link: u32, shared: &mut Shared) {
        shared.seen.note(match self.webtransport {
            Some(own) if own == link => Seen::UpgradedToWebTransport,
            _ => Seen::Upgraded,
        });
        let was = std::mem::replace(&mut self.carrier, Carrier::Socket(link));
        let Carrier::Polling { get, queue, .. } = was else {
            return;
        };
        if let Some(get) = get {
            shared.faults.push("upgraded while a GET waits".to_owned());
            shared.out.push(LinkAction::Response(get, vec![noop()]));
        }
        for wire in queue {
            shared.out.push(LinkAction::Frame(link, wire));
        }
    }

    /// Handles an Engine.IO packet.
    fn packet(&mut self, now: u64, wire: Wire, shared: &mut Shared) {
        if shared.engine_version == EngineVersion::Eio3 {
            // Any packet resets the timeout (engine.io 3, `onPacket`).
            self.timeout_at = now + shared.plan.ping_interval + shared.plan.ping_timeout;
        }
        let text = match wire {
            Wire::Binary(bytes) => return self.attachment(now, bytes, shared),
            Wire::Text(text) => text,
        };
        let mut chars = text.chars();
        match (chars.next(), chars.as_str(), shared.engine_version) {
            (Some('3'), "", EngineVersion::Eio3) if self.may_be_misread(now, shared) => {}
            (Some('4'), message, _) => self.message(now, message, shared),
            (Some('2'), data, EngineVersion::Eio3) => {
                self.send(Wire::Text(format!("3{data}")), shared);
            }
            (Some('3'), "", EngineVersion::Eio4) => {
                let next = now + shared.plan.ping_interval;
                self.next_ping = Some(next);
                self.timeout_at = next + shared.plan.ping_timeout;
            }
            (Some('1'), "", _) if matches!(self.carrier, Carrier::Polling { .. }) => {
                shared.seen.note(Seen::ClosePosted);
                self.closed_by_client = true;
                self.ended = true;
            }
            _ => shared.faults.push(format!("the packet {text:?}")),
        }
    }

    fn attachment(&mut self, now: u64, bytes: Vec<u8>, shared: &mut Shared) {
        let bytes = match (shared.engine_version, bytes.split_first()) {
            (EngineVersion::Eio4, _) => bytes,
            (EngineVersion::Eio3, Some((4, content))) => content.to_vec(),
            (EngineVersion::Eio3, _) => {
                return shared.faults.push("binary without its type".to_owned());
            }
        };
        let Some((sio, parts)) = &mut self.partial else {
            return shared.faults.push("binary without a header".to_owned());
        };
        parts.push(bytes);
        if parts.len() == sio.attachments
            && let Some((sio, parts)) = self.partial.take()
        {
            self.on_packet(now, &sio, parts, shared);
        }
    }

    fn message(&mut self, now: u64, message: &str, shared: &mut Shared) {
        if self.partial.is_some() {
            let fault = format!("{message:?} before the awaited attachments");
            return shared.faults.push(fault);
        }
        match Sio::read(message) {
            Err(fault) => shared.faults.push(fault),
            Ok(sio) if sio.attachments > 0 => self.partial = Some((sio, Vec::new())),
            Ok(sio) => self.on_packet(now, &sio, Vec::new(), shared),
        }
    }
}
