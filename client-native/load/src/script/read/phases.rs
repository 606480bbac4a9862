//! Phases.

use std::time::Duration;

use crate::engine::Phase;
use crate::script::Reading;
use crate::source::{Fault, Fields, Node};

/// Reads `[[phase]]`.
pub(super) fn phases(fields: &mut Fields<'_>, reading: &mut Reading) -> Vec<Phase> {
    let Some(node) = fields.need("phase", &mut reading.faults) else {
        return Vec::new();
    };
    let Some(nodes) = node.as_list() else {
        reading.fault(node, "expected a list: [[phase]] in TOML");
        return Vec::new();
    };
    if nodes.is_empty() {
        reading.fault(node, "expected at least one phase");
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
    let most = fields.count("max_users", faults);
    let kind = fields.one_of(&["arrivals", "count", "users", "pause"], faults);
    let duration = match kind {
        Some(("pause", _)) => fields.time("pause", faults),
        Some(("count", _)) => fields
            .need("duration", faults)
            .and_then(|_| fields.time("duration", faults)),
        // In no time there is no rate, and no user to hold.
        _ => fields
            .need("duration", faults)
            .and_then(|_| fields.span("duration", faults)),
    };
    let phase =
        kind.and_then(|(kind, _)| shape(kind, &mut fields, duration.unwrap_or_default(), faults));
    fields.end(faults);
    let phase = phase?.named(name.unwrap_or_default());
    Some(match most {
        Some(most) => phase.max_users(most),
        None => phase,
    })
}

fn shape(
    kind: &str,
    fields: &mut Fields<'_>,
    duration: Duration,
    faults: &mut Vec<Fault>,
) -> Option<Phase> {
    Some(match kind {
        "arrivals" => {
            let from = fields.number("arrivals", faults);
            let to = fields.number("to", faults);
            let is_random = fields.flag("random", faults).unwrap_or(false);
            let phase = Phase::ramp(from?, to.or(from)?, duration);
            match is_random {
                true => phase.at_random(),
                false => phase,
            }
        }
        "count" => Phase::count(fields.count("count", faults)?, duration),
        "users" => {
            let users = fields.count("users", faults);
            let ramp = fields.time("ramp", faults);
            let phase = Phase::users(users?, duration);
            match ramp {
                Some(ramp) => phase.within(ramp),
                None => phase,
            }
        }
        _ => Phase::pause(duration),
    })
}
