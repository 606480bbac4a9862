//! A short conversation with a server, in steps: the same in a page (`client-wasm/web/check`).
//!
//! `client-wasm/npm/test/matrix/app/conversation.js` is its counterpart in JavaScript.

use std::fmt::Debug;
use std::future::Future;
use std::time::Duration;

use serde_json::{Value, json};
use tidewire::{Ack, Bytes, Event, Events, Message, Socket};

use crate::cell::Cell;

/// The time from a lost connection to the next attempt.
const DELAY: Duration = Duration::from_millis(50);

/// The program around the conversation.
pub(crate) trait Host {
    /// Notes the step that begins.
    fn begin(&self, step: &str);
    /// Lets the connection be cut.
    fn cut(&self) -> impl Future<Output = ()>;
}

type Outcome = Result<(), String>;

/// Runs the steps of a cell with the server at `url`.
pub(crate) async fn converse(url: &str, cell: &Cell, host: &impl Host) -> Outcome {
    host.begin("connect");
    let root = cell
        .client(url)
        .reconnection_delay(DELAY)
        .reconnection_delay_max(DELAY)
        .on("question", |text: String, _| async move {
            Ack((format!("{text}?"), Bytes::from_static(&[9])))
        })
        .connect()
        .await
        .map_err(text)?;
    let ended = talk(&root, cell, host).await;
    root.client().close().await;
    ended
}

async fn talk(root: &Socket, cell: &Cell, host: &impl Host) -> Outcome {
    while !cell.is_last(root.client().transport()) {
        prove(root, cell).await?;
    }
    let mut socket = root.clone();
    for step in &cell.steps {
        host.begin(step);
        match step.as_str() {
            "namespace" => socket = namespace(root).await?,
            "events" => events(&socket).await?,
            "acks" => acks(&socket).await?,
            "answers" => answers(root).await?,
            "binary" => binary(&socket).await?,
            "channel" => channel(&socket).await?,
            "kick" => kick(&socket).await?,
            "cut" => cut(&socket, cell, host).await?,
            other => return Err(format!("no step has the name {other}")),
        }
    }
    Ok(())
}

/// A second namespace on the connection.
async fn namespace(root: &Socket) -> Result<Socket, String> {
    let lab = root.namespace("/lab");
    lab.connect().await.map_err(text)?;
    Ok(lab)
}

async fn events(socket: &Socket) -> Outcome {
    let mut events = socket.events();
    let sent = json!(["é中😀", 1.5, { "deep": [null, true] }]);
    socket.emit("echo", (&sent, "second")).await.map_err(text)?;
    let (value, second): (Value, String) =
        named(&mut events, "echo").await?.args().map_err(text)?;
    equal(&(value, second.as_str()), &(sent, "second"))
}

async fn acks(socket: &Socket) -> Outcome {
    let answer: String = socket.emit_with_ack("echo", "acked").await.map_err(text)?;
    equal(&answer.as_str(), &"acked")
}

/// The server asks for an ack.
async fn answers(root: &Socket) -> Outcome {
    let mut events = root.events();
    root.emit("question", "why").await.map_err(text)?;
    let answered = named(&mut events, "answered").await?;
    let (answer, byte): (String, Bytes) = answered.args().map_err(text)?;
    equal(&(answer.as_str(), &byte[..]), &("why?", &[9][..]))
}

async fn binary(socket: &Socket) -> Outcome {
    let mut events = socket.events();
    let (bare, deep) = (
        Bytes::from_static(&[0, 30, 255]),
        [Bytes::from_static(&[7])],
    );
    socket
        .emit("echo", (&bare, &deep, "text"))
        .await
        .map_err(text)?;
    let echo = named(&mut events, "echo").await?;
    let back: (Bytes, [Bytes; 1], String) = echo.args().map_err(text)?;
    equal(&back, &(bare, deep, "text".to_owned()))
}

/// An Echo channel: the server answers an event by an event.
async fn channel(socket: &Socket) -> Outcome {
    let mut events = socket.events();
    let headers = json!({ "Authorization": "Bearer user-7" });
    let channel = format!("presence-{}", socket.id().unwrap_or_default());
    let subscription = json!({ "channel": channel, "auth": { "headers": headers } });
    socket.emit("subscribe", subscription).await.map_err(text)?;
    let subscribed = named(&mut events, "presence:subscribed").await?;
    let (name, _): (String, Value) = subscribed.args().map_err(text)?;
    equal(&name, &channel)
}

async fn kick(socket: &Socket) -> Outcome {
    let mut events = socket.events();
    socket.emit("kick", ()).await.map_err(text)?;
    disconnected(&mut events).await?;
    socket.connect().await.map_err(text)
}

async fn cut(socket: &Socket, cell: &Cell, host: &impl Host) -> Outcome {
    let mut events = socket.events();
    host.cut().await;
    disconnected(&mut events).await?;
    socket.wait_connected().await.map_err(text)?;
    prove(socket, cell).await
}

/// Makes sure that the server answers.
async fn prove(socket: &Socket, cell: &Cell) -> Outcome {
    match cell.steps.iter().any(|step| step == "channel") {
        true => channel(socket).await,
        false => acks(socket).await,
    }
}

async fn named(events: &mut Events, name: &str) -> Result<Message, String> {
    loop {
        match events.next().await {
            Some(Event::Message(message)) if message.name() == name => return Ok(message),
            Some(Event::Disconnected { reason, error, .. }) => {
                return Err(format!("disconnected, {reason:?} {error:?}"));
            }
            Some(Event::Error(error)) => return Err(text(error)),
            Some(_) => {}
            None => return Err("the stream of events has ended".to_owned()),
        }
    }
}

async fn disconnected(events: &mut Events) -> Outcome {
    loop {
        match events.next().await {
            Some(Event::Disconnected { .. }) => return Ok(()),
            Some(_) => {}
            None => return Err("the stream of events has ended".to_owned()),
        }
    }
}

fn text(error: impl std::error::Error) -> String {
    tidewire::error_text(&error)
}

fn equal<T: PartialEq + Debug>(actual: &T, expected: &T) -> Outcome {
    match actual == expected {
        true => Ok(()),
        false => Err(format!("{actual:?} and not {expected:?}")),
    }
}
