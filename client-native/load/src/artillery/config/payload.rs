//! `payload`: the data of users.

use crate::script::{Data, Pick, Reading};
use crate::source::{Fields, Node, Source};

/// Reads one payload, or a list of them.
pub(super) fn payload(node: Option<&Node>, source: &Source, reading: &mut Reading) -> Vec<Data> {
    let mut all = Vec::new();
    let Some(node) = node else { return all };
    let one = std::slice::from_ref(node);
    for node in node.as_list().unwrap_or(one) {
        let faults = &mut reading.faults;
        let mut fields = Fields::new(node, "a payload", faults);
        let path = fields.need("path", faults).and_then(Node::as_text);
        let columns = fields.need("fields", faults);
        let skips_head = fields.flag("skipHeader", faults).unwrap_or(false);
        // Numbers are numbers here as there.
        fields.flag("cast", faults);
        let delimiter = fields.text("delimiter", faults).unwrap_or(",");
        let pick = match fields.get("order").map(|node| (node, node.as_text())) {
            None | Some((_, Some("random"))) => Pick::AtRandom,
            Some((_, Some("sequence"))) => Pick::InOrder,
            Some((node, _)) => {
                reading.fault(node, "expected `random` or `sequence`");
                Pick::AtRandom
            }
        };
        fields.end(&mut reading.faults);
        let names: Option<Vec<String>> = columns.and_then(|node| {
            let nodes = node.as_list()?;
            nodes
                .iter()
                .map(|node| node.as_text().map(str::to_owned))
                .collect()
        });
        let ([delimiter], Some(path), Some(names)) = (delimiter.as_bytes(), path, names) else {
            reading.fault(
                node,
                "a payload needs `path`, a list of texts in `fields`, and a delimiter of one byte",
            );
            continue;
        };
        let file = source.beside(path);
        reading.files.push(file.clone());
        match Data::read(&file, None, pick, Some(names), skips_head, *delimiter) {
            Ok(data) => {
                data.variables()
                    .iter()
                    .for_each(|name| reading.names.add(&**name));
                all.push(data);
            }
            Err(text) => reading.fault(node, text),
        }
    }
    all
}
