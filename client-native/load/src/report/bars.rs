//! Bar charts as SVG, without scripts: one bar beside the other in each group.

use std::fmt::Write;

use super::canvas::{self, Scale};
use super::junit::escaped;

/// The least height of a bar, so that a single count among a million is seen.
const LEAST: f64 = 2.0;
/// The part of a group's width that its bars take.
const FILLED: f64 = 0.9;

/// One set of bars, of which each group has one.
#[derive(Clone, Debug)]
pub(super) struct Set {
    pub(super) name: String,
    /// A CSS color.
    pub(super) color: &'static str,
    /// The height of each bar.
    pub(super) values: Vec<f64>,
    /// The text of each bar, shown under the pointer.
    pub(super) texts: Vec<String>,
}

/// A bar chart with a title.
#[derive(Clone, Debug)]
pub(super) struct Bars {
    pub(super) title: String,
    /// The chart in words.
    pub(super) described: String,
    /// Whether the values are whole numbers, and so the steps of the vertical scale.
    pub(super) is_whole: bool,
    /// The labels of the horizontal axis. Group 0 is from place 0 to 1.
    pub(super) ticks: Vec<(f64, String)>,
    pub(super) groups: usize,
    pub(super) sets: Vec<Set>,
}

impl Bars {
    /// The chart as an element of a page. `below` is a part of the page that belongs to the figure.
    pub(super) fn svg(&self, below: &str) -> String {
        let values = self.sets.iter().flat_map(|set| &set.values);
        let most = values.copied().fold(0.0, f64::max);
        let scale = Scale::new(0.0, self.groups as f64, most, self.is_whole);
        let mut svg = String::new();
        canvas::begin(&self.title, &self.described, &mut svg);
        scale.grid(&self.ticks, &mut svg);
        let width = FILLED / self.sets.len().max(1) as f64;
        for (number, set) in self.sets.iter().enumerate() {
            let offset = (1.0 - FILLED) / 2.0 + width * number as f64;
            set.draw(&scale, offset, width, &mut svg);
        }
        let legend = self.sets.iter().map(|set| ("■", set.color, &set.name[..]));
        canvas::legend(legend, &mut svg);
        svg.push_str(below);
        svg.push_str("</figure>");
        svg
    }
}

impl Set {
    /// Draws the bars that are not zero, each at its offset in the group.
    fn draw(&self, scale: &Scale, offset: f64, width: f64, svg: &mut String) {
        let bars = self.values.iter().zip(&self.texts).enumerate();
        for (group, (value, text)) in bars.filter(|(_, (value, _))| **value > 0.0) {
            let left = scale.x(group as f64 + offset);
            let right = scale.x(group as f64 + offset + width);
            let (bottom, top) = (scale.y(0.0), scale.y(*value));
            let height = (bottom - top).max(LEAST);
            // Writing to a string does not fail.
            let _ = write!(
                svg,
                "<rect x=\"{left:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\" fill=\"{}\"><title>{}</title></rect>",
                bottom - height,
                right - left,
                self.color,
                escaped(text)
            );
        }
    }
}
