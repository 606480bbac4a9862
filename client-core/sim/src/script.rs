//! A run written down as what was done to the machine and what it said, a line of JSON each, for another build of the machine to
//! live through: `cargo xtask sim -- --script` writes, and the tests of the npm package read.
//!
//! Each line is an array. `[">", now, name, ...]` is an input, `["=", ...]` what the machine gave back at once, `["<", name, ...]` what it
//! said, and `["end", seed, hash]` the end of a run, with a number that is made of all that the machine said. A text is a string, bytes
//! are `{"hex": ...}`; names and words are those of `client-wasm/npm/src/machine/contract.ts`.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidewire_core::{
    Ack, AckError, Config, Delivery, EngineVersion, Hint, Lost, Misuse, OfflinePolicy, Target,
};

use crate::machine::{Heard, Input, Machine, Native, Said, Taken};
use crate::run::{plan_of, run};
use crate::wire::Wire;

/// The script of a seed's run.
pub fn script_of(seed: u64) -> Vec<String> {
    let lines = Rc::new(RefCell::new(Vec::new()));
    let (plan, chance) = plan_of(seed);
    let make = |config: Config| -> Box<dyn Machine> {
        let lines = lines.clone();
        lines.borrow_mut().push(settings(&config).to_string());
        let inner = Native::new(config);
        Box::new(Recorder { inner, lines })
    };
    run(&plan, &chance, &make, false);
    let mut lines = lines.take();
    let said = lines.iter().filter(|line| !line.starts_with("[\">"));
    let hash = said.fold(FNV_BASIS, |hash, line| fnv(hash, line.as_bytes()));
    lines.push(json!(["end", seed, hash]).to_string());
    lines
}

/// FNV-1a of 32 bits, which JavaScript can count, too.
const FNV_BASIS: u32 = 0x811c_9dc5;

fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// A machine whose every word is written down.
struct Recorder {
    inner: Native,
    lines: Rc<RefCell<Vec<String>>>,
}

impl Recorder {
    fn note(&self, line: &Value) {
        self.lines.borrow_mut().push(line.to_string());
    }
}

impl Machine for Recorder {
    fn input(&mut self, now: u64, input: &Input) -> Taken {
        self.note(&input_line(now, input));
        let taken = self.inner.input(now, input);
        self.note(&taken_line(taken));
        taken
    }

    fn poll(&mut self) -> Option<Said> {
        let said = self.inner.poll()?;
        self.note(&said_line(&said));
        Some(said)
    }

    fn next_timeout(&self) -> Option<u64> {
        self.inner.next_timeout()
    }

    fn is_connected(&self, nsp: usize) -> bool {
        self.inner.is_connected(nsp)
    }

    fn offline(&self, nsp: usize) -> usize {
        self.inner.offline(nsp)
    }

    fn backlog(&self) -> usize {
        self.inner.backlog()
    }

    fn live_payloads(&self) -> usize {
        self.inner.live_payloads()
    }
}

/// The first line: what the machine is made with. No limit is `null`.
fn settings(config: &Config) -> Value {
    let span = |span: Option<tidewire_core::Millis>| span.map(|span| span.0);
    let again = config.reconnection.as_ref();
    json!(["new", {
        "engineVersion": config.engine_version.map(version_word),
        "transports": config.transports.iter().map(|own| own.name()).collect::<Vec<_>>(),
        "upgrade": config.upgrade,
        "rememberUpgrade": config.remember_upgrade,
        "tryAllTransports": config.try_all_transports,
        "reconnection": again.is_some(),
        "reconnectionAttempts": again.and_then(|own| own.attempts),
        "reconnectionDelay": again.map(|own| own.delay.0),
        "reconnectionDelayMax": again.map(|own| own.delay_max.0),
        "randomizationFactor": again.map(|own| f64::from(own.randomization_percent) / 100.0),
        "stableAfter": again.map(|own| own.stable_after.0),
        "openTimeout": span(config.open_timeout),
        "connectTimeout": span(config.connect_timeout),
        "detection": config.detection.0,
        "pingEvery": span(config.ping_every),
        "pingGrace": span(config.ping_grace),
        "offlinePackets": config.offline_packets,
        "offlineBytes": config.offline_bytes,
        "offlinePolicy": match config.offline_policy {
            OfflinePolicy::Refuse => "refuse",
            OfflinePolicy::DropOldest => "drop-oldest",
            OfflinePolicy::DropNewest => "drop-newest",
        },
        "retryWindow": config.retry_window,
        "earlyEvents": config.early_events,
        "maxAcks": config.max_acks,
        "maxAttachments": config.max_attachments,
        "maxPacketBytes": config.max_packet_bytes,
        "seed": config.seed,
    }])
}

fn input_line(now: u64, input: &Input) -> Value {
    match input {
        Input::Namespace(name) => json!([">", now, "namespace", name]),
        Input::Connect(nsp) => json!([">", now, "connect", nsp]),
        Input::Authorize(nsp, auth) => json!([">", now, "authorize", nsp, auth]),
        Input::Emit {
            nsp,
            text,
            attachments,
            ack,
            delivery,
        } => {
            let attachments: Vec<Value> = attachments.iter().map(|own| bytes(own)).collect();
            let (ack, delivery) = (ack_word(*ack), delivery_word(*delivery));
            json!([">", now, "emit", nsp, text, attachments, ack, delivery])
        }
        Input::Reply {
            nsp,
            question,
            text,
        } => json!([">", now, "reply", nsp, question, text]),
        Input::Cancel(nsp, ack) => json!([">", now, "cancel", nsp, ack]),
        Input::ClearOffline(nsp) => json!([">", now, "clearOffline", nsp]),
        Input::Disconnect(nsp) => json!([">", now, "disconnect", nsp]),
        Input::Close => json!([">", now, "close"]),
        Input::Opened(link) => json!([">", now, "handleOpened", link]),
        Input::Packet(link, frame) => json!([">", now, "handlePacket", link, wire(frame)]),
        Input::Answer(link, version, frames) => {
            let frames: Vec<Option<Value>> =
                frames.iter().map(|own| own.as_ref().map(wire)).collect();
            json!([
                ">",
                now,
                "handleResponse",
                link,
                version_word(*version),
                frames
            ])
        }
        Input::Lost(link, how) => {
            let how = match how {
                Lost::Failed => "failed",
                Lost::Closed => "closed",
                Lost::TooLarge => "too large",
            };
            json!([">", now, "handleLost", link, how])
        }
        Input::Hint(hint) => json!([">", now, "handleHint", hint_word(*hint)]),
        Input::Timeout => json!([">", now, "handleTimeout"]),
    }
}

fn taken_line(taken: Taken) -> Value {
    match taken {
        Taken::Yes => json!(["="]),
        Taken::Ack(ack) => json!(["=", ack]),
        Taken::Misuse(misuse) => json!(["=", misuse_word(misuse)]),
    }
}

fn said_line(said: &Said) -> Value {
    match said {
        Said::Open(link, target) => json!(["<", "open", link, target_words(target)]),
        Said::Send(link, frame) => json!(["<", "send", link, wire(frame)]),
        Said::Get(link, target) => json!(["<", "get", link, target_words(target)]),
        Said::Post(link, target, frames) => {
            let frames: Vec<Value> = frames.iter().map(wire).collect();
            json!(["<", "post", link, target_words(target), frames])
        }
        Said::Drop(link) => json!(["<", "drop", link]),
        Said::Heard(heard) => heard_line(heard),
    }
}

fn heard_line(heard: &Heard) -> Value {
    match heard {
        Heard::Opened => json!(["<", "opened"]),
        Heard::Upgraded => json!(["<", "upgraded"]),
        Heard::UpgradeFailed => json!(["<", "upgradeFailed"]),
        Heard::OpenFailed(why) => json!(["<", "openFailed", why.to_lowercase()]),
        Heard::Closed(reason) => json!(["<", "closed", reason]),
        Heard::Malformed(what) => json!(["<", "malformed", what]),
        Heard::Reconnecting(attempt, delay) => json!(["<", "reconnecting", attempt, delay]),
        Heard::ReconnectFailed => json!(["<", "reconnectFailed"]),
        Heard::AuthWanted(nsp) => json!(["<", "authRequired", nsp]),
        Heard::Connected(nsp, recovered) => json!(["<", "connected", nsp, recovered]),
        Heard::Refused(nsp, why) => json!(["<", "connectError", nsp, refusal_word(why)]),
        Heard::Disconnected(nsp, reason) => json!(["<", "disconnected", nsp, reason]),
        Heard::ServerError(nsp) => json!(["<", "serverError", nsp]),
        Heard::Message(nsp, text, parts, question) => {
            let parts: Vec<Value> = parts.iter().map(|part| bytes(part)).collect();
            json!(["<", "message", nsp, text, parts, question.is_some()])
        }
        Heard::EmitDropped(nsp, text) => json!(["<", "emitDropped", nsp, text]),
        Heard::Acked(nsp, ack, text, parts) => json!(["<", "acked", nsp, ack, text, parts]),
        Heard::AckLost(nsp, ack, why) => json!(["<", "ackLost", nsp, ack, loss_word(*why)]),
    }
}

fn wire(frame: &Wire) -> Value {
    match frame {
        Wire::Text(text) => json!(text),
        Wire::Binary(content) => bytes(content),
    }
}

fn bytes(content: &[u8]) -> Value {
    let hex: String = content.iter().map(|byte| format!("{byte:02x}")).collect();
    json!({ "hex": hex })
}

fn target_words(target: &Target) -> Value {
    let mut query = String::new();
    target.write_query(&mut query);
    let version = target.body_version.map(version_word);
    json!([
        target.transport.name(),
        query,
        version,
        target.sid.as_deref()
    ])
}

fn version_word(version: EngineVersion) -> &'static str {
    match version {
        EngineVersion::Eio3 => "eio3",
        EngineVersion::Eio4 => "eio4",
    }
}

/// `null`: no answer is awaited; `"Infinity"`: for as long as it takes.
fn ack_word(ack: Ack) -> Value {
    match ack {
        Ack::None => Value::Null,
        Ack::Unlimited => json!("Infinity"),
        Ack::Within(span) => json!(span.0),
    }
}

fn delivery_word(delivery: Delivery) -> Value {
    match delivery {
        Delivery::Once => json!("once"),
        Delivery::Volatile => json!("volatile"),
        Delivery::AtLeastOnce { retries } => json!(retries),
    }
}

fn hint_word(hint: Hint) -> &'static str {
    match hint {
        Hint::Online => "online",
        Hint::Offline => "offline",
        Hint::Foreground => "foreground",
        Hint::Background => "background",
        Hint::Writable => "writable",
        Hint::Congested => "congested",
    }
}

fn misuse_word(misuse: Misuse) -> &'static str {
    match misuse {
        Misuse::BufferFull => "buffer full",
        Misuse::TooManyAcks => "too many acks",
        Misuse::TooManyAttachments => "too many attachments",
        Misuse::StaleReply => "stale reply",
    }
}

fn refusal_word(why: &str) -> &'static str {
    match why {
        "server" => "server",
        "Timeout" => "timeout",
        "WrongVersion" => "wrong version",
        other => unreachable!("a refusal without a word: {other}"),
    }
}

fn loss_word(why: AckError) -> &'static str {
    match why {
        AckError::Timeout => "timeout",
        AckError::Disconnected => "disconnected",
        AckError::Dropped => "dropped",
    }
}
