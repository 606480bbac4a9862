//! Draws a storm: attempts per second above, on a logarithmic scale, and connected clients below.

use tidewire_sim::storm::{BUCKET, Curve, Outage};

use crate::scenes::{CANDIDATES, Scene};
use crate::svg::Svg;

const WIDTH: u32 = 860;
const HEIGHT: u32 = 640;
const LEFT: f64 = 78.0;
const RIGHT: f64 = 840.0;

/// A part of the picture with its own scales.
struct Panel {
    top: f64,
    bottom: f64,
    /// The seconds at the right edge.
    seconds: f64,
    /// The values at the bottom and the top: powers of ten for attempts, percent for clients.
    span: (f64, f64),
}

impl Panel {
    fn x(&self, second: f64) -> f64 {
        LEFT + (RIGHT - LEFT) * second / self.seconds
    }

    /// Returns the y position; a value out of the span is drawn at the edge.
    fn y(&self, value: f64) -> f64 {
        let (low, high) = self.span;
        let share = (value.clamp(low, high) - low) / (high - low);
        self.bottom - (self.bottom - self.top) * share
    }
}

pub(crate) fn draw(scene: &Scene) -> String {
    let mut svg = Svg::new(WIDTH, HEIGHT, scene.title);
    svg.text("title", (LEFT, 24.0), scene.title);
    draw_legend(&mut svg);
    draw_attempts(&mut svg, scene);
    draw_connected(&mut svg, scene);
    svg.finish()
}

fn draw_legend(svg: &mut Svg) {
    for (at, candidate) in CANDIDATES.iter().enumerate() {
        let (column, row) = ((at % 2) as f64, (at / 2) as f64);
        let (x, y) = (LEFT + 400.0 * column, 46.0 + 18.0 * row);
        svg.connection(&curve_class(at), &[(x, y - 4.0), (x + 24.0, y - 4.0)]);
        svg.text("", (x + 30.0, y), candidate.name);
    }
}

fn draw_attempts(svg: &mut Svg, scene: &Scene) {
    let clients = scene.plan.clients as f64;
    let high = (clients * 1.2).log10();
    let panel = Panel {
        top: 84.0,
        bottom: 400.0,
        seconds: scene.shown as f64,
        span: ((clients / 10_000.0).log10(), high),
    };
    draw_frame(svg, scene, &panel);
    let low = panel.span.0.ceil() as u32;
    for power in low..=(high.floor() as u32) {
        draw_level(svg, &panel, f64::from(power), &thousands(10_u64.pow(power)));
    }
    svg.upright("middle", (14.0, 242.0), "attempts to connect, per second");
    let rate = scene.plan.server.accepts_per_second;
    let y = panel.y(f64::from(rate).log10());
    svg.connection("limit", &[(LEFT, y), (RIGHT, y)]);
    for (at, curve) in scene.curves.iter().enumerate() {
        let level = |(second, rate)| (panel.x(second), panel.y(f64::max(rate, 1.0).log10()));
        let points = each_second(curve, scene.shown).map(level);
        svg.connection(&curve_class(at), &points.collect::<Vec<_>>());
    }
    let words = format!("the server accepts {} per second", thousands(rate.into()));
    // The text is below its line if there is no space above.
    let words_y = if y - panel.top < 18.0 {
        y + 15.0
    } else {
        y - 5.0
    };
    svg.text("end halo", (RIGHT - 6.0, words_y), &words);
}

fn draw_connected(svg: &mut Svg, scene: &Scene) {
    let panel = Panel {
        top: 430.0,
        bottom: 590.0,
        seconds: scene.shown as f64,
        span: (0.0, 100.0),
    };
    draw_frame(svg, scene, &panel);
    for percent in [0.0, 25.0, 50.0, 75.0, 100.0] {
        draw_level(svg, &panel, percent, &format!("{percent} %"));
    }
    svg.upright("middle", (14.0, 510.0), "clients connected");
    for second in (0..=scene.shown).step_by(10) {
        let at = (panel.x(second as f64), 608.0);
        svg.text("middle", at, &second.to_string());
    }
    let middle = f64::midpoint(LEFT, RIGHT);
    svg.text(
        "middle",
        (middle, 628.0),
        "seconds since the start of the outage",
    );
    for (at, curve) in scene.curves.iter().enumerate() {
        let level = |(bucket, count): (usize, &u32)| {
            let second = (bucket as f64 + 1.0) * BUCKET as f64 / 1_000.0;
            let percent = 100.0 * f64::from(*count) / f64::from(curve.clients);
            (panel.x(second), panel.y(percent))
        };
        let shown = (scene.shown * 1_000 / BUCKET) as usize;
        let buckets = curve.connected.iter().take(shown).enumerate();
        // Every fifth point and the last are enough for the eye.
        let points = buckets
            .clone()
            .step_by(5)
            .chain(buckets.clone().next_back());
        let mut points: Vec<_> = points.map(level).collect();
        points.extend(points.last().map(|last| (RIGHT, last.1)));
        svg.connection(&curve_class(at), &points);
    }
}

fn draw_frame(svg: &mut Svg, scene: &Scene, panel: &Panel) {
    let spans = match &scene.plan.outage {
        Outage::Restarts(spans) => spans.clone(),
        Outage::Partition { heals, .. } => vec![(0, *heals)],
    };
    for (from, to) in spans {
        let x = |millis: u64| panel.x(millis as f64 / 1_000.0);
        svg.rect("outage", (x(from), panel.top), (x(to), panel.bottom));
    }
    for second in (0..=scene.shown).step_by(10) {
        let x = panel.x(second as f64);
        svg.connection("grid", &[(x, panel.top), (x, panel.bottom)]);
    }
    svg.rect("frame", (LEFT, panel.top), (RIGHT, panel.bottom));
}

fn draw_level(svg: &mut Svg, panel: &Panel, value: f64, words: &str) {
    let y = panel.y(value);
    svg.connection("grid", &[(LEFT, y), (RIGHT, y)]);
    svg.text("end", (LEFT - 6.0, y + 4.0), words);
}

/// Returns the attempts of every shown second, at its middle.
fn each_second(curve: &Curve, shown: u64) -> impl Iterator<Item = (f64, f64)> {
    let width = (1_000 / BUCKET) as usize;
    (0..shown as usize).map(move |second| {
        let buckets = curve.attempts.iter().skip(second * width).take(width);
        let attempts: u64 = buckets.copied().map(u64::from).sum();
        (second as f64 + 0.5, attempts as f64)
    })
}

fn curve_class(at: usize) -> String {
    format!("curve c{at}")
}

/// 1,234,567
pub(crate) fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut written = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            written.push(',');
        }
        written.push(digit);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated_by_commas() {
        let written = [7, 999, 1_000, 20_202_020].map(thousands);
        assert_eq!(written, ["7", "999", "1,000", "20,202,020"]);
    }

    #[test]
    fn a_panel_draws_within_its_frame() {
        let panel = Panel {
            top: 10.0,
            bottom: 110.0,
            seconds: 100.0,
            span: (2.0, 6.0),
        };
        let drawn = [0.0, 2.0, 4.0, 7.0].map(|value| panel.y(value));
        assert_eq!(drawn, [110.0, 110.0, 60.0, 10.0]);
        assert_eq!((panel.x(0.0), panel.x(100.0)), (LEFT, RIGHT));
    }
}
