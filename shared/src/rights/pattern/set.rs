//! Sets of code points.

use std::sync::Arc;

/// The largest code point.
pub(super) const LAST: u32 = 0x0010_ffff;

/// The code points from the first to the second, both included.
pub(super) type Range = (u32, u32);

/// Ranges as a class collects them, in any order.
#[derive(Clone, Debug, Default)]
pub(super) struct Ranges(Vec<Range>);

/// A set prepared for look-ups.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Set {
    /// A bit for each ASCII character.
    ascii: u128,
    /// The ranges above ASCII, sorted and disjoint.
    above: Arc<[Range]>,
}

impl Ranges {
    /// A set of these ranges.
    pub(super) fn of(ranges: &[Range]) -> Self {
        Self(ranges.to_vec())
    }

    pub(super) fn push(&mut self, range: Range) {
        self.0.push(range);
    }

    pub(super) fn extend(&mut self, others: &Self) {
        self.0.extend_from_slice(&others.0);
    }

    /// How many ranges were collected.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = Range> {
        self.0.iter().copied()
    }

    /// All other code points.
    pub(super) fn negated(self) -> Self {
        let mut gaps = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for (first, last) in self.sorted() {
            if next < first {
                gaps.push((next, first - 1));
            }
            next = last + 1;
        }
        if next <= LAST {
            gaps.push((next, LAST));
        }
        Self(gaps)
    }

    /// Sorts the ranges and joins adjacent ones.
    fn sorted(self) -> Vec<Range> {
        let mut ranges = self.0;
        ranges.sort_unstable();
        let mut sorted: Vec<Range> = Vec::with_capacity(ranges.len());
        for (first, last) in ranges {
            match sorted.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => sorted.push((first, last)),
            }
        }
        sorted
    }

    pub(super) fn into_set(self) -> Set {
        let sorted = self.sorted();
        let ascii = |&(first, last): &Range| {
            let upto = |end: u32| if end >= 128 { u128::MAX } else { (1 << end) - 1 };
            upto(last + 1) & !upto(first)
        };
        let above = sorted.iter().filter(|(_, last)| *last >= 128).map(|&(first, last)| (first.max(128), last));
        Set { ascii: sorted.iter().map(ascii).fold(0, |all, bits| all | bits), above: above.collect() }
    }
}

impl Set {
    pub(super) fn contains(&self, code: u32) -> bool {
        if code < 128 {
            return self.ascii & (1 << code) != 0;
        }
        let after = self.above.partition_point(|(first, _)| *first <= code);
        after.checked_sub(1).and_then(|index| self.above.get(index)).is_some_and(|(_, last)| code <= *last)
    }

    /// Whether it has exactly one code point.
    pub(super) fn is_single(&self) -> bool {
        match &*self.above {
            [] => self.ascii.count_ones() == 1,
            [(first, last)] => self.ascii == 0 && first == last,
            _ => false,
        }
    }

    /// Bytes that it takes up on the heap.
    pub(super) fn size(&self) -> usize {
        self.above.len() * size_of::<Range>()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_set_holds_what_its_ranges_hold_and_its_opposite_all_else(
            ranges in prop::collection::vec((0_u32..300, 0_u32..40), 0..6), code in 0_u32..400,
        ) {
            let ranges: Vec<Range> = ranges.into_iter().map(|(first, more)| (first, first + more)).collect();
            let expected = ranges.iter().any(|(first, last)| (first..=last).contains(&&code));
            prop_assert_eq!(Ranges::of(&ranges).into_set().contains(code), expected);
            prop_assert_eq!(Ranges::of(&ranges).negated().into_set().contains(code), !expected);
        }
    }
}
