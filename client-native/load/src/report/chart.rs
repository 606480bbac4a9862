//! Line charts as SVG, without scripts.

use std::fmt::Write;

use super::canvas::{self, Scale};

/// Points of a line. More would be drawn on top of each other.
const MOST_POINTS: usize = 760;

/// One line of a chart.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) name: String,
    /// A CSS color.
    pub(super) color: &'static str,
    pub(super) points: Vec<(f64, f64)>,
    /// Whether the line is dashed: that of an earlier run.
    pub(super) is_dashed: bool,
}

/// A chart with a title.
#[derive(Clone, Debug)]
pub(super) struct Chart {
    pub(super) title: String,
    /// Whether the values are whole numbers, and so the steps of the vertical scale.
    pub(super) is_whole: bool,
    /// The labels of the horizontal axis, with their places.
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) lines: Vec<Line>,
}

impl Chart {
    /// The chart as an element of a page; nothing if it has no point.
    pub(super) fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        if points().next().is_none() {
            return String::new();
        }
        // The labels count, too: charts with the same ones have the same axis, whatever their lines cover.
        let labels = self.ticks.iter().map(|tick| tick.0);
        let places: Vec<f64> = points().map(|point| point.0).chain(labels).collect();
        let first = places.iter().copied().fold(f64::INFINITY, f64::min);
        let last = places.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let most = points().map(|point| point.1).fold(0.0, f64::max);
        let scale = Scale::new(first, last, most, self.is_whole);
        let mut svg = String::new();
        canvas::begin(&self.title, &self.title, &mut svg);
        scale.grid(&self.ticks, &mut svg);
        for line in &self.lines {
            line.draw(&scale, &mut svg);
        }
        canvas::legend(self.lines.iter().map(Line::legend), &mut svg);
        svg.push_str("</figure>");
        svg
    }
}

impl Line {
    fn legend(&self) -> (&str, &str, &str) {
        let mark = if self.is_dashed { "┄" } else { "━" };
        (mark, self.color, &self.name)
    }

    fn draw(&self, scale: &Scale, svg: &mut String) {
        let points = thinned(&self.points);
        let mut path = String::new();
        for (x, y) in &points {
            let _ = write!(path, "{:.1},{:.1} ", scale.x(*x), scale.y(*y));
        }
        let dash = if self.is_dashed {
            " stroke-dasharray=\"5 4\""
        } else {
            ""
        };
        let _ = write!(
            svg,
            "<polyline points=\"{}\" stroke=\"{}\"{dash}/>",
            path.trim_end(),
            self.color
        );
        // A single point has no line.
        if let [(x, y)] = &points[..] {
            let _ = write!(
                svg,
                "<circle cx=\"{:.1}\" cy=\"{:.1}\" r=\"3\" fill=\"{}\"/>",
                scale.x(*x),
                scale.y(*y),
                self.color
            );
        }
    }
}

/// Keeps the highest point of each group.
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let group = points.len().div_ceil(MOST_POINTS).max(1);
    points
        .chunks(group)
        .filter_map(|group| group.iter().copied().max_by(|a, b| a.1.total_cmp(&b.1)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_points_keep_their_peaks() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|n| (f64::from(n), 1.0)).collect();
        points[5_001].1 = 99.0;
        let thinned = thinned(&points);
        assert!(thinned.len() <= MOST_POINTS);
        assert!(thinned.contains(&(5_001.0, 99.0)));
    }
}
