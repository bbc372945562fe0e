//! What all plots share: the frame, colours and text.

/// One colour for each series, distinguishable without seeing colours well.
pub(super) const COLOURS: [&str; 8] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9", "#8c7a00", "#555555"];
/// Width of a plot.
pub(super) const WIDTH: f64 = 760.0;
/// Height of a line of text.
pub(super) const LINE: f64 = 18.0;

/// The colour of a series.
pub(super) fn colour(series: usize) -> &'static str {
    COLOURS.get(series % COLOURS.len()).copied().unwrap_or("#000")
}

/// A whole plot: its title and legend above what is drawn.
pub(super) fn frame(title: &str, series: &[String], height: f64, drawn: &str) -> String {
    let mut legend = String::new();
    let mut x = 10.0;
    for (at, name) in series.iter().enumerate() {
        let y = LINE * 1.6;
        legend += &format!("<rect x='{x:.0}' y='{y:.0}' width='11' height='11' fill='{}'/>\n", colour(at));
        legend += &text(x + 16.0, y + 10.0, "start", name);
        x += 34.0 + 7.0 * name.chars().count() as f64;
    }
    format!(
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' font-family='sans-serif' \
         font-size='12'>\n<rect width='{WIDTH}' height='{height}' fill='#fff'/>\n\
         <text x='10' y='{LINE}' font-size='14' font-weight='bold' fill='#222'>{}</text>\n{legend}{drawn}</svg>\n",
        escape(title)
    )
}

/// Text that begins (`start`), ends (`end`) or has its middle (`middle`) at a point.
pub(super) fn text(x: f64, y: f64, anchor: &str, text: &str) -> String {
    format!("<text x='{x:.1}' y='{y:.1}' text-anchor='{anchor}' fill='#222'>{}</text>\n", escape(text))
}

/// A thin grey line.
pub(super) fn rule(x1: f64, y1: f64, x2: f64, y2: f64) -> String {
    format!("<line x1='{x1:.1}' y1='{y1:.1}' x2='{x2:.1}' y2='{y2:.1}' stroke='#ddd'/>\n")
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
