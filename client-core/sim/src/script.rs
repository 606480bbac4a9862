//! Scripts of runs: every input and output of the machine as a line of JSON, to replay on another build of the machine.
//!
//! `cargo xtask test` writes scripts to `client-wasm/npm/build/runs.jsonl` with `--script`, and the npm tests replay them on the
//! WebAssembly build (`client-wasm/npm/test/support/replay.ts`), with scripts of random packets (`packets`) between them. The file
//! is written anew each time and is not kept in the repository (`seeds.txt` and the fuzz seeds hold numbers and bytes), so the
//! format can change together with `replay.ts`.
//!
//! Each line is an array: `["new", config]` is the first line of a run, `[">", now, name, ...]` an input with its time in
//! milliseconds, `["=", ...]` its return value, `["<", name, ...]` an output, and `["end", seed, hash]` the last line, with the hash of
//! all lines but the inputs. A text is a string, bytes are `{"hex": ...}`. Names and words are those of
//! `client-wasm/npm/src/machine/contract.ts`.

use std::cell::RefCell;
use std::rc::Rc;

use serde_json::{Value, json};
use tidewire_core::{
    Ack, AckError, Config, Delivery, EngineVersion, Hint, Lost, Misuse, OfflinePolicy, Target,
};

use crate::machine::{AppEvent, CallResult, Input, Machine, Output};
use crate::native::Native;
use crate::run::{plan_of, run};
use crate::wire::Wire;

/// Returns the script of the run of a seed.
pub fn script_of(seed: u64) -> Vec<String> {
    record(seed, |make| {
        let (plan, rng) = plan_of(seed);
        run(&plan, &rng, make, false);
    })
}

/// Returns the script of `play` with a machine that it makes.
pub(crate) fn record(
    seed: u64,
    play: impl FnOnce(&dyn Fn(Config) -> Box<dyn Machine>),
) -> Vec<String> {
    let lines = Rc::new(RefCell::new(Vec::new()));
    play(&|config: Config| -> Box<dyn Machine> {
        let lines = lines.clone();
        lines.borrow_mut().push(settings(&config).to_string());
        let inner = Native::new(config);
        Box::new(Recorder { inner, lines })
    });
    let mut lines = lines.take();
    let outputs = lines.iter().filter(|line| !line.starts_with("[\">"));
    let hash = outputs.fold(FNV_BASIS, |hash, line| fnv(hash, line.as_bytes()));
    lines.push(json!(["end", seed, hash]).to_string());
    lines
}

/// The start of FNV-1a with 32 bits, which JavaScript can compute with numbers.
const FNV_BASIS: u32 = 0x811c_9dc5;

fn fnv(hash: u32, bytes: &[u8]) -> u32 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193)
    })
}

/// A machine whose inputs and outputs are recorded.
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
    fn input(&mut self, now: u64, input: &Input) -> CallResult {
        self.note(&input_line(now, input));
        let result = self.inner.input(now, input);
        self.note(&result_line(result));
        result
    }

    fn poll(&mut self) -> Option<Output> {
        let output = self.inner.poll()?;
        self.note(&output_line(&output));
        Some(output)
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

/// Returns the first line: the config of the machine. `null` is no limit.
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
            reply_to,
            text,
        } => json!([">", now, "reply", nsp, reply_to, text]),
        Input::Cancel(nsp, ack) => json!([">", now, "cancel", nsp, ack]),
        Input::ClearOffline(nsp) => json!([">", now, "clearOffline", nsp]),
        Input::Disconnect(nsp) => json!([">", now, "disconnect", nsp]),
        Input::Close => json!([">", now, "close"]),
        Input::Opened(link) => json!([">", now, "handleOpened", link]),
        Input::Packet(link, frame) => json!([">", now, "handlePacket", link, wire(frame)]),
        Input::Response(link, version, frames) => {
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
                Lost::Refused => "refused",
                Lost::TooLarge => "too large",
            };
            json!([">", now, "handleLost", link, how])
        }
        Input::Hint(hint) => json!([">", now, "handleHint", hint_word(*hint)]),
        Input::Timeout => json!([">", now, "handleTimeout"]),
    }
}

fn result_line(result: CallResult) -> Value {
    match result {
        CallResult::Done => json!(["="]),
        CallResult::Ack(ack) => json!(["=", ack]),
        CallResult::Misuse(misuse) => json!(["=", misuse_word(misuse)]),
    }
}

fn output_line(output: &Output) -> Value {
    match output {
        Output::Open(link, target) => json!(["<", "open", link, target_words(target)]),
        Output::Send(link, frame) => json!(["<", "send", link, wire(frame)]),
        Output::Get(link, target) => json!(["<", "get", link, target_words(target)]),
        Output::Post(link, target, frames) => {
            let frames: Vec<Value> = frames.iter().map(wire).collect();
            json!(["<", "post", link, target_words(target), frames])
        }
        Output::Drop(link) => json!(["<", "drop", link]),
        Output::Event(event) => event_line(event),
    }
}

fn event_line(event: &AppEvent) -> Value {
    match event {
        AppEvent::Opened => json!(["<", "opened"]),
        AppEvent::Upgraded => json!(["<", "upgraded"]),
        AppEvent::UpgradeFailed(link) => json!(["<", "upgradeFailed", link]),
        AppEvent::OpenFailed(why) => json!(["<", "openFailed", why.to_lowercase()]),
        AppEvent::Closed(reason) => json!(["<", "closed", reason]),
        AppEvent::Malformed(what) => json!(["<", "malformed", what]),
        AppEvent::Reconnecting(attempt, delay) => json!(["<", "reconnecting", attempt, delay]),
        AppEvent::ReconnectFailed => json!(["<", "reconnectFailed"]),
        AppEvent::AuthRequired(nsp) => json!(["<", "authRequired", nsp]),
        AppEvent::Connected(nsp, recovered) => json!(["<", "connected", nsp, recovered]),
        AppEvent::ConnectError(nsp, why) => json!(["<", "connectError", nsp, refusal_word(why)]),
        AppEvent::Disconnected(nsp, reason) => json!(["<", "disconnected", nsp, reason]),
        AppEvent::ServerError(nsp) => json!(["<", "serverError", nsp]),
        AppEvent::Message(nsp, text, parts, reply_to) => {
            let parts: Vec<Value> = parts.iter().map(|part| bytes(part)).collect();
            json!(["<", "message", nsp, text, parts, reply_to.is_some()])
        }
        AppEvent::EmitDropped(nsp, text) => json!(["<", "emitDropped", nsp, text]),
        AppEvent::Acked(nsp, ack, text, parts) => json!(["<", "acked", nsp, ack, text, parts]),
        AppEvent::AckLost(nsp, ack, why) => json!(["<", "ackLost", nsp, ack, loss_word(*why)]),
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

/// Returns the ack of an emit: `null` without one, `"Infinity"` without a timeout, else the timeout in milliseconds.
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
