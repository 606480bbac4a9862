//! A machine connected to a server of a given Engine.IO version; the test is the server.

use std::borrow::Cow;

use bytes::Bytes;
use tidewire_core::wire::packet::Content;
use tidewire_core::{
    Action, Client, Config, EngineVersion, Event, Frame, HEAD_LIMIT, Link, Nsp, Output, Packet,
    Time,
};

/// A namespace that keeps the connection open when others disconnect.
pub(crate) const BYSTANDER: &str = "/vectors-bystander";

pub(crate) struct Peer {
    pub(crate) client: Client<Bytes>,
    /// Whether plain events are taken by `Client::take_event`, and those taken since the last call of `events`.
    pub(crate) fast_lane: bool,
    taken: Vec<Event<Bytes>>,
    engine_version: EngineVersion,
    link: Link,
}

impl Peer {
    /// Creates a client with an open connection and the connected namespace [`BYSTANDER`].
    pub(crate) fn new(engine_version: EngineVersion, max_attachments: u32) -> Peer {
        let mut client = Client::new(Config {
            engine_version: Some(engine_version),
            max_attachments,
            connect_timeout: None,
            ..Config::default()
        });
        let bystander = client.namespace(BYSTANDER, None);
        client.connect(Time::ZERO, bystander);
        let Some(Output::Action(Action::Open { link, .. })) = client.poll() else {
            unreachable!("a client opens a link first");
        };
        let mut peer = Peer {
            client,
            fast_lane: false,
            taken: Vec::new(),
            engine_version,
            link,
        };
        peer.feed_engine(r#"0{"sid":"e","upgrades":[],"pingInterval":60000,"pingTimeout":60000}"#);
        if engine_version == EngineVersion::Eio3 {
            peer.feed_text("0");
        }
        peer.connect(BYSTANDER, None);
        peer
    }

    /// Connects a namespace and returns the frames sent for it.
    pub(crate) fn connect(
        &mut self,
        name: &str,
        query: Option<&str>,
    ) -> (Nsp, Vec<Content<'static>>) {
        let nsp = self.client.namespace(name, query);
        self.client.connect(Time::ZERO, nsp);
        self.client.authorize(Time::ZERO, nsp, None);
        let sent = self.sent();
        let session = match self.engine_version {
            EngineVersion::Eio3 => "",
            EngineVersion::Eio4 => r#"{"sid":"s"}"#,
        };
        self.feed_text(&format!("0{}{session}", namespace_prefix(name)));
        while self.client.poll().is_some() {}
        (nsp, sent)
    }

    /// Delivers a Socket.IO frame.
    pub(crate) fn feed(&mut self, frame: &Content<'_>) {
        match frame {
            Content::Text(text) => self.feed_text(text),
            Content::Binary(bytes) => {
                let mut packet = Vec::new();
                if self.engine_version.types_binary_frames() {
                    packet.push(4);
                }
                packet.extend_from_slice(bytes);
                self.feed_raw(&packet);
            }
        }
    }

    /// Delivers a binary frame as it is on the wire.
    pub(crate) fn feed_raw(&mut self, packet: &[u8]) {
        let head = &packet[..packet.len().min(HEAD_LIMIT)];
        let frame = Frame::binary(head, Bytes::copy_from_slice(packet));
        self.client.handle_packet(Time::ZERO, self.link, frame);
    }

    pub(crate) fn feed_text(&mut self, text: &str) {
        self.feed_engine(&format!("4{text}"));
    }

    fn feed_engine(&mut self, text: &str) {
        let head = &text.as_bytes()[..text.len().min(HEAD_LIMIT)];
        let packet = Bytes::copy_from_slice(text.as_bytes());
        let frame = Frame::text(head, packet);
        if !self.fast_lane {
            return self.client.handle_packet(Time::ZERO, self.link, frame);
        }
        match self.client.take_event(Time::ZERO, self.link, frame) {
            Ok(incoming) => self.taken.push(Event::Message(incoming)),
            Err(frame) => self.client.handle_packet(Time::ZERO, self.link, frame),
        }
    }

    /// Returns the events since the last call.
    pub(crate) fn events(&mut self) -> Vec<Event<Bytes>> {
        let mut events = std::mem::take(&mut self.taken);
        while let Some(output) = self.client.poll() {
            if let Output::Event(event) = output {
                events.push(event);
            }
        }
        events
    }

    /// Returns the Socket.IO frames sent since the last call.
    pub(crate) fn sent(&mut self) -> Vec<Content<'static>> {
        let mut frames = Vec::new();
        while let Some(output) = self.client.poll() {
            if let Output::Action(Action::Send { packet, .. }) = output {
                frames.push(self.sent_frame(&packet));
            }
        }
        frames
    }

    fn sent_frame(&self, packet: &Packet<Bytes>) -> Content<'static> {
        let mut frame = Vec::new();
        packet.write_head(&mut frame);
        frame.extend(packet.payload().into_iter().flatten());
        let is_typed = !packet.is_binary() || self.engine_version.types_binary_frames();
        let content = frame.split_off(usize::from(is_typed));
        if packet.is_binary() {
            Content::Binary(Cow::Owned(content))
        } else {
            let text = String::from_utf8(content).expect("the payloads are UTF-8");
            Content::Text(Cow::Owned(text))
        }
    }
}

/// Returns a namespace as written in a header.
pub(crate) fn namespace_prefix(name: &str) -> String {
    match name {
        "" | "/" => String::new(),
        name => format!("{name},"),
    }
}
