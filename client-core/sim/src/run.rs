//! One run: the steps of the plan, then the end of all faults, then the close of the connection.

use tidewire_core::{Ack, Config, Delivery, Hint};

use crate::coverage::Coverage;
use crate::machine::{CallResult, Input, Machine};
use crate::native::Native;
use crate::plan::Plan;
use crate::rng::Rng;
use crate::world::World;

/// How long all namespaces may take to connect after the faults end, in milliseconds: a heartbeat, a hanging attempt, a delay.
const CONNECT_TIME: u64 = 200_000;
/// How long all acks may take after that, in milliseconds.
const ACK_TIME: u64 = 60_000;
/// How long the close may take, in milliseconds.
const CLOSE_TIME: u64 = 60_000;

/// The result of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The law that was broken, if one was.
    pub fault: Option<String>,
    /// How often each thing has happened.
    pub seen: Coverage,
    /// The hash of its trace.
    pub hash: u64,
    /// Its trace, if the lines were kept.
    pub lines: Vec<String>,
}

/// Runs the plan of a seed.
pub fn run_seed(seed: u64) -> Report {
    let (plan, rng) = plan_of(seed);
    run(&plan, &rng, &|config| Box::new(Native::new(config)), false)
}

/// Returns the plan of a seed, and the generator that its run begins with.
pub fn plan_of(seed: u64) -> (Plan, Rng) {
    let rng = Rng::from_seed(seed);
    (Plan::draw(&mut rng.fork(0)), rng)
}

/// Runs the plan drawn from the bytes of a fuzzer.
pub fn run_bytes(bytes: &[u8]) -> Report {
    let rng = Rng::from_bytes(bytes);
    let plan = Plan::draw(&mut rng.fork(0));
    run(&plan, &rng, &|config| Box::new(Native::new(config)), false)
}

/// Runs a plan with the machine that `make` creates.
pub fn run(
    plan: &Plan,
    rng: &Rng,
    make: &dyn Fn(Config) -> Box<dyn Machine>,
    keep_lines: bool,
) -> Report {
    let mut machine = make(plan.config.clone());
    let mut world = World::new(plan, rng, &mut *machine, keep_lines);
    run_to_end(&mut world);
    let mut seen = world.oracle.seen.clone();
    seen.add(&world.server.shared.seen);
    Report {
        fault: world.oracle.faults.first().cloned(),
        seen,
        hash: world.trace.hash(),
        lines: world.trace.lines().to_vec(),
    }
}

pub(crate) fn run_to_end(world: &mut World<'_>) {
    world.begin();
    while world.is_stepping() && world.oracle.faults.is_empty() {
        let end = world.now + 1_000;
        world.run_until(end);
    }
    heal(world);
    emit_and_await_acks(world);
    close(world);
}

/// Ends all faults: every namespace must connect again.
fn heal(world: &mut World<'_>) {
    world.wake();
    world.heal();
    for hint in [Hint::Foreground, Hint::Online, Hint::Writable] {
        world.input(&Input::Hint(hint));
    }
    connect_refused(world, 4);
    if world.server.has_ambiguous_packets() {
        world.close();
        connect_refused(world, 2);
    }
    if !all_connected(world) && world.oracle.faults.is_empty() {
        world
            .oracle
            .fault("without faults, every wanted namespace connects");
    }
}

/// Connects refused namespaces again; refusals may still be in flight.
fn connect_refused(world: &mut World<'_>, times: u32) {
    for _ in 0..times {
        for nsp in 0..world.plan.namespaces.len() {
            if !world.oracle.is_wanted(nsp) {
                world.connect(nsp);
            }
        }
        let end = world.now + CONNECT_TIME / 4;
        world.run_until(end);
    }
}

fn all_connected(world: &World<'_>) -> bool {
    (0..world.plan.namespaces.len())
        .all(|nsp| world.oracle.is_connected(nsp) && world.machine.is_connected(nsp))
}

/// Emits to every namespace and expects an ack from each.
fn emit_and_await_acks(world: &mut World<'_>) {
    for nsp in 0..world.plan.namespaces.len() {
        for ack in world.oracle.awaited(nsp) {
            world.cancel_one(nsp, ack);
        }
    }
    let mut expected = Vec::new();
    for nsp in 0..world.plan.namespaces.len() {
        let result = world.emit_one(nsp, Delivery::Once, Ack::Unlimited, 1, 0);
        match result {
            CallResult::Ack(ack) => expected.push((nsp, ack)),
            other if world.oracle.faults.is_empty() => {
                world
                    .oracle
                    .fault(format!("without faults, emits are accepted: {other:?}"));
            }
            _ => {}
        }
    }
    let end = world.now + ACK_TIME;
    world.run_until(end);
    let buffered = (0..world.plan.namespaces.len()).any(|nsp| world.machine.offline(nsp) > 0);
    if buffered && world.oracle.faults.is_empty() {
        world
            .oracle
            .fault("without faults, buffered emits are sent");
    }
    for (nsp, ack) in expected {
        if world.oracle.awaited(nsp).contains(&ack) && world.oracle.faults.is_empty() {
            world.oracle.fault("without faults, every ack arrives");
        }
    }
}

/// Closes the connection: nothing may be left.
fn close(world: &mut World<'_>) {
    for nsp in 0..world.plan.namespaces.len() {
        world.input(&Input::ClearOffline(nsp));
    }
    world.close();
    let end = world.now + CLOSE_TIME;
    world.run_until(end);
    if !world.oracle.faults.is_empty() {
        return;
    }
    let awaited = (0..world.plan.namespaces.len()).any(|nsp| !world.oracle.awaited(nsp).is_empty());
    let left = [
        (awaited, "at the end every ack is settled"),
        (
            world.oracle.has_links() || world.has_live_links(),
            "at the end no link is left",
        ),
        (
            world.machine.live_payloads() > 0,
            "at the end no payload is left",
        ),
        (
            world.machine.next_timeout().is_some(),
            "at the end no deadline is left",
        ),
    ];
    for (is_left, law) in left {
        if is_left {
            world.oracle.fault(law);
        }
    }
}
