//! Events of the machine as lines of text, so that a test can say in one list what is heard.

use tidewire_core::{Event, Incoming, Nsp, Reason, Refusal};

use super::payload::Load;
use super::wire::hex;

/// The event in words; `None` for `AuthWanted`, which the [`Pair`](super::pair::Pair) answers.
pub(crate) fn line(event: &Event<Load>, name: impl Fn(Nsp) -> String) -> Option<String> {
    Some(match event {
        Event::Opened => "opened".into(),
        Event::Upgraded => "upgraded".into(),
        Event::UpgradeFailed => "upgrade failed".into(),
        Event::OpenFailed(error) => format!("open failed: {error:?}"),
        Event::Closed(reason) => format!("closed: {reason}"),
        Event::Malformed(what) => format!("malformed: {what:?}"),
        Event::Reconnecting { attempt, delay } => format!("attempt {attempt} in {}", delay.0),
        Event::ReconnectFailed => "reconnect failed".into(),
        Event::AuthRequired(_) => return None,
        Event::Connected { nsp, .. } => format!("{} connected", name(*nsp)),
        Event::ConnectError { nsp, refusal } => {
            format!("{} refused: {}", name(*nsp), words(refusal))
        }
        Event::Disconnected { nsp, reason, .. } => format!("{} {}", name(*nsp), left(*reason)),
        Event::ServerError { nsp, payload } => format!("{} error: {}", name(*nsp), text(payload)),
        Event::Message(incoming) => format!("{} {}", name(incoming.nsp), message(incoming)),
        Event::Acked {
            nsp,
            ack,
            payload,
            attachments,
        } => format!(
            "{} ack {} {}{}",
            name(*nsp),
            ack.get(),
            text(payload),
            parts(attachments)
        ),
        Event::AckLost { nsp, ack, why } => {
            format!("{} ack {} lost: {why:?}", name(*nsp), ack.get())
        }
        other => format!("{other:?}"),
    })
}

fn left(reason: Reason) -> String {
    format!("left: {reason}")
}

fn words(refusal: &Refusal<Load>) -> String {
    match refusal {
        Refusal::Server(payload) => text(payload),
        other => format!("{other:?}"),
    }
}

fn message(incoming: &Incoming<Load>) -> String {
    let question = if incoming.reply.is_some() { " ?" } else { "" };
    text(&incoming.payload) + &parts(&incoming.attachments) + question
}

fn text(payload: &Option<Load>) -> String {
    payload.as_ref().map_or("nothing".into(), Load::text)
}

fn parts(attachments: &[Load]) -> String {
    attachments
        .iter()
        .map(|part| format!(" <{}>", hex(part.bytes())))
        .collect()
}
