//! `phases`.

use crate::engine::Phase;
use crate::script::Reading;
use crate::source::{Fields, Node};

/// Reads the list of phases.
pub(super) fn phases(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<Phase> {
    let Some(node) = fields.need("phases", &mut reading.faults) else {
        return Vec::new();
    };
    let nodes = node.as_list().unwrap_or(&[]);
    if nodes.is_empty() {
        reading.fault(node, "expected a list of phases");
    }
    nodes
        .iter()
        .filter_map(|node| phase(node, reading))
        .collect()
}

fn phase(node: &Node, reading: &mut Reading) -> Option<Phase> {
    let faults = &mut reading.faults;
    let mut fields = Fields::new(node, "a phase", faults);
    let name = fields.text("name", faults);
    let most = fields.count("maxVusers", faults);
    let duration = fields.time("duration", faults);
    let phase = match fields
        .one_of(&["arrivalRate", "arrivalCount", "pause"], faults)?
        .0
    {
        "arrivalRate" => {
            let from = fields.number("arrivalRate", faults)?;
            let to = fields.number("rampTo", faults).unwrap_or(from);
            Phase::ramp(from, to, duration.unwrap_or_default())
        }
        "arrivalCount" => {
            let users = fields.count("arrivalCount", faults)?;
            Phase::count(users, duration.unwrap_or_default())
        }
        _ => Phase::pause(fields.time("pause", faults)?),
    };
    if duration.is_none() && fields.get("pause").is_none() {
        fields.need("duration", faults);
    }
    fields.end(faults);
    let phase = phase.named(name.unwrap_or_default());
    Some(match most {
        Some(most) => phase.max_users(most),
        None => phase,
    })
}
