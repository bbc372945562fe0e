//! A plot of horizontal bars in groups: one group for each thing, one bar for each series.

use super::svg::{LINE, WIDTH, colour, frame, text};
use super::table::number;

const LEFT: f64 = 170.0;
const RIGHT: f64 = 70.0;
const TOP: f64 = 56.0;
const BAR: f64 = 15.0;
const GAP: f64 = 10.0;

/// Draws the bars; a series that a group lacks has `None` there.
pub(crate) fn bars(title: &str, series: &[String], groups: &[(String, Vec<Option<f64>>)]) -> String {
    let most = groups.iter().flat_map(|(_, bars)| bars).flatten().fold(f64::MIN_POSITIVE, |most, bar| most.max(*bar));
    let (mut drawn, mut y) = (String::new(), TOP);
    for (name, bars) in groups {
        let height = BAR * bars.iter().flatten().count().max(1) as f64;
        drawn += &text(LEFT - 8.0, y + height / 2.0 + 4.0, "end", name);
        for (at, bar) in bars.iter().enumerate() {
            let Some(bar) = bar else { continue };
            let length = (WIDTH - LEFT - RIGHT) * bar / most;
            let fill = colour(at);
            drawn +=
                &format!("<rect x='{LEFT}' y='{y:.1}' width='{length:.1}' height='{:.1}' fill='{fill}'/>\n", BAR - 2.0);
            drawn += &text(LEFT + length + 5.0, y + 11.0, "start", &number(*bar));
            y += BAR;
        }
        y += GAP;
    }
    frame(title, series, y + LINE / 2.0, &drawn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_figure_is_drawn_and_the_longest_bar_fills_the_width() {
        let groups = [("get".to_owned(), vec![Some(200.0), Some(50.0)]), ("list".to_owned(), vec![Some(100.0), None])];
        let plot = bars("a < b", &["one".to_owned(), "two".to_owned()], &groups);
        for width in ["width='520.0'", "width='130.0'", "width='260.0'"] {
            assert!(plot.contains(width), "{width} in {plot}");
        }
        assert!(plot.contains(">a &lt; b<") && plot.matches("height='13.0'").count() == 3);
    }
}
