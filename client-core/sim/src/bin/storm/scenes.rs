//! The storms that are told of, and the ways to come back that are compared in them.

use std::sync::Mutex;
use std::thread;

use tidewire_core::{Millis, Reconnection};
use tidewire_sim::storm::{Capacity, Curve, Overflow, Plan, Trouble, run};

/// A way to come back.
#[derive(Clone, Copy)]
pub(crate) struct Candidate {
    pub(crate) name: &'static str,
    make: fn() -> Reconnection,
}

/// What is compared.
pub(crate) const CANDIDATES: [Candidate; 4] = [
    Candidate {
        name: "socket.io-client: 1 s to 5 s, the longest without jitter",
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

/// A storm, and how it goes with each candidate.
pub(crate) struct Scene {
    name: &'static str,
    pub(crate) title: &'static str,
    pub(crate) plan: Plan,
    /// How much of it is drawn, in seconds.
    pub(crate) shown: u64,
    /// In the order of [`CANDIDATES`], once it was played.
    pub(crate) curves: Vec<Curve>,
}

impl Scene {
    pub(crate) fn picture(&self) -> String {
        format!("storm-{}.svg", self.name)
    }
}

/// The storms, not yet played. The server can take a fiftieth of the clients in a second.
pub(crate) fn all(clients: usize, seed: u64) -> Vec<Scene> {
    let scene = |name, title, trouble, server, shown| Scene {
        name,
        title,
        plan: Plan {
            clients,
            seed,
            reconnection: Reconnection::default(),
            trouble,
            server,
            limit: 150_000,
        },
        shown,
        curves: Vec::new(),
    };
    let restart = |seconds: u64| Trouble::Restarts(vec![(0, seconds * 1_000)]);
    let partition = Trouble::Partition {
        heals: 60_000,
        silent: 50,
        unreachable: 50,
    };
    vec![
        scene(
            "restart",
            "The server restarts and is gone for 10 s",
            restart(10),
            capacity(clients, 50, 5),
            110,
        ),
        scene(
            "overload",
            "The same, and turning an attempt away costs a fifth of accepting it",
            restart(10),
            capacity(clients, 50, 20),
            150,
        ),
        scene(
            "partition",
            "The network is cut for 60 s: half of the clients hear nothing, half that there is no way",
            partition,
            capacity(clients, 50, 5),
            140,
        ),
        scene(
            "strong",
            "The server is gone for 60 s, and strong enough to take all clients in a second",
            restart(60),
            capacity(clients, 1, 5),
            100,
        ),
    ]
}

/// A server that takes all clients in so many seconds, and a second's worth of them in its waiting room.
fn capacity(clients: usize, seconds: usize, turning_away_percent: u32) -> Capacity {
    let rate = clients / seconds;
    Capacity {
        accepts_per_second: u32::try_from(rate).unwrap_or(u32::MAX),
        waiting_room: rate,
        overflow: Overflow::Refused,
        turning_away_percent,
    }
}

/// Plays them all, on every processor.
pub(crate) fn play(scenes: &[Scene]) -> Vec<Scene> {
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

/// The plan of each candidate.
fn plans(scene: &Scene) -> impl Iterator<Item = Plan> {
    CANDIDATES.iter().map(|candidate| Plan {
        reconnection: (candidate.make)(),
        ..scene.plan.clone()
    })
}

fn locked<T, R>(what: &Mutex<T>, act: impl FnOnce(&mut T) -> R) -> R {
    act(&mut what.lock().expect("no thread panics while it holds it"))
}
