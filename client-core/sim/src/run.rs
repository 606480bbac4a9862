//! One run: the plan's steps, then healing, then the end; and what became of it.

use tidewire_core::{Ack, Config, Delivery, Hint};

use crate::chance::Chance;
use crate::coverage::Coverage;
use crate::machine::{Input, Machine, Native, Taken};
use crate::plan::Plan;
use crate::world::World;

/// How long after healing everything that is wanted must be there: the longest heartbeat, a hanging attempt, a pause.
const HEALED: u64 = 200_000;
/// How long after that everything must be answered.
const ANSWERED: u64 = 60_000;
/// How long a goodbye may take.
const LEFT: u64 = 60_000;

/// What became of a run.
#[derive(Clone, Debug)]
pub struct Report {
    /// The law that was broken, if one was.
    pub fault: Option<String>,
    /// What has happened.
    pub seen: Coverage,
    /// The number of its trace.
    pub hash: u64,
    /// Its trace, if it was to be kept.
    pub lines: Vec<String>,
}

/// Runs the plan that belongs to a seed.
pub fn run_seed(seed: u64) -> Report {
    let (plan, chance) = plan_of(seed);
    run(
        &plan,
        &chance,
        &|config| Box::new(Native::new(config)),
        false,
    )
}

/// The plan of a seed, and the chance that its run begins with.
pub fn plan_of(seed: u64) -> (Plan, Chance) {
    let chance = Chance::of_seed(seed);
    (Plan::draw(&mut chance.fork(0)), chance)
}

/// Runs what a fuzzer's bytes mean.
pub fn run_bytes(bytes: &[u8]) -> Report {
    let chance = Chance::of_bytes(bytes);
    let plan = Plan::draw(&mut chance.fork(0));
    run(
        &plan,
        &chance,
        &|config| Box::new(Native::new(config)),
        false,
    )
}

/// Runs a plan with a machine of whatever make.
pub fn run(
    plan: &Plan,
    chance: &Chance,
    make: &dyn Fn(Config) -> Box<dyn Machine>,
    keeps_lines: bool,
) -> Report {
    let mut machine = make(plan.config.clone());
    let mut world = World::new(plan, chance, &mut *machine, keeps_lines);
    live(&mut world);
    let mut seen = world.oracle.seen.clone();
    seen.add(&world.server.shared.seen);
    Report {
        fault: world.oracle.faults.first().cloned(),
        seen,
        hash: world.trace.hash(),
        lines: world.trace.lines().to_vec(),
    }
}

fn live(world: &mut World<'_>) {
    world.begin();
    while world.is_stepping() && world.oracle.faults.is_empty() {
        let end = world.now + 1_000;
        world.run_until(end);
    }
    heal(world);
    answer(world);
    leave(world);
}

/// All faults end: what is wanted must be connected before long.
fn heal(world: &mut World<'_>) {
    world.wake();
    world.heal();
    for hint in [Hint::Foreground, Hint::Online, Hint::Writable] {
        world.input(&Input::Hint(hint));
    }
    ask_again(world, 4);
    if world.server.is_at_cross_purposes() {
        world.close();
        ask_again(world, 2);
    }
    if !is_whole(world) && world.oracle.faults.is_empty() {
        world
            .oracle
            .fault("once all is well, what is wanted is connected");
    }
}

/// Refusals that are on their way may still come: whoever is refused asks again.
fn ask_again(world: &mut World<'_>, times: u32) {
    for _ in 0..times {
        for nsp in 0..world.plan.namespaces.len() {
            if !world.oracle.is_wanted(nsp) {
                world.connect(nsp);
            }
        }
        let end = world.now + HEALED / 4;
        world.run_until(end);
    }
}

fn is_whole(world: &World<'_>) -> bool {
    (0..world.plan.namespaces.len())
        .all(|nsp| world.oracle.is_connected(nsp) && world.machine.is_connected(nsp))
}

/// Whoever asks is answered.
fn answer(world: &mut World<'_>) {
    for nsp in 0..world.plan.namespaces.len() {
        for ack in world.oracle.awaited(nsp) {
            world.cancel_one(nsp, ack);
        }
    }
    let mut asked = Vec::new();
    for nsp in 0..world.plan.namespaces.len() {
        let taken = world.emit_one(nsp, Delivery::Once, Ack::Unlimited, 1, 0);
        match taken {
            Taken::Ack(ack) => asked.push((nsp, ack)),
            other if world.oracle.faults.is_empty() => {
                world
                    .oracle
                    .fault(format!("once all is well, emits are taken: {other:?}"));
            }
            _ => {}
        }
    }
    let end = world.now + ANSWERED;
    world.run_until(end);
    let waiting = (0..world.plan.namespaces.len()).any(|nsp| world.machine.offline(nsp) > 0);
    if waiting && world.oracle.faults.is_empty() {
        world
            .oracle
            .fault("once all is well, what has waited is sent");
    }
    for (nsp, ack) in asked {
        if world.oracle.awaited(nsp).contains(&ack) && world.oracle.faults.is_empty() {
            world
                .oracle
                .fault("once all is well, what is asked is answered");
        }
    }
}

/// The application leaves: nothing may be left.
fn leave(world: &mut World<'_>) {
    for nsp in 0..world.plan.namespaces.len() {
        world.input(&Input::ClearOffline(nsp));
    }
    world.close();
    let end = world.now + LEFT;
    world.run_until(end);
    if !world.oracle.faults.is_empty() {
        return;
    }
    let awaited = (0..world.plan.namespaces.len()).any(|nsp| !world.oracle.awaited(nsp).is_empty());
    let left = [
        (awaited, "every ack is settled in the end"),
        (
            world.oracle.has_links() || world.has_live_links(),
            "no link is left in the end",
        ),
        (
            world.machine.live_payloads() > 0,
            "no payload is left in the end",
        ),
        (
            world.machine.next_timeout().is_some(),
            "no deadline is left in the end",
        ),
    ];
    for (is_left, law) in left {
        if is_left {
            world.oracle.fault(law);
        }
    }
}
