//! The step that packs the crates that are published, and builds each from the files in its package.
//!
//! `cargo package` would build them, too. But it takes those that need each other from a registry below `target`, and cargo keeps the
//! unpacked and the compiled crates of a registry by their version: the next run would compile against the last run's files.

use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::licenses;
use crate::sh::{Error, Sh, root, target};

/// The keys that the page of a crate at the registry needs, and the list of its files.
const KEYS: &[&str] = &[
    "description",
    "readme",
    "keywords",
    "categories",
    "license",
    "repository",
    "rust-version",
    "include",
];

pub(super) fn check() -> Result<Outcome, Error> {
    licenses::check()?;
    let packages = target().join("package");
    remove(&packages)?;
    // Every crate without `publish = false`, in the order of their dependencies. `allow-dirty`: a change is tested before it is
    // committed.
    cargo("publish --workspace --dry-run --no-verify --allow-dirty").run()?;
    let unpacked = Unpacked::from(&packages.join("tmp-registry"), packages.join("unpacked"))?;
    for name in &unpacked.names {
        unpacked.check_keys(name)?;
    }
    unpacked.build()?;
    Ok(Outcome::Passed)
}

/// The packed crates in one folder, which is a workspace.
struct Unpacked {
    folder: PathBuf,
    names: Vec<String>,
}

impl Unpacked {
    /// Unpacks all crates of a folder.
    fn from(packages: &Path, folder: PathBuf) -> Result<Self, Error> {
        fs::create_dir_all(&folder).map_err(Error::file(&folder))?;
        let mut names = Vec::new();
        for entry in fs::read_dir(packages).map_err(Error::file(packages))? {
            let file = entry.map_err(Error::file(packages))?.path();
            let Some(name) = name_of(&file) else { continue };
            // `-m`: files are as new as this run, so cargo compiles them.
            Sh::new("tar")
                .args(["-xzmf".as_ref(), file.as_os_str()])
                .args(["-C".as_ref(), folder.as_os_str()])
                .run()?;
            names.push(name);
        }
        names.sort();
        match names.is_empty() {
            true => Err(Error::rule(
                format!("no package is in {}", packages.display()),
                "does this cargo write its packages elsewhere?",
            )),
            false => Ok(Self { folder, names }),
        }
    }

    fn check_keys(&self, name: &str) -> Result<(), Error> {
        let file = self.folder.join(folder_of(name)).join("Cargo.toml");
        let manifest = fs::read_to_string(&file).map_err(Error::file(&file))?;
        match missing_key(&manifest) {
            None => Ok(()),
            Some(key) => Err(Error::rule(
                format!("the manifest of {name} has no `{key}`"),
                "add it: the crate is published",
            )),
        }
    }

    /// Builds each crate alone, because together they would share features.
    fn build(&self) -> Result<(), Error> {
        let manifest = self.folder.join("Cargo.toml");
        fs::write(&manifest, workspace_of(&self.names)).map_err(Error::file(&manifest))?;
        let lock = self.folder.join("Cargo.lock");
        fs::copy(root().join("Cargo.lock"), &lock).map_err(Error::file(&lock))?;
        for name in &self.names {
            cargo("build --quiet --manifest-path")
                .args([&manifest])
                .args(["--target-dir".as_ref(), target().as_os_str()])
                .args(["-p", name])
                .run()?;
        }
        Ok(())
    }
}

/// Returns the crate in a file such as `tidewire-core-0.1.0.crate`. All crates have the version of this one.
fn name_of(package: &Path) -> Option<String> {
    let stem = package.file_name()?.to_str()?.strip_suffix(".crate")?;
    let name = stem.strip_suffix(&folder_of(""))?;
    Some(name.to_owned())
}

/// Returns the folder in the package of a crate.
fn folder_of(name: &str) -> String {
    format!("{name}-{}", env!("CARGO_PKG_VERSION"))
}

/// Returns a manifest with which crates that need each other take the unpacked ones.
fn workspace_of(names: &[String]) -> String {
    let folders: Vec<String> = names.iter().map(|name| folder_of(name)).collect();
    let mut manifest = format!("[workspace]\nresolver = \"3\"\nmembers = {folders:?}\n\n");
    manifest += "[patch.crates-io]\n";
    for (name, folder) in names.iter().zip(&folders) {
        manifest += &format!("{name} = {{ path = {folder:?} }}\n");
    }
    manifest
}

/// Returns the first of `KEYS` that a manifest lacks, or has without a value.
fn missing_key(manifest: &str) -> Option<&'static str> {
    KEYS.iter().copied().find(|key| {
        let start = format!("{key} = ");
        !manifest.lines().any(|line| {
            line.strip_prefix(&start)
                .is_some_and(|value| !matches!(value, "false" | "[]" | "\"\""))
        })
    })
}

fn cargo(words: &str) -> Sh {
    Sh::cargo().words(words)
}

fn remove(folder: &Path) -> Result<(), Error> {
    match folder.exists() {
        true => fs::remove_dir_all(folder).map_err(Error::file(folder)),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_is_named_after_its_crate_and_version() {
        let file = format!("/x/{}.crate", folder_of("a-b"));
        assert_eq!(name_of(Path::new(&file)).as_deref(), Some("a-b"));
        assert_eq!(name_of(Path::new("/x/a-b-99.0.0.crate")), None);
        assert_eq!(name_of(Path::new("/x/index")), None);
    }

    #[test]
    fn crates_take_each_other_from_the_workspace() {
        let (folder, other) = (folder_of("a"), folder_of("b"));
        let manifest = workspace_of(&["a".into(), "b".into()]);
        assert!(
            manifest.contains(&format!("members = [\"{folder}\", \"{other}\"]")),
            "{manifest}"
        );
        assert!(
            manifest.contains(&format!("b = {{ path = \"{other}\" }}")),
            "{manifest}"
        );
    }

    #[test]
    fn a_key_without_a_value_is_missing() {
        let whole: String = KEYS.iter().map(|key| format!("{key} = \"x\"\n")).collect();
        assert_eq!(missing_key(&whole), None);
        let without = whole.replace("readme = \"x\"", "readme = false");
        assert_eq!(missing_key(&without), Some("readme"));
        assert_eq!(missing_key(""), Some("description"));
    }
}
