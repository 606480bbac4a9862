//! A host that carries out nothing, and sees to it that the machine keeps within its rights.

use std::collections::BTreeSet;

use tidewire_core::{Config, EngineVersion, Lost, Transport};
use tidewire_sim::{Heard, Input, Machine, Native, Said, Taken, Wire};

/// More outputs than this after one input are a flood.
const FLOOD: usize = 20_000;

pub(crate) struct Host {
    pub(crate) machine: Native,
    pub(crate) now: u64,
    /// Links that the machine counts on, and that may still end.
    pub(crate) live: BTreeSet<u32>,
    /// All there have been.
    pub(crate) links: Vec<u32>,
    pub(crate) sockets: BTreeSet<u32>,
    pub(crate) questions: Vec<(usize, usize)>,
    opened: bool,
}

impl Host {
    pub(crate) fn new(config: Config) -> Host {
        Host {
            machine: Native::new(config),
            now: 1_000,
            live: BTreeSet::new(),
            links: Vec::new(),
            sockets: BTreeSet::new(),
            questions: Vec::new(),
            opened: false,
        }
    }

    /// Whether a session opens when `packet` is the first that comes over a WebSocket.
    pub(crate) fn open(packet: &str) -> bool {
        let mut host = Host::new(Config {
            transports: [Transport::WebSocket].into(),
            ..Config::default()
        });
        host.give(&Input::Namespace("/".to_owned()));
        host.give(&Input::Connect(0));
        let link = *host.links.last().expect("a link to open by");
        host.give(&Input::Opened(link));
        host.give(&Input::Packet(link, Wire::Text(packet.to_owned())));
        host.opened
    }

    /// Gives an input and takes what the machine says to it.
    pub(crate) fn give(&mut self, input: &Input) -> Taken {
        match input {
            Input::Lost(link, _) | Input::Answer(link, ..) => {
                self.live.remove(link);
            }
            _ => {}
        }
        let taken = self.machine.input(self.now, input);
        for count in 0.. {
            assert!(count < FLOOD, "a flood after {input:?}");
            match self.machine.poll() {
                Some(said) => self.take(said),
                None => break,
            }
        }
        taken
    }

    fn take(&mut self, said: Said) {
        match said {
            Said::Open(link, _) => {
                self.sockets.insert(link);
                self.begin(link);
            }
            Said::Get(link, _) => self.begin(link),
            Said::Post(link, _, frames) => {
                assert!(!frames.is_empty(), "a POST has packets");
                self.begin(link);
            }
            Said::Send(link, _) => {
                let live = self.live.contains(&link) && self.sockets.contains(&link);
                assert!(live, "packets go over live WebSockets");
            }
            Said::Drop(link) => assert!(self.live.remove(&link), "what is dropped is live"),
            Said::Heard(Heard::Message(nsp, _, _, Some(question))) => {
                self.questions.push((nsp, question));
            }
            Said::Heard(heard) => self.opened |= matches!(heard, Heard::Opened),
        }
    }

    fn begin(&mut self, link: u32) {
        let new = self.links.last().is_none_or(|last| link > *last);
        assert!(new, "a link is used once");
        self.links.push(link);
        self.live.insert(link);
    }

    /// Leaves: nothing may be left.
    pub(crate) fn end(mut self, namespaces: usize) {
        for nsp in 0..namespaces {
            self.give(&Input::ClearOffline(nsp));
        }
        self.give(&Input::Close);
        while let Some(link) = self.live.first().copied() {
            self.give(&if self.sockets.contains(&link) {
                Input::Lost(link, Lost::Closed)
            } else {
                Input::Answer(link, EngineVersion::Eio4, Vec::new())
            });
        }
        for _ in 0..100 {
            let Some(at) = self.machine.next_timeout() else {
                break;
            };
            self.now = self.now.max(at);
            self.give(&Input::Timeout);
        }
        assert_eq!(self.machine.next_timeout(), None, "no deadline is left");
        assert!(self.live.is_empty(), "no link is left");
        assert_eq!(self.machine.live_payloads(), 0, "no payload is left");
    }
}
