//! The driver's handling of the machine's actions: links, requests and packets.

use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use futures_util::FutureExt;
use tidewire_core::wire::engine::EngineType;
use tidewire_core::wire::head::PacketType;
use tidewire_core::{Action, EngineVersion, Link, Millis, Packet, Target, Transport};

use super::attempt::Attempt;
use super::driver::Driver;
use super::requests::Response;
use crate::error::TransportError;
use crate::host::time::Instant;
use crate::host::{self, DuplexIo};
use crate::maybe_send::{BoxFuture, MaybeSend};
use crate::meter::Count;
use crate::polling_body::PostBody;

impl Driver {
    /// Carries out an action. Returns the link that it gives up, to be closed, if that was open.
    pub(super) fn handle_action(&mut self, action: Action<Bytes>) -> Option<DuplexIo> {
        match action {
            Action::Open { link, target } => {
                self.begin_link(link, &target);
                self.links.open(link, target, self.connector.clone());
                self.repoll = true;
            }
            Action::Send { link, packet } => {
                self.count_packet(&packet);
                self.links.send(link, &packet);
            }
            Action::Get { link, target } => {
                self.begin_link(link, &target);
                let (version, connector) = (target.body_version, self.connector.clone());
                let hold = self.hold_time(&target);
                let get = async move {
                    Ok(Response::Packets(
                        connector.get(target, hold).await?,
                        version,
                    ))
                };
                self.start_request(link, 0, get);
            }
            Action::Post {
                link,
                target,
                packets,
            } => {
                // The first response, before any POST, has shown the version.
                let version = target.body_version.unwrap_or(EngineVersion::Eio4);
                packets.iter().for_each(|packet| self.count_packet(packet));
                let body = PostBody::new(version, &packets);
                let size = body.size();
                let connector = self.connector.clone();
                let post = async move {
                    connector.post(target, body).await?;
                    Ok(Response::Posted)
                };
                self.start_request(link, size, post);
            }
            Action::Drop { link } => return self.drop_link(link),
        }
        None
    }

    /// A link that belongs to no session opens one. A full-duplex link that belongs to one upgrades it.
    fn begin_link(&mut self, link: Link, target: &Target) {
        if target.sid.is_none() {
            self.attempt = Some(Attempt::begin(link, &self.connector.state.meter));
        } else if target.transport != Transport::Polling
            && let Some(attempt) = &mut self.attempt
        {
            attempt.upgrades();
        }
    }

    fn count_packet(&mut self, packet: &Packet<Bytes>) {
        match packet {
            Packet::Message(message) => match message.kind {
                PacketType::Event | PacketType::BinaryEvent => {
                    self.sent = self.sent.wrapping_add(1);
                }
                PacketType::Ack | PacketType::BinaryAck => self.state().meter.count(Count::AckSent),
                PacketType::Connect | PacketType::Disconnect | PacketType::ConnectError => {}
            },
            Packet::Engine(EngineType::Ping) => self.pinged = Some(Instant::now()),
            Packet::Engine(_) | Packet::Probe | Packet::Attachment { .. } => {}
        }
    }

    fn drop_link(&mut self, link: Link) -> Option<DuplexIo> {
        if let Some(requests) = &mut self.requests {
            requests.abort(link);
        }
        self.links.take(link).map(|io| *io)
    }

    /// Closes links that are given up. Their peers have the time `patience` to close, too.
    pub(super) fn close_links(&mut self, dropped: &mut Vec<DuplexIo>, patience: Duration) {
        for io in dropped.drain(..) {
            let earlier = self.closing.take();
            let closing = host::spawn(async move {
                io.close(patience).await;
                if let Some(earlier) = earlier {
                    earlier.await;
                }
            });
            let closed: BoxFuture<'static, ()> = Box::pin(closing);
            self.closing = Some(closed.shared());
        }
    }

    /// How long the server may hold a GET: once there is a session, until its next ping or its answer to ours.
    fn hold_time(&self, target: &Target) -> Duration {
        let interval = target
            .sid
            .as_ref()
            .and_then(|_| self.machine.ping_interval());
        interval.map_or(Duration::ZERO, |Millis(interval)| {
            Duration::from_millis(interval.into())
        })
    }

    fn start_request(
        &mut self,
        link: Link,
        size: usize,
        request: impl Future<Output = Result<Response, TransportError>> + MaybeSend + 'static,
    ) {
        let requests = self.requests.get_or_insert_default();
        requests.start(link, size, request);
        self.repoll = true;
    }
}
