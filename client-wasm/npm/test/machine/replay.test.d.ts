/**
 * Runs of the simulation, written down as they were natively, lived through again: everything that the machine says is the same.
 * `client-core/sim/src/script.rs` says what the lines mean; `cargo xtask test` has them written.
 */
export {};
