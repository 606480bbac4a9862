//! The program that measures: it allocates as any program does.

use std::process::ExitCode;

fn main() -> ExitCode {
    tidewire_bench::main()
}
