//! The entry of the program.

use std::process::ExitCode;

use clap::Parser;

use super::options::{Command, Program};
use super::{console, file, merge, quick, watch};

/// Runs the program with the arguments of the process; returns its exit status.
pub fn main() -> ExitCode {
    let program = Program::parse();
    let code = match program.command {
        Some(Command::Run(run)) => file::run(&run),
        Some(Command::Check(check)) => file::check(&check),
        Some(Command::Merge(merge)) => merge::run(&merge),
        Some(Command::Watch(watch)) => watch::run(&watch),
        None => quick::run(&program.quick),
    };
    console::flush();
    code
}
