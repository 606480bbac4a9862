//! prototype
use tidewire_sim::storm::*;
use tidewire_core::{Millis, Reconnection};
fn main() {
    let clients: usize = std::env::args().nth(1).map_or(1_000_000, |n| n.parse().unwrap());
    let aps = (clients / 50) as u32;
    let r = |d, m, j: u8| Reconnection { delay: Millis(d), delay_max: Millis(m), randomization_percent: if j >= 150 { j - 150 } else { j }, jitter_longest: j >= 150, ..Reconnection::default() };
    let cands = [("ref 1/5/50", r(1000, 5000, 50)), ("1/5/50cap", r(1000, 5000, 200)), ("1/10/50", r(1000, 10000, 50)), ("1/10/50cap", r(1000, 10000, 200)), ("1/30/50", r(1000, 30000, 50)), ("1/30/50cap", r(1000, 30000, 200)), ("1/30/100", r(1000, 30000, 100)), ("1/30/100cap", r(1000, 30000, 250)), ("2/30/50cap", r(2000, 30000, 200)), ("5/30/50cap", r(5000, 30000, 200))];
    let cap = |overflow, pct| Capacity { accepts_per_second: aps, waiting_room: aps as usize, overflow, turning_away_percent: pct };
    let part = |s, u| Trouble::Partition { heals: 60_000, silent: s, unreachable: u };
    let scen = [
        ("restart 2s refused", Trouble::Restarts(vec![(0, 2000)]), cap(Overflow::Refused, 5)),
        ("restart 10s refused", Trouble::Restarts(vec![(0, 10000)]), cap(Overflow::Refused, 5)),
        ("restart 10s refused, 20%", Trouble::Restarts(vec![(0, 10000)]), cap(Overflow::Refused, 20)),
        ("restart 10s silent", Trouble::Restarts(vec![(0, 10000)]), cap(Overflow::Silent, 5)),
        ("restart 60s refused", Trouble::Restarts(vec![(0, 60000)]), cap(Overflow::Refused, 5)),
        ("crash loop", Trouble::Restarts((0..10).map(|n| (n * 10000, n * 10000 + 9000)).collect()), cap(Overflow::Refused, 5)),
        ("crash loop silent", Trouble::Restarts((0..10).map(|n| (n * 10000, n * 10000 + 9000)).collect()), cap(Overflow::Silent, 5)),
        ("restart 60s roomy", Trouble::Restarts(vec![(0, 60000)]), Capacity { accepts_per_second: 50 * aps, waiting_room: clients, overflow: Overflow::Refused, turning_away_percent: 20 }),
        ("restart 10s roomy", Trouble::Restarts(vec![(0, 10000)]), Capacity { accepts_per_second: 50 * aps, waiting_room: clients, overflow: Overflow::Refused, turning_away_percent: 20 }),
        ("partition silent 20%", part(100, 0), cap(Overflow::Refused, 20)),
        ("partition silent", part(100, 0), cap(Overflow::Refused, 5)),
        ("partition unreachable", part(0, 100), cap(Overflow::Refused, 5)),
        ("partition half/half", part(50, 50), cap(Overflow::Refused, 5)),
    ];
    for (sname, trouble, server) in scen {
        if let Some(f) = std::env::args().nth(2) && !sname.contains(&f) { continue; }
        println!("== {sname}");
        for (name, rec) in &cands {
            let t = std::time::Instant::now();
            let plan = Plan { clients, seed: 1, reconnection: rec.clone(), trouble: trouble.clone(), server: server.clone(), limit: 400_000 };
            let c = run(&plan);
            let ends = trouble.ends();
            println!("{name:12} peak {:>8} after {:>8} attempts/client {:.1} back {:?} lost {} minpause {} [{:?}]", c.peak(0), c.peak(ends), c.total_attempts() as f64 / clients as f64,
                SHARES.map(|s| c.back(s).map(|b| (b as f64 - ends as f64) / 1000.0)), c.lost, c.shortest_pause, t.elapsed());
        }
    }
}
