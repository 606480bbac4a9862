//! Events of the machine as lines of text, so that a test can compare a list of them.

use tidewire_core::{Event, Incoming, Nsp, Refusal};

use super::payload::CountedPayload;
use super::wire::hex;

/// Returns the line of an event; `None` for `AuthRequired`, which the [`Pair`](super::pair::Pair) answers.
pub(crate) fn event_text(
    event: &Event<CountedPayload>,
    name: impl Fn(Nsp) -> String,
) -> Option<String> {
    Some(match event {
        Event::Opened => "opened".into(),
        Event::Upgraded => "upgraded".into(),
        Event::UpgradeFailed { .. } => "upgrade failed".into(),
        Event::OpenFailed(error) => format!("open failed: {error:?}"),
        Event::Closed(reason) => format!("closed: {reason}"),
        Event::Malformed(what) => format!("malformed: {what:?}"),
        Event::Reconnecting { attempt, delay } => format!("attempt {attempt} in {} ms", delay.0),
        Event::ReconnectFailed => "reconnect failed".into(),
        Event::AuthRequired(_) => return None,
        Event::Connected { nsp, .. } => format!("{} connected", name(*nsp)),
        Event::ConnectError { nsp, refusal } => {
            format!("{} connect error: {}", name(*nsp), refusal_text(refusal))
        }
        Event::Disconnected { nsp, reason, .. } => format!("{} disconnected: {reason}", name(*nsp)),
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

fn refusal_text(refusal: &Refusal<CountedPayload>) -> String {
    match refusal {
        Refusal::Server(payload) => text(payload),
        other => format!("{other:?}"),
    }
}

fn message(incoming: &Incoming<CountedPayload>) -> String {
    let suffix = if incoming.reply.is_some() {
        " (ack)"
    } else {
        ""
    };
    text(&incoming.payload) + &parts(&incoming.attachments) + suffix
}

fn text(payload: &Option<CountedPayload>) -> String {
    payload
        .as_ref()
        .map_or("nothing".into(), CountedPayload::text)
}

fn parts(attachments: &[CountedPayload]) -> String {
    attachments
        .iter()
        .map(|part| format!(" <{}>", hex(part.bytes())))
        .collect()
}
