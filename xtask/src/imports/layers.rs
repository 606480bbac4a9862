//! The layers of the core: which of its modules may import which.

use super::fault::Fault;
use super::graph::Graph;

/// The tree that has these layers.
pub(super) const CORE: &str = "client-core/src";

/// The modules of the core by layer, bottom up. A module may import modules of lower layers only.
///
/// `engine` and `namespace` share a layer because they do not know each other.
const LAYERS: &[&[&str]] = &[
    &[
        "dialect", // prose: quoted, the former name of `engine_version`
        "engine_version",
        "hint",
        "payload",
        "queue",
        "rng",
        "time",
    ],
    &["wire"],
    &["error"],
    &["output"],
    &["config"],
    &["backoff", "bridge", "cx", "echo", "envelope"],
    &["engine", "namespace", "peers"],
    &["client"],
    &["lib"],
];

/// Returns the imports that break the layers.
pub(super) fn faults(graph: &Graph) -> Vec<Fault> {
    let mut faults: Vec<Fault> = Vec::new();
    for fault in graph.imports().filter_map(|(from, to)| fault(from, to)) {
        // Each import of a module without a layer has the same fault.
        if !faults.contains(&fault) {
            faults.push(fault);
        }
    }
    faults
}

fn fault(from: &str, to: &str) -> Option<Fault> {
    let (importer, imported) = (module(from), module(to));
    if importer == imported {
        return None;
    }
    let Some(upper) = layer(importer) else {
        return Some(without_layer(importer));
    };
    let Some(lower) = layer(imported) else {
        return Some(without_layer(imported));
    };
    (lower >= upper).then(|| Fault {
        what: format!("{CORE}: {from} imports {to}, but `{importer}` must not import `{imported}`"),
        remedy: "move the item to a lower layer (xtask/src/imports/layers.rs lists them)",
    })
}

fn without_layer(module: &str) -> Fault {
    Fault {
        what: format!("{CORE}: the module `{module}` has no layer"),
        remedy: "add it to LAYERS in xtask/src/imports/layers.rs",
    }
}

/// The module below the crate's root that a file belongs to.
fn module(file: &str) -> &str {
    let (module, _) = file.split_once(['/', '.']).unwrap_or((file, ""));
    module
}

fn layer(module: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&module))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_go_down() {
        assert_eq!(fault("client/mod.rs", "engine/mod.rs"), None);
        assert_eq!(fault("engine/mod.rs", "engine/probe.rs"), None);
        assert_eq!(fault("wire/head.rs", "time.rs"), None);
        assert!(fault("wire/head.rs", "output/event.rs").is_some());
    }

    #[test]
    fn engine_and_namespaces_do_not_know_each_other() {
        let expected = "client-core/src: engine/mod.rs imports namespace/acks.rs, but `engine` must not import `namespace`";
        let found = fault("engine/mod.rs", "namespace/acks.rs").unwrap();
        assert_eq!(found.what, expected);
        assert!(fault("namespace/mod.rs", "engine/links.rs").is_some());
    }

    #[test]
    fn a_module_without_a_layer_is_a_fault() {
        let found = fault("gadget.rs", "time.rs").unwrap();
        assert_eq!(found, without_layer("gadget"));
    }
}
