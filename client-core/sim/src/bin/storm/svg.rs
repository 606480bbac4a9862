//! A minimal SVG writer: shapes with classes, whose colours follow the light or dark scheme of the reader.

use std::fmt::Write as _;

/// Colours that are legible on white and on black; the curves have the same colours in both schemes.
const STYLE: &str = "\
text{font:12px system-ui,sans-serif;fill:#333}\
.title{font-size:15px;font-weight:600}\
.halo{paint-order:stroke;stroke:#fff;stroke-width:4px;stroke-linejoin:round}\
.end{text-anchor:end}.middle{text-anchor:middle}\
.grid{stroke:#8884;stroke-width:1}\
.frame{stroke:#888;stroke-width:1;fill:none}\
.outage{fill:#8882}\
.limit{stroke:#888;stroke-width:1.5;stroke-dasharray:6 4;fill:none}\
.curve{fill:none;stroke-width:2;stroke-linejoin:round}\
.c0{stroke:#d1495b}.c1{stroke:#c98a00}.c2{stroke:#0a84c6}.c3{stroke:#3a9d5d}\
@media(prefers-color-scheme:dark){text{fill:#ccc}.halo{stroke:#111}}";

pub(crate) struct Svg {
    text: String,
}

impl Svg {
    pub(crate) fn new(width: u32, height: u32, title: &str) -> Svg {
        let text = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" \
             role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n",
            escaped(title)
        );
        Svg { text }
    }

    pub(crate) fn text(&mut self, class: &str, (x, y): (f64, f64), words: &str) {
        let words = escaped(words);
        self.add(&format!(
            "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\">{words}</text>"
        ));
    }

    /// Adds text that runs upwards.
    pub(crate) fn upright(&mut self, class: &str, (x, y): (f64, f64), words: &str) {
        let words = escaped(words);
        self.add(&format!(
            "<text class=\"{class}\" transform=\"translate({x:.1} {y:.1}) rotate(-90)\">{words}</text>"
        ));
    }

    pub(crate) fn connection(&mut self, class: &str, points: &[(f64, f64)]) {
        let mut path = String::new();
        for (x, y) in points {
            let _ = write!(path, "{x:.1},{y:.1} ");
        }
        let path = path.trim_end();
        self.add(&format!("<polyline class=\"{class}\" points=\"{path}\"/>"));
    }

    pub(crate) fn rect(
        &mut self,
        class: &str,
        (left, top): (f64, f64),
        (right, bottom): (f64, f64),
    ) {
        let (width, height) = (right - left, bottom - top);
        self.add(&format!(
            "<rect class=\"{class}\" x=\"{left:.1}\" y=\"{top:.1}\" width=\"{width:.1}\" height=\"{height:.1}\"/>"
        ));
    }

    pub(crate) fn finish(mut self) -> String {
        self.add("</svg>");
        self.text
    }

    fn add(&mut self, connection: &str) {
        self.text.push_str(connection);
        self.text.push('\n');
    }
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes_keep_their_order_and_text_is_escaped() {
        let mut svg = Svg::new(10, 20, "a & b");
        svg.connection("curve c0", &[(1.0, 2.0), (3.25, 4.0)]);
        svg.text("end", (5.0, 6.0), "< 1 s");
        svg.rect("frame", (1.0, 2.0), (4.0, 8.0));
        let svg = svg.finish();
        let shapes: Vec<&str> = svg.lines().skip(3).collect();
        assert!(svg.contains("<title>a &amp; b</title>"));
        assert_eq!(
            shapes,
            [
                r#"<polyline class="curve c0" points="1.0,2.0 3.2,4.0"/>"#,
                r#"<text class="end" x="5.0" y="6.0">&lt; 1 s</text>"#,
                r#"<rect class="frame" x="1.0" y="2.0" width="3.0" height="6.0"/>"#,
                "</svg>",
            ]
        );
    }
}
