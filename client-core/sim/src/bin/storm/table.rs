//! The numbers of the storms, as Markdown tables.

use tidewire_sim::storm::{Curve, SHARES};

use crate::chart::thousands;
use crate::scenes::{CANDIDATES, Scene};

const HEAD: &str = "\
| backoff | most attempts per s | after the outage | attempts per client | 50 % back | 95 % | 99 % | all |
|---|---|---|---|---|---|---|---|
";

/// Returns the section of each storm.
pub(crate) fn write(scenes: &[Scene]) -> String {
    scenes.iter().map(section).collect()
}

fn section(scene: &Scene) -> String {
    let rows = CANDIDATES.iter().zip(&scene.curves);
    let rows: String = rows
        .map(|(candidate, curve)| row(candidate.name, scene, curve))
        .collect();
    let (title, picture) = (scene.title, scene.picture());
    let clients = thousands(scene.plan.clients as u64);
    let rate = thousands(scene.plan.server.accepts_per_second.into());
    format!(
        "\n### {title}\n\n![Attempts per second and clients connected, over time]({picture})\n\n\
         {clients} clients; the server accepts {rate} per second. Rates are those of the busiest 100 ms; times are seconds from the end of the outage.\n\n{HEAD}{rows}\n"
    )
}

fn row(name: &str, scene: &Scene, curve: &Curve) -> String {
    let ends = scene.plan.outage.ends();
    let back = SHARES.map(|share| seconds_after(ends, curve.back(share)));
    let attempts = curve.total_attempts() as f64 / f64::from(curve.clients);
    let cells = [
        name.to_owned(),
        thousands(curve.peak(0)),
        thousands(curve.peak(ends)),
        format!("{attempts:.1}"),
        back.join(" | "),
    ];
    format!("| {} |\n", cells.join(" | "))
}

/// Returns a moment as seconds from the end of the outage.
fn seconds_after(ends: u64, moment: Option<u64>) -> String {
    let Some(moment) = moment else {
        return "not yet".to_owned();
    };
    format!("{:.1}", moment.saturating_sub(ends) as f64 / 1_000.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_count_from_the_end_of_the_outage() {
        assert_eq!(seconds_after(10_000, Some(42_340)), "32.3");
        assert_eq!(seconds_after(10_000, Some(9_000)), "0.0");
        assert_eq!(seconds_after(10_000, None), "not yet");
    }

    /// The page is written by a run of a million clients, so its texts are compared without one.
    #[test]
    fn the_page_has_the_texts_of_the_generator() {
        let page = include_str!("../../../../docs/storms.md");
        for scene in crate::scenes::all(1_000_000, 1) {
            let written = section(&scene);
            let lines = written.lines().filter(|line| !line.is_empty());
            for line in lines {
                assert!(page.contains(line), "storms.md lacks {line:?}");
            }
        }
        for candidate in CANDIDATES {
            assert!(page.contains(candidate.name), "{}", candidate.name);
        }
    }
}
