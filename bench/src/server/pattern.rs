//! A request that is sent many times, each time about another key.

/// What stands for the number of a request in a path, header or body.
const PLACE: &str = "{n}";
/// Steps through all numbers below any count that is no multiple of it, so that neighbours are never asked in turn.
pub(crate) const STRIDE: usize = 7919;

/// The numbers that stand for `{n}`.
#[derive(Clone, Copy)]
pub(crate) struct Numbers {
    pub(crate) first: usize,
    /// Within so many, from the first one on, in scattered order, again and again; 0: each once, rising.
    pub(crate) within: usize,
}

impl Numbers {
    /// `first`, the next one, and so on.
    pub(crate) fn rising_from(first: usize) -> Self {
        Self { first, within: 0 }
    }

    /// The numbers below `count`, scattered, again and again.
    pub(crate) fn scattered_below(count: usize) -> Self {
        Self { first: 0, within: count.max(1) }
    }

    /// The number of the request at this place in the sequence.
    fn at(self, place: usize) -> usize {
        self.first + if self.within == 0 { place } else { place * STRIDE % self.within }
    }
}

/// A request with `{n}` in place of its number.
#[derive(Clone)]
pub(crate) struct Pattern {
    pub(crate) method: &'static str,
    pub(crate) path: String,
    /// Name and value of the header that has the credential.
    pub(crate) header: (&'static str, String),
    pub(crate) body: String,
    /// What an answer must contain; its status must be 200.
    pub(crate) expected: &'static str,
    pub(crate) numbers: Numbers,
}

impl Pattern {
    /// The bytes of the request at this place in the sequence.
    pub(crate) fn request(&self, place: usize) -> Vec<u8> {
        let number = self.numbers.at(place).to_string();
        let Self { method, path, header: (name, value), body, .. } = self;
        let body = body.replace(PLACE, &number);
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nhost: bench\r\n{name}: {value}\r\ncontent-length: {length}");
        format!("{}\r\n\r\n{body}", head.replace(PLACE, &number)).into_bytes()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn scattered_numbers_reach_every_key_before_any_comes_again() {
        let numbers = Numbers::scattered_below(1000);
        let reached: HashSet<usize> = (0..1000).map(|place| numbers.at(place)).collect();
        assert_eq!(reached.len(), 1000);
        assert!(reached.iter().all(|number| *number < 1000));
    }

    #[test]
    fn the_number_stands_wherever_its_place_is() {
        let pattern = Pattern {
            method: "PUT",
            path: "/keys/k{n}".to_owned(),
            header: ("authorization", "k{n}".to_owned()),
            body: "[{n}]".to_owned(),
            expected: "",
            numbers: Numbers::rising_from(40),
        };
        let request = "PUT /keys/k42 HTTP/1.1\r\nhost: bench\r\nauthorization: k42\r\ncontent-length: 4\r\n\r\n[42]";
        assert_eq!(String::from_utf8(pattern.request(2)).unwrap(), request);
    }
}
