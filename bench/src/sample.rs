//! Repeated measurements of one figure.

use std::time::Duration;

/// A figure that was measured several times: its median and quartiles.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    pub(crate) low: f64,
    pub(crate) median: f64,
    pub(crate) high: f64,
}

impl Sample {
    /// Of all that was measured, in any order; zero if nothing was.
    pub(crate) fn of(mut figures: Vec<f64>) -> Self {
        figures.sort_by(f64::total_cmp);
        let at = |part| quantile(&figures, part);
        Self { low: at(0.25), median: at(0.5), high: at(0.75) }
    }
}

/// The value below which `part` of the sorted figures lie, interpolated between neighbours.
pub(crate) fn quantile(sorted: &[f64], part: f64) -> f64 {
    let place = part * sorted.len().saturating_sub(1) as f64;
    let at = |place: f64| sorted.get(place as usize).copied().unwrap_or_default();
    let (below, above) = (at(place.floor()), at(place.ceil()));
    below + (above - below) * place.fract()
}

/// A duration in milliseconds.
pub(crate) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let sample = Sample::of(vec![4.0, 1.0, 2.0, 3.0]);
        assert_eq!(sample, Sample { low: 1.75, median: 2.5, high: 3.25 });
    }

    #[test]
    fn one_measurement_has_no_spread() {
        assert_eq!(Sample::of(vec![7.0]), Sample { low: 7.0, median: 7.0, high: 7.0 });
    }

    proptest! {
        #[test]
        fn quartiles_are_in_order_and_within_what_was_measured(figures in prop::collection::vec(0.0..1e9, 1..50)) {
            let (least, most) = figures.iter().fold((f64::MAX, 0.0_f64), |(l, m), f| (l.min(*f), m.max(*f)));
            let Sample { low, median, high } = Sample::of(figures);
            prop_assert!(least <= low && low <= median && median <= high && high <= most);
        }
    }
}
