//! A host without I/O that checks the actions of the machine.

use std::collections::BTreeSet;
use std::rc::Rc;

use tidewire_core::{Config, EngineVersion, Lost, Transport};
use tidewire_sim::{AppEvent, CallResult, Input, Lanes, Machine, Output, Wire};

/// The most outputs after one input; more are an endless loop.
const MAX_OUTPUTS: usize = 20_000;

pub(crate) struct Host {
    pub(crate) machine: Lanes,
    pub(crate) now: u64,
    /// Links that the machine holds and that may still end.
    pub(crate) held: BTreeSet<u32>,
    /// All links so far.
    pub(crate) links: Vec<u32>,
    pub(crate) sockets: BTreeSet<u32>,
    pub(crate) replies: Vec<(usize, usize)>,
    opened: bool,
}

impl Host {
    pub(crate) fn new(config: Config) -> Host {
        Host {
            machine: Lanes::new(config, false, &Rc::default()),
            now: 1_000,
            held: BTreeSet::new(),
            links: Vec::new(),
            sockets: BTreeSet::new(),
            replies: Vec::new(),
            opened: false,
        }
    }

    /// Returns whether a session opens when `packet` is the first over a WebSocket.
    pub(crate) fn open(packet: &str) -> bool {
        let mut host = Host::new(Config {
            transports: [Transport::WebSocket].into(),
            ..Config::default()
        });
        host.input(&Input::Namespace("/".to_owned()));
        host.input(&Input::Connect(0));
        let link = *host.links.last().expect("a link to open by");
        host.input(&Input::Opened(link));
        host.input(&Input::Packet(link, Wire::Text(packet.to_owned())));
        host.opened
    }

    /// Gives an input and handles the outputs that follow.
    pub(crate) fn input(&mut self, input: &Input) -> CallResult {
        match input {
            Input::Lost(link, _) | Input::Response(link, ..) => {
                self.held.remove(link);
            }
            _ => {}
        }
        let result = self.machine.input(self.now, input);
        for count in 0.. {
            assert!(count < MAX_OUTPUTS, "too many outputs after {input:?}");
            match self.machine.poll() {
                Some(output) => self.handle(output),
                None => break,
            }
        }
        result
    }

    fn handle(&mut self, output: Output) {
        match output {
            Output::Open(link, _) => {
                self.sockets.insert(link);
                self.begin(link);
            }
            Output::Get(link, _) => self.begin(link),
            Output::Post(link, _, frames) => {
                assert!(!frames.is_empty(), "a POST has packets");
                self.begin(link);
            }
            Output::Send(link, _) => {
                let held = self.held.contains(&link) && self.sockets.contains(&link);
                assert!(held, "packets go over held WebSockets");
            }
            Output::Drop(link) => assert!(self.held.remove(&link), "a dropped link is live"),
            Output::Event(AppEvent::Message(nsp, _, _, Some(reply_to))) => {
                self.replies.push((nsp, reply_to));
            }
            Output::Event(event) => self.opened |= matches!(event, AppEvent::Opened),
        }
    }

    fn begin(&mut self, link: u32) {
        let new = self.links.last().is_none_or(|last| link > *last);
        assert!(new, "a link is used once");
        self.links.push(link);
        self.held.insert(link);
    }

    /// Closes the connection: nothing may be left.
    pub(crate) fn end(mut self, namespaces: usize) {
        for nsp in 0..namespaces {
            self.input(&Input::ClearOffline(nsp));
        }
        self.input(&Input::Close);
        while let Some(link) = self.held.first().copied() {
            self.input(&if self.sockets.contains(&link) {
                Input::Lost(link, Lost::Closed)
            } else {
                Input::Response(link, EngineVersion::Eio4, Vec::new())
            });
        }
        for _ in 0..100 {
            let Some(at) = self.machine.next_timeout() else {
                break;
            };
            self.now = self.now.max(at);
            self.input(&Input::Timeout);
        }
        assert_eq!(self.machine.next_timeout(), None, "no deadline is left");
        assert!(self.held.is_empty(), "no link is left");
        assert_eq!(self.machine.live_payloads(), 0, "no payload is left");
    }
}
