//! The scripts, and the comments in their heads that say what an application sees.

use std::fs;
use std::path::PathBuf;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sees {
    /// No disconnection.
    Steady,
    /// At least one disconnection, after which the client is connected again.
    Reconnection,
    Anything,
}

#[derive(Debug)]
pub(crate) struct Script {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) sees: Sees,
    /// Whether the laws of delivery hold.
    pub(crate) has_laws: bool,
}

pub(crate) fn all() -> Vec<Script> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../server-testbed/faults");
    let files = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path());
    let scripts = files.filter(|path| path.extension().is_some_and(|it| it == "faults"));
    scripts
        .map(|path| {
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            read(name, fs::read_to_string(&path).unwrap())
        })
        .collect()
}

fn read(name: String, text: String) -> Script {
    let seen = text.lines().find_map(|line| line.strip_prefix("# sees: "));
    let sees = match seen {
        Some("steady") => Sees::Steady,
        Some("reconnection") => Sees::Reconnection,
        Some("anything") => Sees::Anything,
        other => panic!("{name}: {other:?} is nothing that an application sees"),
    };
    let has_laws = !text.lines().any(|line| line == "# law: none");
    Script {
        name,
        text,
        sees,
        has_laws,
    }
}
