//! One bot: joins the room, writes to other bots, and answers their messages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tidewire::envelope::{Envelope, Online};
use tidewire::{Client, EngineVersion, Event, Socket};
use tokio::sync::mpsc::Sender;
use tokio::time::{MissedTickBehavior, interval};

use crate::board::BotEvent;

/// The payload of a message between bots.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    from: String,
    text: String,
    number: u32,
    /// Whether this answers the note of the same number.
    answer: bool,
}

struct Bot {
    name: String,
    engine_version: EngineVersion,
    socket: Socket,
    /// The id of the socket.
    own: Arc<str>,
    joined: bool,
    others: Vec<String>,
    sent: u32,
    /// When each note that is not answered yet was sent.
    open: HashMap<u32, Instant>,
    event_tx: Sender<BotEvent>,
}

const LINES: [&str; 6] = [
    "how is the tide?",
    "a ship is in sight",
    "the lamp is lit",
    "wind from the west",
    "大家好",
    "did you hear the horn? 📯",
];

/// Runs a bot until its server is gone.
pub(crate) async fn run(
    url: String,
    name: String,
    engine_version: EngineVersion,
    event_tx: Sender<BotEvent>,
) {
    let builder = Client::builder(format!("{url}/ptop")).engine_version(engine_version);
    let client = match builder
        .query("room", "harbour")
        .query("userId", &name)
        .build()
    {
        Ok(client) => client,
        Err(error) => return trouble(&event_tx, &name, &error.to_string()).await,
    };
    let socket = client.socket();
    let mut events = socket.events();
    if let Err(error) = socket.connect().await {
        return trouble(&event_tx, &name, &error.to_string()).await;
    }
    let mut bot = Bot {
        name,
        engine_version,
        socket,
        own: "".into(),
        joined: false,
        others: Vec::new(),
        sent: 0,
        open: HashMap::new(),
        event_tx,
    };
    let mut pulse = interval(Duration::from_millis(900));
    pulse.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            event = events.next() => match event {
                Some(Event::Disconnected { reason, .. }) => return bot.left(reason.as_str()).await,
                Some(event) => bot.hear(event).await,
                None => return,
            },
            _ = pulse.tick() => bot.write().await,
        }
    }
}

impl Bot {
    async fn hear(&mut self, event: Event) {
        if let Event::Connected(id) = event {
            self.own = id;
            return;
        }
        let Event::Message(message) = event else {
            return;
        };
        if message.name() == "online" {
            if let Ok(online) = message.args::<Online>() {
                self.meet(&online).await;
            }
        } else if message.is_to_me() {
            match message.args::<Envelope<Note>>() {
                Ok(envelope) => self.read(envelope).await,
                Err(error) => trouble(&self.event_tx, &self.name, &error.to_string()).await,
            }
        }
    }

    async fn meet(&mut self, online: &Online) {
        self.others = online
            .clients
            .ids()
            .filter(|id| *id != &*self.own)
            .map(str::to_owned)
            .collect();
        if !self.joined {
            self.joined = true;
            let here = self.others.len() + 1;
            self.report(BotEvent::Joined {
                who: self.name.clone(),
                engine_version: self.engine_version,
                here,
            })
            .await;
        }
    }

    async fn read(&mut self, envelope: Envelope<Note>) {
        let note = envelope.data.payload;
        if note.answer {
            let Some(sent) = self.open.remove(&note.number) else {
                return;
            };
            let event = BotEvent::Answered {
                who: self.name.clone(),
                by: note.from,
                text: note.text,
                after: sent.elapsed(),
            };
            return self.report(event).await;
        }
        let Some(back) = envelope.meta.client else {
            return;
        };
        let answer = Note {
            from: self.name.clone(),
            text: format!("aye, \"{}\"", note.text),
            number: note.number,
            answer: true,
        };
        self.report(BotEvent::Received {
            who: self.name.clone(),
        })
        .await;
        self.send(&back, answer).await;
    }

    /// Writes to one of the others, each in turn.
    async fn write(&mut self) {
        let turn = self.sent as usize % self.others.len().max(1);
        let Some(target) = self.others.get(turn) else {
            return;
        };
        let target = target.clone();
        self.sent += 1;
        let text = LINES[(self.sent as usize + self.name.len()) % LINES.len()];
        let note = Note {
            from: self.name.clone(),
            text: text.to_owned(),
            number: self.sent,
            answer: false,
        };
        self.open.insert(self.sent, Instant::now());
        self.send(&target, note).await;
        self.report(BotEvent::Sent {
            who: self.name.clone(),
        })
        .await;
    }

    async fn send(&self, target: &str, note: Note) {
        let message = json!({"target": target, "payload": note});
        if let Err(error) = self.socket.emit("exchange", message).await {
            trouble(&self.event_tx, &self.name, &error.to_string()).await;
        }
    }

    async fn left(&self, reason: &str) {
        self.report(BotEvent::Left {
            who: self.name.clone(),
            reason: reason.to_owned(),
        })
        .await;
    }

    async fn report(&self, event: BotEvent) {
        // The receiver is gone when the demo ends.
        let _ = self.event_tx.send(event).await;
    }
}

async fn trouble(event_tx: &Sender<BotEvent>, who: &str, what: &str) {
    let _ = event_tx
        .send(BotEvent::Trouble {
            who: who.to_owned(),
            what: what.to_owned(),
        })
        .await;
}
