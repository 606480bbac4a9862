//! The files that pages load: the scenarios, the chat, and the apps with frameworks.

use std::fs;
use std::path::{Path, PathBuf};

use super::bindgen;
use crate::npm::NPM;
use crate::sh::{Error, Sh, root};
use crate::wasm_compiler::{self, Compiler};

const TARGET: &str = "target/web";

/// The apps with frameworks, a workspace of their own.
const APPS: &str = "client-wasm/web/examples";

/// The proposals that rustc assumes of engines.
const FEATURES: &str = "--enable-bulk-memory --enable-bulk-memory-opt --enable-multivalue --enable-mutable-globals \
     --enable-nontrapping-float-to-int --enable-reference-types --enable-sign-ext";

/// Compiles, and writes to a folder: the scenarios, and a folder for each example.
pub(super) struct Builder {
    compiler: Compiler,
    bindgen: PathBuf,
    folder: &'static str,
    /// The level of wasm-opt. Tests need none.
    level: Option<&'static str>,
}

/// The arguments that choose a profile of cargo, and the folder of its files.
type Profile = (&'static str, &'static str);

const DEBUG: Profile = ("", "debug");
const RELEASE: Profile = ("--release", "release");
/// The profile of the npm package's core, as small as possible. The apps' workspace has the same as `release`.
const SMALL: Profile = ("--profile wasm", "wasm");

impl Builder {
    pub(super) fn new(folder: &'static str) -> Result<Self, Error> {
        Ok(Self {
            compiler: wasm_compiler::find()?,
            bindgen: bindgen::program()?,
            folder,
            level: None,
        })
    }

    /// Builds the scenarios.
    pub(super) fn scenarios(&self) -> Result<(), Error> {
        self.check("", "check", DEBUG).map(drop)
    }

    /// Builds the scenarios and all examples.
    pub(super) fn scenarios_and_examples(&self) -> Result<(), Error> {
        self.check_and_chat("check", DEBUG)?;
        self.apps(DEBUG)
    }

    /// Builds what is measured: the scenarios as `fast` and as `small`, and small examples.
    pub(super) fn measured(&mut self) -> Result<(), Error> {
        self.level = Some("-O3");
        self.check("", "fast", RELEASE)?;
        self.level = Some("-Oz");
        self.check_and_chat("small", SMALL)?;
        self.apps(RELEASE)
    }

    /// Compiles the scenarios together with the chat, because both need the same crates.
    fn check_and_chat(&self, name: &str, profile: Profile) -> Result<(), Error> {
        let built = self.check("-p tidewire --example chat", name, profile)?;
        let chat = built.join("examples/chat.wasm");
        self.page(&chat, "chat", "client-native/examples/chat")
    }

    /// Builds the scenarios as a module, and what else is named. Returns the folder of the compiled files.
    fn check(&self, others: &str, name: &str, profile: Profile) -> Result<PathBuf, Error> {
        let words = format!("-p tidewire-web-check --lib {others}");
        let built = self.compile(&words, profile)?;
        self.bind(&built.join("tidewire_web_check.wasm"), name, self.folder)?;
        Ok(built)
    }

    /// Builds the apps with frameworks.
    fn apps(&self, profile: Profile) -> Result<(), Error> {
        bindgen::check_version(&format!("{APPS}/Cargo.lock"))?;
        let words = format!("--locked --manifest-path {APPS}/Cargo.toml");
        let built = self.compile(&words, profile)?;
        for name in ["leptos", "yew"] {
            let wasm = built.join(format!("tidewire-{name}.wasm"));
            self.page(&wasm, name, &format!("{APPS}/{name}"))?;
        }
        Ok(())
    }

    /// Builds the simulation for the site, as small as the npm package's core.
    pub(super) fn simulator(&self) -> Result<(), Error> {
        let built = self.compile("-p tidewire-sim-page --lib", SMALL)?;
        // The names of its functions are 75 kB.
        self.bindgen_to("simulator", self.folder)
            .words("--remove-name-section")
            .args([built.join("tidewire_sim_page.wasm")])
            .run()
    }

    fn compile(&self, words: &str, (choice, folder): Profile) -> Result<PathBuf, Error> {
        let built = self.compiler.build(&format!("{words} {choice}"), TARGET)?;
        Ok(built.join(folder))
    }

    /// Makes the page of an example, whose `index.html` is in the folder `source`.
    fn page(&self, wasm: &Path, name: &str, source: &str) -> Result<(), Error> {
        let folder = format!("{}/{name}", self.folder);
        let stem = wasm.file_stem().unwrap_or_default().to_string_lossy();
        self.bind(wasm, &stem.replace('-', "_"), &folder)?;
        let (from, to) = (root().join(source), root().join(folder));
        fs::copy(from.join("index.html"), to.join("index.html"))
            .map(drop)
            .map_err(Error::file(&from))
    }

    /// Writes the module `name.js` and its wasm, optimized if there is a level.
    fn bind(&self, wasm: &Path, name: &str, folder: &str) -> Result<(), Error> {
        self.bindgen_to(name, folder).args([wasm]).run()?;
        let Some(level) = self.level else {
            return Ok(());
        };
        let file = root().join(folder).join(format!("{name}_bg.wasm"));
        Sh::new(root().join(NPM).join("node_modules/.bin/wasm-opt"))
            .words(FEATURES)
            .args([level, "--strip-debug", "--strip-producers"])
            .args([&file, Path::new("-o"), &file])
            .run()
    }

    fn bindgen_to(&self, name: &str, folder: &str) -> Sh {
        Sh::new(&self.bindgen)
            .words("--target web --no-typescript --out-name")
            .args([name, "--out-dir", folder])
    }
}
