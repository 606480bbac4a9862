//! Scripts of random packets: each is read by the core here, and by TypeScript where a script is replayed.
//!
//! A session connects, the server sends packets of random parts (types, counts, namespaces, ids, payloads; most of them wrong), and
//! after a loss the client asks for the session again, with the offset that it has read. The JSON of a handshake or a CONNECT is
//! valid or cut off: of other JSON the core reads the part before the fault, and `JSON.parse` nothing.

use tidewire_core::{Ack, Config, Delivery, EngineVersion, Lost, Reconnection, Transport};

use crate::machine::{AppEvent, Input, Machine, Output};
use crate::rng::Rng;
use crate::script::record;
use crate::wire::Wire;

const HANDSHAKES: &[&str] = &[
    r#"0{"sid":"e","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":1000}"#,
    r#"0{"sid":"e","upgrades":["websocket"],"pingInterval":25000,"pingTimeout":60000}"#,
    r#"0 { "pingTimeout" : 1e3 , "pingInterval" : 2.0 , "sid" : "\u0065\n" , "x" : {"sid":"y"} } "#,
    r#"0{"sid":"e","pingInterval":99999999999,"pingTimeout":0,"maxPayload":1.5}"#,
];

const BAD_HANDSHAKES: &[&str] = &[
    "0",
    "0{}",
    "0[]",
    "0null",
    r#"0{"sid":"","pingInterval":1,"pingTimeout":1}"#,
    r#"0{"sid":7,"pingInterval":1,"pingTimeout":1}"#,
    r#"0{"sid":"e","pingInterval":"1","pingTimeout":1}"#,
    r#"0{"sid":"e","pingInterval":-1,"pingTimeout":1}"#,
    r#"0{"sid":"e","pingInterval":1.5,"pingTimeout":1}"#,
    r#"0{"sid":"e","pingInterval":1,"pingTimeout":nul"#,
    r#"0{"sid":"e","pingInterval":1"#,
    "1",
    "40",
    "",
    "x",
];

const ENGINE: &[&str] = &[
    "1", "2", "3", "5", "6", "7", "", "x", "é", "2probe", "3probe", "3probes", "6x", "b", "8",
];

const TYPES: &[&str] = &[
    "0", "1", "2", "2", "2", "3", "4", "5", "6", "7", "9", " ", "\u{a0}", "é", "x", "-", "",
];

const COUNTS: &[&str] = &[
    "",
    "",
    "1-",
    "2-",
    "0-",
    "-",
    "-1-",
    "+1-",
    "0x2-",
    "0b1-",
    "1e0-",
    "1.0-",
    "1.5-",
    " 1 -",
    "1 1-",
    "1e400-",
    "x-",
    "99999999999-",
    "\u{2028}2-",
    "1",
];

const NAMESPACES: &[&str] = &[
    "",
    "",
    "/,",
    "/chat,",
    "/chat,",
    "/chat",
    "/chat?a=1,",
    "/none,",
    "/é聊😀,",
    "/chat/,",
    ",",
    "/\u{a0},",
    "/cha",
];

const IDS: &[&str] = &[
    "",
    "",
    "",
    "0",
    "1",
    "7",
    "007",
    " ",
    "1 2",
    " 3 ",
    "9007199254740993",
    "99999999999999999999",
    "\u{feff}",
    "１",
    "-1",
    "+1",
    "1e1",
    "\u{85}",
];

const PAYLOADS: &[&str] = &[
    "",
    "[]",
    "[",
    r#"["a"]"#,
    r#"["a","o1"]"#,
    r#"["a", "o\u0032\"\\" ] "#,
    r#"["a",["o3"]]"#,
    r#"["a","b,","o4"]"#,
    r#"["a","\\","]"]"#,
    r#"["a",""]"#,
    r#"["connect"]"#,
    r#"["connected"]"#,
    r#"["\u0063onnect"]"#,
    r#"[ "disconnect" , 1]"#,
    r#"["connect"#,
    r#"["newListener\u0000"]"#,
    r#"["\u006e\u0065\u0077\u004c\u0069\u0073\u0074\u0065\u006e\u0065\u0072"]"#,
    "[1]",
    "[-1,2]",
    "[null]",
    "[true]",
    "[{}]",
    "{}",
    r#"{"sid":"s"}"#,
    r#"{"sid":"s","pid":"p"}"#,
    r#"{ "pid" : "q" , "sid" : "\ud83d\ude00" }"#,
    r#"{"sid":""}"#,
    r#"{"sid":1,"pid":null}"#,
    r#"{"sid":"s"#,
    r#""text""#,
    "null",
    "x",
    "é",
    "1",
];

/// An argument that makes a packet longer than the part that is shown.
const LONG: &str = "an argument of more than 20 bytes";

/// Returns the script of the packets of a seed.
pub fn packet_script_of(seed: u64) -> Vec<String> {
    let mut rng = Rng::from_seed(seed);
    record(seed, |make| {
        let versions = [Some(EngineVersion::Eio3), Some(EngineVersion::Eio4), None];
        let machine = make(Config {
            engine_version: *rng.pick(&versions),
            transports: vec![Transport::WebSocket],
            reconnection: Some(Reconnection {
                randomization_percent: 0,
                ..Reconnection::default()
            }),
            ..Config::default()
        });
        Play {
            machine,
            link: 0,
            now: 0,
        }
        .run(&mut rng);
    })
}

/// A machine and its link.
struct Play {
    machine: Box<dyn Machine>,
    link: u32,
    now: u64,
}

impl Play {
    fn run(&mut self, rng: &mut Rng) {
        for name in ["/", "/chat"] {
            self.input(Input::Namespace(name.to_owned()));
        }
        for nsp in 0..2 {
            self.input(Input::Connect(nsp));
        }
        let handshakes = match rng.one_in(3) {
            true => BAD_HANDSHAKES,
            false => HANDSHAKES,
        };
        self.open(rng.pick::<&str>(handshakes));
        for text in [
            r#"40{"sid":"a","pid":"p"}"#,
            r#"40/chat,{"sid":"b","pid":"p"}"#,
        ] {
            self.receive(text);
        }
        for _ in 0..2 {
            self.input(Input::Emit {
                nsp: 1,
                text: r#"["x"]"#.to_owned(),
                attachments: Vec::new(),
                ack: Ack::Unlimited,
                delivery: Delivery::Once,
            });
        }
        for _ in 0..rng.between(1, 4) {
            let text = packet(rng);
            self.receive(&text);
            if rng.one_in(3) {
                self.binary(&[4, 1]);
            }
        }
        self.input(Input::Lost(self.link, Lost::Closed));
        if let Some(at) = self.machine.next_timeout() {
            self.now = self.now.max(at);
            self.input(Input::Timeout);
        }
        self.open(HANDSHAKES[0]);
        self.input(Input::Close);
    }

    /// Opens the link, and takes the handshake.
    fn open(&mut self, handshake: &str) {
        self.input(Input::Opened(self.link));
        self.receive(handshake);
    }

    fn receive(&mut self, text: &str) {
        self.input(Input::Packet(self.link, Wire::Text(text.to_owned())));
    }

    fn binary(&mut self, bytes: &[u8]) {
        self.input(Input::Packet(self.link, Wire::Binary(bytes.to_vec())));
    }

    /// Gives an input, takes the outputs, and authorizes the namespaces that ask for it.
    fn input(&mut self, input: Input) {
        let mut inputs = vec![input];
        while let Some(input) = inputs.pop() {
            self.machine.input(self.now, &input);
            while let Some(output) = self.machine.poll() {
                match output {
                    Output::Open(link, _) => self.link = link,
                    Output::Event(AppEvent::AuthRequired(nsp)) => {
                        let auth = (nsp == 1).then(|| r#"{"t":1}"#.to_owned());
                        inputs.push(Input::Authorize(nsp, auth));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// Returns a packet of random parts.
fn packet(rng: &mut Rng) -> String {
    if rng.one_in(8) {
        return (*rng.pick(ENGINE)).to_owned();
    }
    let mut text = "4".to_owned();
    for (usual, parts) in [
        ("2", TYPES),
        ("", COUNTS),
        ("/chat,", NAMESPACES),
        ("", IDS),
    ] {
        text.push_str(match rng.one_in(3) {
            true => rng.pick::<&str>(parts),
            false => usual,
        });
    }
    text.push_str(rng.pick::<&str>(PAYLOADS));
    match rng.below(20) {
        // The header fits, just not, or not at all; the payload goes on after the part that is shown.
        0 => format!(
            "42/{},[\"a\",{LONG:?}]",
            "n".repeat(rng.between(480, 500) as usize)
        ),
        1 => format!(
            "42{}[\"a\",{LONG:?}]",
            "0".repeat(rng.between(480, 500) as usize)
        ),
        2 => format!("42/chat,[\"a\",\"{}\",\"o5\"]", "é".repeat(400)),
        3 => format!(
            "42/chat,[\"a\",\"{}\"]",
            "o".repeat(rng.between(115, 130) as usize)
        ),
        4 => format!(
            "45{}-[\"a\",{LONG:?}]",
            "0".repeat(rng.between(500, 515) as usize)
        ),
        _ => text,
    }
}
