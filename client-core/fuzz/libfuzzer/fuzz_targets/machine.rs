//! `machine`, as libFuzzer calls it.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| tidewire_fuzz::run("machine", data));
