//! Steps between users: messages from client to client, and presence.

use super::waits::{WITHIN, wait_for};
use crate::script::{Exchange, Presence, Reading, Template, Wait};
use crate::source::{Fields, Kind, Node};

/// `exchange = { to = "{{ members[0] }}", payload = .. }`, with `deliver = true` or `{ within }` in it.
pub(super) fn exchange(node: &Node, reading: &mut Reading) -> Option<Exchange> {
    reading.follows_peers = true;
    let mut fields = Fields::new(node, "an exchange", &mut reading.faults);
    let to = fields.need("to", &mut reading.faults);
    let to = to.and_then(|node| reading.json(node));
    let delivered = fields.get("deliver");
    let deliver = match delivered {
        None => None,
        Some(node) => match node.kind {
            Kind::Bool(wanted) => wanted.then_some(WITHIN),
            _ => {
                let mut fields = Fields::new(node, "a delivery", &mut reading.faults);
                let within = fields.span("within", &mut reading.faults);
                fields.end(&mut reading.faults);
                Some(within.unwrap_or(WITHIN))
            }
        },
    };
    let payload = fields.need("payload", &mut reading.faults);
    let read = |reading: &mut Reading| payload.and_then(|node| reading.argument(node));
    let payload = match delivered.filter(|_| deliver.is_some()) {
        Some(node) => reading.tagged(node, read),
        None => read(reading),
    };
    fields.end(&mut reading.faults);
    Some(Exchange {
        to: to?,
        payload: payload?,
        deliver,
    })
}

/// `presence = 3`: waits until the room has three members. Their ids without the user's own are the variable `members`.
pub(super) fn presence(
    node: &Node,
    fields: &mut Fields<'_>,
    reading: &mut Reading,
) -> Option<Presence> {
    reading.follows_peers = true;
    let members = reading.whole_number(node, "a number of members");
    let timeout = fields.span("timeout", &mut reading.faults);
    reading.names.add("members");
    Some(Presence {
        members: members?,
        timeout,
    })
}

/// `receive = true`: waits for a message of another client.
pub(super) fn receive(node: &Node, fields: &mut Fields<'_>, reading: &mut Reading) -> Option<Wait> {
    reading.follows_peers = true;
    if !matches!(node.kind, Kind::Bool(true)) {
        let found = node.describe();
        reading.fault(node, format!("{found}: expected `receive = true`"));
    }
    wait_for(Some(Template::Plain("message".into())), fields, reading)
}
