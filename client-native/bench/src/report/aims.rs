//! The aims, and whether they are met.

use serde_json::{Value, json};

use super::figures::Figures;
use crate::rows::{Aim, Row};

/// An aim with what was measured.
pub(super) struct Verdict {
    /// The figure that the aim is about.
    figure: &'static str,
    bound: Bound,
    /// The measured value. `None` if it was not measured.
    got: Option<f64>,
}

#[derive(Clone, Copy)]
enum Bound {
    AtMost(f64),
    AtLeast(f64),
}

/// The verdicts on a row.
pub(super) fn verdicts(row: &Row, figures: &Figures) -> Vec<Verdict> {
    let aims = row.aims.iter();
    aims.map(|aim| Verdict::on(*aim, figures)).collect()
}

impl Verdict {
    fn on(aim: Aim, figures: &Figures) -> Verdict {
        let (figure, bound, got) = match aim {
            Aim::CostRatio(most) => ("CPU x raw", Bound::AtMost(most), Some(figures.cost_ratio)),
            Aim::JsonRatio(most) => ("CPU x serde", Bound::AtMost(most), figures.json_ratio),
            Aim::RateRatio(least) => ("per s x raw", Bound::AtLeast(least), figures.rate_ratio),
            Aim::CpuTime(most) => ("CPU us", Bound::AtMost(most), Some(figures.cost)),
            Aim::Memory(most) => ("KiB", Bound::AtMost(most), Some(figures.cost)),
            Aim::Allocations(most) => ("allocs", Bound::AtMost(most), figures.allocations),
        };
        // As it is printed, so that the line does not contradict itself.
        let got = got.map(|got| (got * 1e3).round() / 1e3);
        Verdict { figure, bound, got }
    }

    fn is_met(&self) -> Option<bool> {
        self.got.map(|got| match self.bound {
            Bound::AtMost(most) => got <= most,
            Bound::AtLeast(least) => got >= least,
        })
    }

    /// A line of the list of aims.
    pub(super) fn line(&self, row: &Row) -> String {
        let (sign, bound) = match self.bound {
            Bound::AtMost(most) => ("<=", most),
            Bound::AtLeast(least) => (">=", least),
        };
        let got = self.got.map_or("-".to_owned(), |got| format!("{got:.3}"));
        let verdict = match self.is_met() {
            Some(true) => "met",
            Some(false) => "NOT met",
            None => "not measured",
        };
        let name = row.name();
        format!(
            "  {name:<44} {:<12} {sign} {bound:<5} {got:>8}  {verdict}",
            self.figure
        )
    }

    pub(super) fn json(&self) -> Value {
        let (at_most, at_least) = match self.bound {
            Bound::AtMost(most) => (Some(most), None),
            Bound::AtLeast(least) => (None, Some(least)),
        };
        json!({
            "figure": self.figure,
            "at_most": at_most,
            "at_least": at_least,
            "got": self.got,
            "is_met": self.is_met(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bound: Bound, got: Option<f64>) -> Option<bool> {
        let figure = "CPU us";
        Verdict { figure, bound, got }.is_met()
    }

    #[test]
    fn a_bound_may_be_reached() {
        assert_eq!(verdict(Bound::AtMost(2.0), Some(2.0)), Some(true));
        assert_eq!(verdict(Bound::AtMost(2.0), Some(2.1)), Some(false));
        assert_eq!(verdict(Bound::AtLeast(2.0), Some(2.0)), Some(true));
        assert_eq!(verdict(Bound::AtLeast(2.0), Some(1.9)), Some(false));
        assert_eq!(verdict(Bound::AtMost(2.0), None), None);
    }
}
