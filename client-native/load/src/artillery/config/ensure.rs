//! `plugins` and `ensure`: the thresholds of a script.

use crate::report::Threshold;
use crate::script::Reading;
use crate::source::{Fault, Fields, Kind, Node};

/// The plugins that are built in here.
pub(super) fn plugins(node: Option<&Node>, reading: &mut Reading) {
    let Some(node) = node else { return };
    let mut fields = Fields::new(node, "plugins", &mut reading.faults);
    for name in ["expect", "ensure", "metrics-by-endpoint"] {
        if let Some(node) = fields.get(name).filter(|node| node.is_filled()) {
            reading.fault(
                node,
                format!("options of the plugin `{name}` are not understood"),
            );
        }
    }
    fields.end(&mut reading.faults);
}

/// `maxErrorRate: 1`, and thresholds of `vusers.failed` and `http.response_time`.
pub(super) fn ensure(node: Option<&Node>, reading: &mut Reading) -> Vec<String> {
    let mut thresholds = Vec::new();
    let Some(node) = node else { return thresholds };
    let mut fields = Fields::new(node, "ensure", &mut reading.faults);
    if let Some(rate) = fields.number("maxErrorRate", &mut reading.faults) {
        thresholds.push(format!("errors <= {rate}%"));
    }
    for node in fields.list("thresholds", &mut reading.faults) {
        for (key, value) in node.as_table().unwrap_or(&[]) {
            let limit = match &value.kind {
                Kind::Number(number) => number.to_string(),
                _ => String::new(),
            };
            let statistic = key.name.strip_prefix("http.response_time.");
            let text = match (statistic, &key.name[..]) {
                (Some(statistic), _) => format!("http.{statistic} < {limit}ms"),
                (None, "vusers.failed") => format!("users_failed < {limit}"),
                (None, name) => {
                    let text = format!(
                        "the threshold `{name}` is not understood: known are vusers.failed and http.response_time.*"
                    );
                    reading.faults.push(Fault::new(key.place, text));
                    continue;
                }
            };
            match Threshold::parse(&text) {
                Ok(_) => thresholds.push(text),
                Err(text) => reading.faults.push(Fault::new(key.place, text)),
            }
        }
    }
    fields.end(&mut reading.faults);
    thresholds
}
