//! The frame of a chart in SVG: its size, scales and legend.

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

/// Begins a figure. `described` is for those who do not see it.
pub(super) fn begin(title: &str, described: &str, svg: &mut String) {
    // Writing to a string does not fail.
    let _ = write!(
        svg,
        "<figure><figcaption>{}</figcaption><div class=\"wide\"><svg viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\" aria-label=\"{}\">",
        escaped(title),
        escaped(described)
    );
}

/// Ends the drawing of a figure, with a legend of marks, colors and names. The caller ends the figure.
pub(super) fn legend<'a>(
    entries: impl IntoIterator<Item = (&'a str, &'a str, &'a str)>,
    svg: &mut String,
) {
    svg.push_str("</svg></div><div class=\"legend\">");
    for (mark, color, name) in entries {
        let name = escaped(name);
        let _ = write!(
            svg,
            "<span><b style=\"color:{color}\">{mark}</b> {name}</span>"
        );
    }
    svg.push_str("</div>");
}

/// The places of values.
pub(super) struct Scale {
    first: f64,
    span: f64,
    most: f64,
}

impl Scale {
    /// A scale from `first` to `last`, and up to the next round number above `most`.
    pub(super) fn new(first: f64, last: f64, most: f64, is_whole: bool) -> Scale {
        Scale {
            first,
            span: (last - first).max(1e-9),
            most: top(most, is_whole),
        }
    }

    pub(super) fn x(&self, x: f64) -> f64 {
        LEFT + (x - self.first) / self.span * (WIDTH - LEFT - RIGHT)
    }

    pub(super) fn y(&self, y: f64) -> f64 {
        HEIGHT - BOTTOM - y / self.most * (HEIGHT - TOP - BOTTOM)
    }

    /// Draws the lines and labels of both axes.
    pub(super) fn grid(&self, ticks: &[(f64, String)], svg: &mut String) {
        for step in 0..=STEPS {
            let value = self.most * f64::from(step) / f64::from(STEPS);
            let y = self.y(value);
            let (end, text) = (WIDTH - RIGHT, short(value));
            let _ = write!(
                svg,
                "<line class=\"grid\" x1=\"{LEFT}\" y1=\"{y:.1}\" x2=\"{end}\" y2=\"{y:.1}\"/>\
                 <text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"end\">{text}</text>",
                LEFT - 6.0,
                y + 4.0
            );
        }
        for (at, text) in ticks {
            let _ = write!(
                svg,
                "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{}</text>",
                self.x(*at),
                HEIGHT - 8.0,
                escaped(text)
            );
        }
    }
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
fn short(value: f64) -> String {
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
}
