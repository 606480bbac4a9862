//! The storms of the page, and the reconnection configs compared in them.

use std::sync::Mutex;
use std::thread;

use tidewire_core::{Millis, Reconnection};
use tidewire_sim::storm::{Capacity, Curve, Outage, Overflow, Plan, run};

/// A reconnection config to compare.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    make: fn() -> Reconnection,
}

/// The compared configs.
pub(crate) const CANDIDATES: [Candidate; 4] = [
    Candidate {
        name: "socket.io-client: 1 s to 5 s, no jitter on the longest",
        make: Reconnection::reference,
    },
    Candidate {
        name: "1 s to 10 s, jitter always",
        make: || between(1, 10),
    },
    Candidate {
        name: "tidewire's default: 1 s to 30 s, jitter always",
        make: Reconnection::default,
    },
    Candidate {
        name: "5 s to 30 s, jitter always",
        make: || between(5, 30),
    },
];

fn between(first: u32, longest: u32) -> Reconnection {
    Reconnection {
        delay: Millis::from_secs(first),
        delay_max: Millis::from_secs(longest),
        ..Reconnection::default()
    }
}

/// A storm, and its curve with each candidate.
pub(crate) struct Scene {
    name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) plan: Plan,
    /// The part that is drawn, in seconds.
    pub(crate) shown: u64,
    /// The curves in the order of [`CANDIDATES`], after the storm was run.
    pub(crate) curves: Vec<Curve>,
}

impl Scene {
    pub(crate) fn picture(&self) -> String {
        format!("storm-{}.svg", self.name)
    }
}

/// Returns the storms without curves. The server accepts 2 % of the clients per second, in the last storm all.
pub(crate) fn all(clients: usize, seed: u64) -> Vec<Scene> {
    let scene = |name, title, outage, server, shown| Scene {
        name,
        title,
        plan: Plan {
            clients,
            seed,
            reconnection: Reconnection::default(),
            outage,
            server,
            limit: 150_000,
        },
        shown,
        curves: Vec::new(),
    };
    let restart = |seconds: u64| Outage::Restarts(vec![(0, seconds * 1_000)]);
    let partition = Outage::Partition {
        heals: 60_000,
        silent: 50,
        unreachable: 50,
    };
    vec![
        scene(
            "restart",
            "The server restarts and is down for 10 s",
            restart(10),
            capacity(clients, 50, 5),
            110,
        ),
        scene(
            "overload",
            "The server restarts and is down for 10 s; refusing an attempt costs 20 % of accepting one",
            restart(10),
            capacity(clients, 50, 20),
            150,
        ),
        scene(
            "partition",
            "The network is cut for 60 s: half of the clients get no answer, half fail at once",
            partition,
            capacity(clients, 50, 5),
            140,
        ),
        scene(
            "strong",
            "The server is down for 60 s and can accept all clients in one second",
            restart(60),
            capacity(clients, 1, 5),
            100,
        ),
    ]
}

/// Returns a server that accepts all clients in a number of seconds. Its accept queue holds one second of attempts.
fn capacity(clients: usize, seconds: usize, refusal_cost_percent: u32) -> Capacity {
    let rate = clients / seconds;
    Capacity {
        accepts_per_second: u32::try_from(rate).unwrap_or(u32::MAX),
        backlog: rate,
        overflow: Overflow::Refused,
        refusal_cost_percent,
    }
}

/// Runs all storms, on all processors.
pub(crate) fn run_all(scenes: &[Scene]) -> Vec<Scene> {
    let jobs: Vec<Plan> = scenes.iter().flat_map(plans).collect();
    let next = Mutex::new(0..jobs.len());
    let curves = Mutex::new(vec![Curve::default(); jobs.len()]);
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(job) = locked(&next, Iterator::next) {
                    let curve = run(&jobs[job]);
                    locked(&curves, |curves| curves[job] = curve);
                }
            });
        }
    });
    let curves = locked(&curves, std::mem::take);
    let played = scenes.iter().zip(curves.chunks(CANDIDATES.len()));
    played
        .map(|(scene, curves)| Scene {
            plan: scene.plan.clone(),
            curves: curves.to_vec(),
            ..*scene
        })
        .collect()
}

/// Returns the plan of each candidate.
fn plans(scene: &Scene) -> impl Iterator<Item = Plan> {
    CANDIDATES.iter().map(|candidate| Plan {
        reconnection: (candidate.make)(),
        ..scene.plan.clone()
    })
}

fn locked<T, R>(event: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> R {
    act(&mut event.lock().expect("no thread panics while it holds it"))
}
