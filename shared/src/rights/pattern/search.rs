//! The search: follows all ways through a program at once, character by character, within a number
//! of steps.

use super::parse::Assertion;
use super::program::{Instruction, Program};

/// The steps that all searches of one decision may take together: a few milliseconds. Ordinary
/// rules take some ten thousands.
const MAX_STEPS: usize = 1_000_000;

/// The cost of moving on to another place in the text, in steps.
const OVERHEAD: usize = 4;

/// The steps are used up before the answer is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the search takes too many steps")]
pub(in super::super) struct Exhausted;

/// What the searches of one decision share: buffers, and the steps that are left.
#[derive(Debug)]
pub(in super::super) struct Searcher {
    steps_left: usize,
    /// Where the ways are, and where they are after the next character.
    ways: Vec<u16>,
    next_ways: Vec<u16>,
    /// Steps that are still to be followed.
    open: Vec<u16>,
    /// For each step, the round in which a way last reached it.
    reached: Vec<u32>,
    round: u32,
}

impl Searcher {
    /// For programs of up to `longest` steps.
    pub(in super::super) fn new(longest: usize) -> Self {
        let [ways, next_ways, open] = [const { Vec::new() }; 3];
        Self { steps_left: MAX_STEPS, ways, next_ways, open, reached: vec![0; longest], round: 0 }
    }

    /// Whether `program` finds anything in `text`.
    pub(super) fn search(&mut self, program: &Program, text: &str) -> Result<bool, Exhausted> {
        self.ways.clear();
        let mut start = self.first_start(program, text)?;
        let mut at = 0;
        self.round += 1;
        loop {
            if self.ways.is_empty() {
                let Some(start) = start else { return Ok(false) };
                // Earlier ways were at another place in the text.
                self.round += u32::from(at != start);
                at = start;
            }
            if start == Some(at) {
                if self.follow(program, 0, text, at)? {
                    return Ok(true);
                }
                start = self.next_start(program, text, at)?;
            }
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { return Ok(false) };
            at += c.len_utf8();
            if self.go_past(c, program, text, at)? {
                return Ok(true);
            }
        }
    }

    /// Where the program first begins: after its prefix.
    fn first_start(&mut self, program: &Program, text: &str) -> Result<Option<usize>, Exhausted> {
        if program.anchored {
            return Ok(text.starts_with(&*program.prefix).then_some(program.prefix.len()));
        }
        self.find_prefix(program, text, 0)
    }

    /// Where the program begins again after it began at `start`.
    fn next_start(&mut self, program: &Program, text: &str, start: usize) -> Result<Option<usize>, Exhausted> {
        let begun = start - program.prefix.len();
        let first = text.get(begun..).and_then(|rest| rest.chars().next());
        match first {
            Some(first) if !program.anchored => self.find_prefix(program, text, begun + first.len_utf8()),
            _ => Ok(None),
        }
    }

    fn find_prefix(&mut self, program: &Program, text: &str, from: usize) -> Result<Option<usize>, Exhausted> {
        let Some(first) = program.prefix.chars().next() else { return Ok(Some(from)) };
        let mut rest = text.get(from..).unwrap_or_default();
        while let Some((_, behind)) = rest.split_once(first) {
            let skipped = rest.len() - behind.len();
            self.spend(OVERHEAD + (skipped + program.prefix.len()) / 16)?;
            let found = text.len() - behind.len() - first.len_utf8();
            if text.get(found..).is_some_and(|text| text.starts_with(&*program.prefix)) {
                return Ok(Some(found + program.prefix.len()));
            }
            rest = behind;
        }
        self.spend(OVERHEAD + rest.len() / 16)?;
        Ok(None)
    }

    /// Moves every way past `c`, to `at`; whether one has found the pattern.
    fn go_past(&mut self, c: char, program: &Program, text: &str, at: usize) -> Result<bool, Exhausted> {
        let mut ways = std::mem::take(&mut self.ways);
        self.ways = std::mem::take(&mut self.next_ways);
        self.round += 1;
        self.spend(OVERHEAD + ways.len())?;
        let mut found = false;
        for &way in &ways {
            let passes = match program.steps.get(usize::from(way)) {
                Some(Instruction::Char(code)) => u32::from(c) == *code,
                Some(Instruction::Class(set)) => {
                    program.sets.get(usize::from(*set)).is_some_and(|set| set.contains(c.into()))
                }
                _ => false,
            };
            found = passes && self.follow(program, way + 1, text, at)?;
            if found {
                break;
            }
        }
        ways.clear();
        self.next_ways = ways;
        Ok(found)
    }

    /// Follows the program from `step` on to where it needs a character; whether it has found the
    /// pattern.
    fn follow(&mut self, program: &Program, step: u16, text: &str, at: usize) -> Result<bool, Exhausted> {
        self.open.push(step);
        while let Some(step) = self.open.pop() {
            self.spend(1)?;
            let index = usize::from(step);
            match self.reached.get_mut(index) {
                Some(round) if *round != self.round => *round = self.round,
                _ => continue,
            }
            match program.steps.get(index) {
                Some(Instruction::Char(_) | Instruction::Class(_)) => self.ways.push(step),
                Some(Instruction::Assert(assertion)) if holds(*assertion, text, at) => self.open.push(step + 1),
                Some(Instruction::Fork(other)) => self.open.extend([*other, step + 1]),
                Some(Instruction::Jump(other)) => self.open.push(*other),
                Some(Instruction::Found) => {
                    self.open.clear();
                    return Ok(true);
                }
                Some(Instruction::Assert(_)) | None => {}
            }
        }
        Ok(false)
    }

    fn spend(&mut self, steps: usize) -> Result<(), Exhausted> {
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(Exhausted)?;
        Ok(())
    }
}

/// Whether `assertion` is met between the characters before and after `at`.
fn holds(assertion: Assertion, text: &str, at: usize) -> bool {
    let bytes = text.as_bytes();
    let before = at.checked_sub(1).and_then(|at| bytes.get(at));
    let behind = bytes.get(at);
    let is_word = |byte: Option<&u8>| byte.is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphanumeric());
    match assertion {
        Assertion::TextStart => before.is_none(),
        Assertion::TextEnd => behind.is_none(),
        Assertion::LineStart => before.is_none_or(|byte| *byte == b'\n'),
        Assertion::LineEnd => behind.is_none_or(|byte| *byte == b'\n'),
        Assertion::WordBoundary => is_word(before) != is_word(behind),
        Assertion::NoWordBoundary => is_word(before) == is_word(behind),
    }
}
