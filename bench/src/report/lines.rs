//! A plot of lines with logarithmic axes, so that equal slopes are equal growth.

use super::svg::{LINE, WIDTH, colour, frame, rule, text};
use super::table::number;

const LEFT: f64 = 70.0;
const RIGHT: f64 = 50.0;
const TOP: f64 = 60.0;
const HEIGHT: f64 = 300.0;

/// Draws one line for each series over the common `xs`; all figures must be above zero.
pub(crate) fn lines(title: &str, x_name: &str, xs: &[f64], series: &[(String, Vec<f64>)]) -> String {
    let horizontal = Axis::of(xs.iter().copied(), LEFT, WIDTH - RIGHT);
    let figures = series.iter().flat_map(|(_, figures)| figures.iter().copied());
    let vertical = Axis::of(figures, TOP + HEIGHT, TOP).over_whole_decades();
    let mut drawn = String::new();
    for power in vertical.low as i32..=vertical.high as i32 {
        let (value, y) = (10f64.powi(power), vertical.at(10f64.powi(power)));
        drawn += &rule(LEFT, y, WIDTH - RIGHT, y);
        drawn += &text(LEFT - 8.0, y + 4.0, "end", &short(value));
    }
    for x in xs {
        drawn += &rule(horizontal.at(*x), TOP, horizontal.at(*x), TOP + HEIGHT);
        drawn += &text(horizontal.at(*x), TOP + HEIGHT + LINE, "middle", &format!("{} {x_name}", short(*x)));
    }
    for (at, (_, figures)) in series.iter().enumerate() {
        let points: Vec<(f64, f64)> =
            xs.iter().zip(figures).map(|(x, y)| (horizontal.at(*x), vertical.at(*y))).collect();
        drawn += &line(&points, colour(at));
    }
    let names: Vec<String> = series.iter().map(|(name, _)| name.clone()).collect();
    frame(title, &names, TOP + HEIGHT + 2.0 * LINE, &drawn)
}

fn line(points: &[(f64, f64)], colour: &str) -> String {
    let path: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    let mut drawn = format!("<polyline points='{}' fill='none' stroke='{colour}' stroke-width='2'/>\n", path.join(" "));
    for (x, y) in points {
        drawn += &format!("<circle cx='{x:.1}' cy='{y:.1}' r='3.5' fill='{colour}'/>\n");
    }
    drawn
}

/// A figure on an axis, without needless zeros.
fn short(figure: f64) -> String {
    if figure < 1000.0 { figure.to_string() } else { number(figure) }
}

/// A logarithmic axis: powers of ten from `low` to `high`, drawn from one end to the other.
struct Axis {
    low: f64,
    high: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn of(figures: impl Iterator<Item = f64>, from: f64, to: f64) -> Self {
        let (low, high) = figures.map(f64::log10).fold((f64::MAX, f64::MIN), |(l, h), f| (l.min(f), h.max(f)));
        Self { low, high, from, to }
    }

    fn over_whole_decades(self) -> Self {
        Self { low: self.low.floor(), high: self.high.ceil(), ..self }
    }

    fn at(&self, figure: f64) -> f64 {
        let span = (self.high - self.low).max(f64::MIN_POSITIVE);
        self.from + (self.to - self.from) * (figure.log10() - self.low) / span
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_ten_times_as_large_is_as_far_up_everywhere() {
        let axis = Axis::of([1.0, 1000.0].into_iter(), 0.0, 300.0);
        assert_eq!([1.0, 10.0, 100.0, 1000.0].map(|figure| axis.at(figure).round()), [0.0, 100.0, 200.0, 300.0]);
    }

    #[test]
    fn every_point_of_every_series_is_drawn() {
        let series = [("get".to_owned(), vec![0.2, 0.3]), ("usage".to_owned(), vec![100.0, 5000.0])];
        let plot = lines("growth", "keys", &[1000.0, 100_000.0], &series);
        assert_eq!((plot.matches("<circle").count(), plot.matches("<polyline").count()), (4, 2));
        assert!(plot.contains("100,000 keys") && !plot.contains("NaN") && !plot.contains("inf"));
    }
}
