//! Line charts as SVG, without scripts.

use std::fmt::Write;

use super::junit::escaped;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 240.0;
/// The margins: left for the scale, bottom for the axis.
const LEFT: f64 = 64.0;
const RIGHT: f64 = 30.0;
const TOP: f64 = 12.0;
const BOTTOM: f64 = 28.0;
/// Steps of the vertical scale.
const STEPS: u32 = 4;
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
        let scale = Scale {
            first,
            span: (last - first).max(1e-9),
            most: top(most, self.is_whole),
        };
        let mut svg = format!(
            "<figure><figcaption>{}</figcaption><div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{0}\">",
            escaped(&self.title)
        );
        self.grid(&scale, &mut svg);
        for line in &self.lines {
            line.draw(&scale, &mut svg);
        }
        svg.push_str("</svg></div>");
        self.legend(&mut svg);
        svg.push_str("</figure>");
        svg
    }

    fn grid(&self, scale: &Scale, svg: &mut String) {
        for step in 0..=STEPS {
            let value = scale.most * f64::from(step) / f64::from(STEPS);
            let y = scale.y(value);
            let (end, text) = (WIDTH - RIGHT, short(value));
            // Writing to a string does not fail.
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{end}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        for (at, text) in &self.ticks {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                scale.x(*at),
                HEIGHT - 8.0,
                escaped(text)
            );
        }
    }

    fn legend(&self, svg: &mut String) {
        svg.push_str("<div class=\"legend\">");
        for line in &self.lines {
            let _ = write!(
                svg,
                "<span><b style=\"color:{}\">{}</b> {}</span>",
                line.color,
                if line.is_dashed { "┄" } else { "━" },
                escaped(&line.name)
            );
        }
        svg.push_str("</div>");
    }
}

impl Line {
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

struct Scale {
    first: f64,
    span: f64,
    most: f64,
}

impl Scale {
    fn x(&self, x: f64) -> f64 {
        LEFT + (x - self.first) / self.span * (WIDTH - LEFT - RIGHT)
    }

    fn y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - y / self.most * (HEIGHT - TOP - BOTTOM)
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

/// The top of a scale: the next of 1, 2, 4, 8, 10, 20, ... above a value. Whole steps leave some of them out.
fn top(value: f64, is_whole: bool) -> f64 {
    let least = if is_whole { f64::from(STEPS) } else { 0.0 };
    let value = value.max(least);
    if value <= 0.0 || !value.is_finite() {
        return 1.0;
    }
    let power = 10_f64.powf(value.log10().floor());
    let tops = [1.0, 2.0, 4.0, 8.0, 10.0, 20.0].map(|top| top * power);
    let fits = |top: &f64| *top >= value && !(is_whole && (top / f64::from(STEPS)).fract() > 0.0);
    tops.into_iter().find(fits).unwrap_or(value)
}

/// A number with few digits.
pub(super) fn short(value: f64) -> String {
    match value.abs() {
        v if v >= 1e6 => format!("{}M", trimmed(value / 1e6)),
        v if v >= 1e4 => format!("{}k", trimmed(value / 1e3)),
        _ => trimmed(value),
    }
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scales_are_round_numbers_above_all_values() {
        for (value, scale) in [
            (0.0, 1.0),
            (0.3, 0.4),
            (1.0, 1.0),
            (81.0, 100.0),
            (4_100.0, 8_000.0),
        ] {
            let found = top(value, false);
            assert!((found - scale).abs() < 1e-9, "{value}: {found}");
        }
        for (users, scale) in [
            (0.0, 4.0),
            (3.0, 4.0),
            (9.0, 20.0),
            (50.0, 80.0),
            (81.0, 100.0),
        ] {
            let found = top(users, true);
            assert!((found - scale).abs() < 1e-9, "{users}: {found}");
        }
        assert_eq!(short(12_345.0), "12.35k");
        assert_eq!(short(0.5), "0.5");
    }

    #[test]
    fn many_points_keep_their_peaks() {
        let mut points: Vec<(f64, f64)> = (0..10_000).map(|n| (f64::from(n), 1.0)).collect();
        points[5_001].1 = 99.0;
        let thinned = thinned(&points);
        assert!(thinned.len() <= MOST_POINTS);
        assert!(thinned.contains(&(5_001.0, 99.0)));
    }
}
