//! The syntax of Go's regular expressions. What it refuses is refused here too.

use super::Unusable;
use super::class::{Allowance, ClassReader, by_escape, in_brackets, in_case};
use super::escape::{escaped, next};
use super::set::{LAST, Ranges, Set};

/// The longest pattern, in bytes.
const MAX_BYTES: usize = 4096;
/// How deep groups may be nested.
const MAX_DEPTH: usize = 100;
/// How often something may be repeated by numbers, those around it included.
const MAX_REPEAT: u32 = 1000;

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    Empty,
    Char(u32),
    Class(Set),
    Assert(Assertion),
    Concat(Vec<Self>),
    Alternate(Vec<Self>),
    Repeat { node: Box<Self>, min: u32, max: Option<u32> },
}

/// A condition on two adjacent characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Assertion {
    TextStart,
    TextEnd,
    LineStart,
    LineEnd,
    WordBoundary,
    NoWordBoundary,
}

/// Reads a pattern; also what its classes cost, in ranges.
pub(super) fn parse(pattern: &str) -> Result<(Node, usize), Unusable> {
    if pattern.len() > MAX_BYTES {
        return Err(Unusable::TooLarge);
    }
    let mut parser = Parser { rest: pattern, flags: Flags::default(), depth: 0, allowance: Allowance::new() };
    let node = parser.alternation()?;
    // What is left begins with a parenthesis that closes nothing.
    if parser.rest.is_empty() { Ok((node, parser.allowance.spent())) } else { Err(Unusable::Invalid) }
}

#[derive(Clone, Copy, Debug, Default)]
struct Flags {
    /// `i`: letters match in any case.
    fold: bool,
    /// `m`: `^` and `$` match at every line.
    lines: bool,
    /// `s`: a dot matches the end of a line, too.
    dot_all: bool,
}

struct Parser<'p> {
    rest: &'p str,
    flags: Flags,
    depth: usize,
    allowance: Allowance,
}

/// How often something stands: at least, and at most.
type Counts = (u32, Option<u32>);

impl<'p> Parser<'p> {
    /// Reads branches up to the end of the group, or of the pattern.
    fn alternation(&mut self) -> Result<Node, Unusable> {
        let mut branches = vec![self.branch()?];
        while self.take("|") {
            branches.push(self.branch()?);
        }
        Ok(match branches.len() {
            1 => branches.swap_remove(0),
            _ => Node::Alternate(branches),
        })
    }

    fn branch(&mut self) -> Result<Node, Unusable> {
        let mut parts = Vec::new();
        // A repetition right after another is refused, as in `a**` and `a++`.
        let mut repeated = false;
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            repeated = match self.operator(c)? {
                Some(_) if repeated => return Err(Unusable::Invalid),
                Some((min, max)) => {
                    let node = Box::new(parts.pop().ok_or(Unusable::Invalid)?);
                    parts.push(Node::Repeat { node, min, max });
                    let counted = c == '{' && (min >= 2 || max.is_some_and(|max| max >= 2));
                    if counted && !parts.last().is_some_and(|node| repeats_within(node, MAX_REPEAT)) {
                        return Err(Unusable::Invalid);
                    }
                    true
                }
                None => {
                    self.part(&mut parts)?;
                    false
                }
            };
        }
        Ok(match parts.len() {
            0 => Node::Empty,
            1 => parts.swap_remove(0),
            _ => Node::Concat(parts),
        })
    }

    /// Takes an operator that repeats what stands before it; lazy ones match the same.
    fn operator(&mut self, c: char) -> Result<Option<Counts>, Unusable> {
        let counts = match c {
            '*' => (0, None),
            '+' => (1, None),
            '?' => (0, Some(1)),
            '{' => {
                let Some((counts, behind)) = counts(self.rest) else { return Ok(None) };
                // The closing brace is taken below, like the other operators.
                self.rest = behind;
                let (min, max) = counts.ok_or(Unusable::Invalid)?;
                (min, max)
            }
            _ => return Ok(None),
        };
        next(&mut self.rest)?;
        self.take("?");
        Ok(Some(counts))
    }

    /// Takes anything but an operator: mostly one part, none for flags, several for quoted text.
    fn part(&mut self, parts: &mut Vec<Node>) -> Result<(), Unusable> {
        let c = next(&mut self.rest)?;
        let part = match c {
            '(' => {
                parts.extend(self.group()?);
                return Ok(());
            }
            '[' => {
                let mut reading = ClassReader { fold: self.flags.fold, allowance: &mut self.allowance };
                Node::Class(in_brackets(&mut self.rest, &mut reading)?.into_set())
            }
            '\\' => return self.backslash(parts),
            '.' if self.flags.dot_all => Node::Class(Ranges::of(&[(0, LAST)]).into_set()),
            '.' => Node::Class(Ranges::of(&[('\n'.into(), '\n'.into())]).negated().into_set()),
            '^' if self.flags.lines => Node::Assert(Assertion::LineStart),
            '^' => Node::Assert(Assertion::TextStart),
            '$' if self.flags.lines => Node::Assert(Assertion::LineEnd),
            '$' => Node::Assert(Assertion::TextEnd),
            c => self.literal(c.into())?,
        };
        parts.push(part);
        Ok(())
    }

    /// A group, whose opening parenthesis is taken; nothing for one that only sets flags.
    fn group(&mut self) -> Result<Option<Node>, Unusable> {
        let outside = self.flags;
        if self.take("?P<") || self.take("?<") {
            let (name, behind) = self.rest.split_once('>').ok_or(Unusable::Invalid)?;
            let valid = !name.is_empty() && name.bytes().all(|byte| byte == b'_' || byte.is_ascii_alphanumeric());
            if !valid {
                return Err(Unusable::Invalid);
            }
            self.rest = behind;
        } else if self.take("?") && !self.flags_of_group()? {
            return Ok(None);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Unusable::TooLarge);
        }
        let inside = self.alternation()?;
        self.depth -= 1;
        self.flags = outside;
        if self.take(")") { Ok(Some(inside)) } else { Err(Unusable::Invalid) }
    }

    /// Sets flags, as in `(?i)` and `(?i:…)`; whether a group follows.
    fn flags_of_group(&mut self) -> Result<bool, Unusable> {
        let (mut on, mut expected) = (true, false);
        loop {
            let flag = match next(&mut self.rest)? {
                'i' => &mut self.flags.fold,
                'm' => &mut self.flags.lines,
                's' => &mut self.flags.dot_all,
                // Prefers short matches, which finds the same.
                'U' => &mut false,
                '-' if on => {
                    (on, expected) = (false, true);
                    continue;
                }
                end @ (':' | ')') if !expected => return Ok(end == ':'),
                _ => return Err(Unusable::Invalid),
            };
            (*flag, expected) = (on, false);
        }
    }

    fn backslash(&mut self, parts: &mut Vec<Node>) -> Result<(), Unusable> {
        let assertion = match self.peek() {
            Some('A') => Assertion::TextStart,
            Some('z') => Assertion::TextEnd,
            Some('b') => Assertion::WordBoundary,
            Some('B') => Assertion::NoWordBoundary,
            Some('Q') => return self.quoted(parts),
            _ => {
                parts.push(self.escape()?);
                return Ok(());
            }
        };
        next(&mut self.rest)?;
        parts.push(Node::Assert(assertion));
        Ok(())
    }

    /// Text between `\Q` and `\E`, or the pattern's end.
    fn quoted(&mut self, parts: &mut Vec<Node>) -> Result<(), Unusable> {
        next(&mut self.rest)?;
        let (text, behind) = self.rest.split_once("\\E").unwrap_or((self.rest, ""));
        self.rest = behind;
        for c in text.chars() {
            parts.push(self.literal(c.into())?);
        }
        Ok(())
    }

    /// A class or a character after a backslash.
    fn escape(&mut self) -> Result<Node, Unusable> {
        let mut reading = ClassReader { fold: self.flags.fold, allowance: &mut self.allowance };
        if let Some(class) = by_escape(&mut self.rest, &mut reading)? {
            return Ok(Node::Class(class.into_set()));
        }
        let code = escaped(&mut self.rest)?;
        self.literal(code)
    }

    fn literal(&mut self, code: u32) -> Result<Node, Unusable> {
        if !self.flags.fold {
            return Ok(Node::Char(code));
        }
        let mut reading = ClassReader { fold: true, allowance: &mut self.allowance };
        let cases = in_case(Ranges::of(&[(code, code)]), &mut reading)?.into_set();
        Ok(if cases.is_single() { Node::Char(code) } else { Node::Class(cases) })
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn take(&mut self, wanted: &str) -> bool {
        let behind = self.rest.strip_prefix(wanted);
        self.rest = behind.unwrap_or(self.rest);
        behind.is_some()
    }
}

/// Reads `{2}`, `{2,}` or `{2,3}`: what it says, which may be more than is allowed, and what
/// follows, from the closing brace on. Anything else in braces is text.
fn counts(rest: &str) -> Option<(Option<Counts>, &str)> {
    let (inside, _) = rest.strip_prefix('{')?.split_once('}')?;
    let behind = rest.get(inside.len() + 1..)?;
    let (min, max) = match inside.split_once(',') {
        None => (number(inside)?, Some(number(inside)?)),
        Some((min, "")) => (number(min)?, None),
        Some((min, max)) => (number(min)?, Some(number(max)?)),
    };
    let allowed = min <= MAX_REPEAT && max.is_none_or(|max| (min..=MAX_REPEAT).contains(&max));
    Some((allowed.then_some((min, max)), behind))
}

/// A number as Go writes it, without leading zeros; one that is too large stays too large.
fn number(digits: &str) -> Option<u32> {
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    (plain && (digits == "0" || !digits.starts_with('0'))).then(|| digits.parse().unwrap_or(u32::MAX))
}

/// Whether repetitions in repetitions come to at most `times`.
fn repeats_within(node: &Node, times: u32) -> bool {
    match node {
        Node::Concat(nodes) | Node::Alternate(nodes) => nodes.iter().all(|node| repeats_within(node, times)),
        Node::Repeat { max: Some(0), .. } => true,
        Node::Repeat { node, min, max } => {
            let own = max.unwrap_or(*min);
            own <= times && repeats_within(node, times.checked_div(own).unwrap_or(times))
        }
        Node::Empty | Node::Char(_) | Node::Class(_) | Node::Assert(_) => true,
    }
}
