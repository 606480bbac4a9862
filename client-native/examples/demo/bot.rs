//! One bot: joins the room, writes to other bots, and answers their messages.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use serde_json::json;
use tidewire::envelope::{Envelope, Online};
use tidewire::fleet::{self, BotResult};
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

/// Runs a bot until the demo ends.
pub(crate) async fn run(
    seat: fleet::Bot,
    url: String,
    engine_version: EngineVersion,
    event_tx: Sender<BotEvent>,
) -> BotResult {
    let builder = Client::builder(format!("{url}/ptop")).engine_version(engine_version);
    let builder = builder
        .query("room", "harbour")
        .query("userId", seat.name());
    let socket = seat.client(builder)?.socket();
    // Before the connect, so that it gets the presence list that follows.
    let mut events = socket.events();
    socket.connect().await?;
    let mut bot = Bot {
        name: seat.name().to_owned(),
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
                Some(Event::Ended(why)) => return Err(why.into()),
                Some(event) => bot.hear(event).await?,
                None => return Ok(()),
            },
            _ = pulse.tick() => bot.write().await?,
        }
    }
}

impl Bot {
    async fn hear(&mut self, event: Event) -> BotResult {
        if let Event::Connected(id) = event {
            self.own = id;
            return Ok(());
        }
        let Event::Message(message) = event else {
            return Ok(());
        };
        if message.name() == "online" {
            if let Ok(online) = message.args::<Online>() {
                self.meet(&online).await;
            }
        } else if message.is_to_me() {
            self.read(message.args()?).await?;
        }
        Ok(())
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

    async fn read(&mut self, envelope: Envelope<Note>) -> BotResult {
        let note = envelope.data.payload;
        if note.answer {
            let Some(sent) = self.open.remove(&note.number) else {
                return Ok(());
            };
            let event = BotEvent::Answered {
                who: self.name.clone(),
                by: note.from,
                text: note.text,
                after: sent.elapsed(),
            };
            self.report(event).await;
            return Ok(());
        }
        let Some(back) = envelope.meta.client else {
            return Ok(());
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
        self.send(&back, answer).await
    }

    /// Writes to one of the others, each in turn.
    async fn write(&mut self) -> BotResult {
        let turn = self.sent as usize % self.others.len().max(1);
        let Some(target) = self.others.get(turn) else {
            return Ok(());
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
        self.send(&target, note).await?;
        self.report(BotEvent::Sent {
            who: self.name.clone(),
        })
        .await;
        Ok(())
    }

    async fn send(&self, target: &str, note: Note) -> BotResult {
        let message = json!({"target": target, "payload": note});
        Ok(self.socket.emit("exchange", message).await?)
    }

    async fn report(&self, event: BotEvent) {
        // The receiver is gone when the demo ends.
        let _ = self.event_tx.send(event).await;
    }
}
