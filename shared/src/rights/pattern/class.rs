//! Character classes: in brackets, by name, and Perl's.

use super::Unusable;
use super::escape::{escaped, next};
use super::set::{Range, Ranges};
use super::unicode::{folded, named};

/// The cost limit that is left for classes, in collected ranges.
#[derive(Debug)]
pub(super) struct Allowance(usize);

impl Allowance {
    /// The cost limit of the classes of one pattern.
    pub(super) const WHOLE: usize = 20_000;
    /// The cost of reading one of Unicode's tables.
    const TABLE: usize = 1000;
    /// The cost of finding the other cases of a few non-ASCII letters.
    const LETTERS: usize = 100;

    /// The budget of a pattern without a class.
    pub(super) fn new() -> Self {
        Self(Self::WHOLE)
    }

    /// The cost so far.
    pub(super) fn spent(&self) -> usize {
        Self::WHOLE - self.0
    }

    fn spend(&mut self, ranges: usize) -> Result<(), Unusable> {
        self.0 = self.0.checked_sub(ranges).ok_or(Unusable::TooLarge)?;
        Ok(())
    }
}

/// How a class is read: whether letters match in any case, and the cost limit.
#[derive(Debug)]
pub(super) struct ClassReader<'a> {
    pub(super) fold: bool,
    pub(super) allowance: &'a mut Allowance,
}

const DIGIT: &[Range] = &[(0x30, 0x39)];
const SPACE: &[Range] = &[(0x09, 0x0a), (0x0c, 0x0d), (0x20, 0x20)];
const WORD: &[Range] = &[(0x30, 0x39), (0x41, 0x5a), (0x5f, 0x5f), (0x61, 0x7a)];

const POSIX: &[(&str, &[Range])] = &[
    ("alnum", &[(0x30, 0x39), (0x41, 0x5a), (0x61, 0x7a)]),
    ("alpha", &[(0x41, 0x5a), (0x61, 0x7a)]),
    ("ascii", &[(0x00, 0x7f)]),
    ("blank", &[(0x09, 0x09), (0x20, 0x20)]),
    ("cntrl", &[(0x00, 0x1f), (0x7f, 0x7f)]),
    ("digit", DIGIT),
    ("graph", &[(0x21, 0x7e)]),
    ("lower", &[(0x61, 0x7a)]),
    ("print", &[(0x20, 0x7e)]),
    ("punct", &[(0x21, 0x2f), (0x3a, 0x40), (0x5b, 0x60), (0x7b, 0x7e)]),
    ("space", &[(0x09, 0x0d), (0x20, 0x20)]),
    ("upper", &[(0x41, 0x5a)]),
    ("word", WORD),
    ("xdigit", &[(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)]),
];

/// The class of an escape such as `\d` and `\pL`, if it is one; `rest` begins after the backslash.
pub(super) fn by_escape(rest: &mut &str, reading: &mut ClassReader<'_>) -> Result<Option<Ranges>, Unusable> {
    let Some(kind) = rest.chars().next() else { return Ok(None) };
    let ranges = match kind.to_ascii_lowercase() {
        'p' => return by_property(rest, reading).map(Some),
        'd' => DIGIT,
        's' => SPACE,
        'w' => WORD,
        _ => return Ok(None),
    };
    next(rest)?;
    member(Ranges::of(ranges), kind.is_ascii_uppercase(), reading).map(Some)
}

/// A class in brackets; `rest` begins after the opening one.
pub(super) fn in_brackets(rest: &mut &str, reading: &mut ClassReader<'_>) -> Result<Ranges, Unusable> {
    let negated = take(rest, "^");
    let (mut class, mut plain) = (Ranges::default(), Ranges::default());
    let mut first = true;
    while first || !rest.starts_with(']') {
        first = false;
        if let Some(member) = by_posix_name(rest, reading)? {
            class.extend(&member);
        } else if let Some(member) = by_escape_in_brackets(rest, reading)? {
            class.extend(&member);
        } else {
            plain.push(range(rest)?);
        }
    }
    take(rest, "]");
    class.extend(&in_case(plain, reading)?);
    Ok(if negated { class.negated() } else { class })
}

fn by_escape_in_brackets(rest: &mut &str, reading: &mut ClassReader<'_>) -> Result<Option<Ranges>, Unusable> {
    let Some(mut behind) = rest.strip_prefix('\\') else { return Ok(None) };
    let class = by_escape(&mut behind, reading)?;
    if class.is_some() {
        *rest = behind;
    }
    Ok(class)
}

/// One character, or a range of them.
fn range(rest: &mut &str) -> Result<Range, Unusable> {
    let first = character(rest)?;
    let is_range = rest.strip_prefix('-').is_some_and(|behind| !behind.is_empty() && !behind.starts_with(']'));
    if !is_range {
        return Ok((first, first));
    }
    take(rest, "-");
    let last = character(rest)?;
    if first <= last { Ok((first, last)) } else { Err(Unusable::Invalid) }
}

fn character(rest: &mut &str) -> Result<u32, Unusable> {
    match next(rest)? {
        '\\' => escaped(rest),
        c => Ok(c.into()),
    }
}

/// `[:alpha:]` or `[:^alpha:]`, if `rest` begins with something of that form.
fn by_posix_name(rest: &mut &str, reading: &mut ClassReader<'_>) -> Result<Option<Ranges>, Unusable> {
    let Some((name, behind)) = rest.strip_prefix("[:").and_then(|inside| inside.split_once(":]")) else {
        return Ok(None);
    };
    let (name, negated) = name.strip_prefix('^').map_or((name, false), |name| (name, true));
    let (_, ranges) = POSIX.iter().find(|(known, _)| *known == name).ok_or(Unusable::Invalid)?;
    *rest = behind;
    member(Ranges::of(ranges), negated, reading).map(Some)
}

/// `\pL`, `\p{Greek}`, `\P{^Lu}`.
fn by_property(rest: &mut &str, reading: &mut ClassReader<'_>) -> Result<Ranges, Unusable> {
    let mut behind = *rest;
    let mut negated = next(&mut behind)? == 'P';
    let name = match behind.strip_prefix('{') {
        Some(inside) => {
            let (name, after) = inside.split_once('}').ok_or(Unusable::Invalid)?;
            behind = after;
            name
        }
        None => {
            let whole = behind;
            let letter = next(&mut behind)?;
            whole.get(..letter.len_utf8()).unwrap_or_default()
        }
    };
    let name = name.strip_prefix('^').map_or(name, |name| {
        negated = !negated;
        name
    });
    reading.allowance.spend(Allowance::TABLE)?;
    let ranges = named(name).ok_or(Unusable::Invalid)?;
    *rest = behind;
    member(ranges, negated, reading)
}

/// Folds the case first, then negates: a negated class excludes letters in any case.
fn member(ranges: Ranges, negated: bool, reading: &mut ClassReader<'_>) -> Result<Ranges, Unusable> {
    let ranges = in_case(ranges, reading)?;
    Ok(if negated { ranges.negated() } else { ranges })
}

/// `ranges` in every case, where letters match in any.
pub(super) fn in_case(ranges: Ranges, reading: &mut ClassReader<'_>) -> Result<Ranges, Unusable> {
    if reading.fold {
        let beyond_ascii: u32 =
            ranges.iter().filter(|(_, last)| *last >= 128).map(|(first, last)| last - first + 1).sum();
        reading.allowance.spend(match beyond_ascii {
            0 => 0,
            1..100 => Allowance::LETTERS,
            _ => Allowance::TABLE,
        })?;
    }
    let ranges = if reading.fold { folded(&ranges) } else { ranges };
    reading.allowance.spend(ranges.len())?;
    Ok(ranges)
}

fn take(rest: &mut &str, wanted: &str) -> bool {
    let behind = rest.strip_prefix(wanted);
    *rest = behind.unwrap_or(rest);
    behind.is_some()
}
