//! The program `tidewire-load`: see the crate's documentation.
#![forbid(unsafe_code)]

fn main() -> std::process::ExitCode {
    tidewire_load::cli::main()
}
