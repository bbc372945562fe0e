//! A pattern as a program: what a text must begin with, then steps through the rest of it.

use std::collections::BTreeMap;

use super::Unusable;
use super::parse::{Assertion, Node, parse};
use super::set::Set;

/// How many steps a program may have. A count repeats what it counts.
const MAX_STEPS: usize = 4096;

/// A step, and what follows it: the next one, or the one that it names.
#[derive(Clone, Copy, Debug)]
pub(super) enum Instruction {
    /// Goes past this character.
    Char(u32),
    /// Goes past a character of this set.
    Class(u16),
    /// Goes on if this condition is met.
    Assert(Assertion),
    /// Goes on at the next step and at this one.
    Fork(u16),
    /// Goes on at this step.
    Jump(u16),
    /// The pattern is found.
    Found,
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    /// Found at the beginning of the text only.
    pub(super) anchored: bool,
    /// What every match begins with.
    pub(super) prefix: Box<str>,
    pub(super) steps: Box<[Instruction]>,
    pub(super) sets: Box<[Set]>,
    ranges: usize,
}

impl Program {
    pub(super) fn new(pattern: &str) -> Result<Self, Unusable> {
        let (node, ranges) = parse(pattern)?;
        let parts = match node {
            Node::Concat(parts) => parts,
            node => vec![node],
        };
        let anchored = matches!(parts.first(), Some(Node::Assert(Assertion::TextStart)));
        let parts = parts.get(usize::from(anchored)..).unwrap_or_default();
        let prefix: String = parts.iter().map_while(plain).collect();
        let rest = parts.get(prefix.chars().count()..).unwrap_or_default();
        let mut writer = Writer::default();
        for node in rest {
            writer.write(node)?;
        }
        writer.push(Instruction::Found)?;
        let mut sets: Vec<_> = writer.sets.into_iter().map(|(set, index)| (index, set)).collect();
        sets.sort_unstable_by_key(|(index, _)| *index);
        let sets = sets.into_iter().map(|(_, set)| set).collect();
        Ok(Self { anchored, prefix: prefix.into(), steps: writer.steps.into(), sets, ranges })
    }

    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    pub(super) fn cost(&self) -> usize {
        self.steps.len() + self.prefix.len() / 8 + self.ranges / 4
    }

    pub(super) fn size(&self) -> usize {
        let sets: usize = self.sets.iter().map(|set| size_of::<Set>() + set.size()).sum();
        self.prefix.len() + size_of_val(&*self.steps) + sets
    }
}

/// The character of a part that is nothing else.
fn plain(node: &Node) -> Option<char> {
    match node {
        Node::Char(code) => char::from_u32(*code),
        _ => None,
    }
}

#[derive(Default)]
struct Writer {
    steps: Vec<Instruction>,
    sets: BTreeMap<Set, u16>,
    /// Nodes that were written, for some of which there is no step.
    written: usize,
}

impl Writer {
    fn write(&mut self, node: &Node) -> Result<(), Unusable> {
        self.written += 1;
        if self.written > 2 * MAX_STEPS {
            return Err(Unusable::TooLarge);
        }
        match node {
            Node::Empty => Ok(()),
            Node::Char(code) => self.push(Instruction::Char(*code)).map(drop),
            Node::Class(set) => self.class(set),
            Node::Assert(assertion) => self.push(Instruction::Assert(*assertion)).map(drop),
            Node::Concat(nodes) => nodes.iter().try_for_each(|node| self.write(node)),
            Node::Alternate(nodes) => self.alternate(nodes),
            Node::Repeat { node, min, max } => self.repeat(node, *min, *max),
        }
    }

    fn class(&mut self, set: &Set) -> Result<(), Unusable> {
        let next = u16::try_from(self.sets.len()).map_err(|_| Unusable::TooLarge)?;
        let index = match self.sets.get(set) {
            Some(index) => *index,
            None => {
                self.sets.insert(set.clone(), next);
                next
            }
        };
        self.push(Instruction::Class(index)).map(drop)
    }

    fn alternate(&mut self, nodes: &[Node]) -> Result<(), Unusable> {
        let mut ends = Vec::new();
        let (last, others) = nodes.split_last().ok_or(Unusable::Invalid)?;
        for node in others {
            let fork = self.push(Instruction::Fork(0))?;
            self.write(node)?;
            ends.push(self.push(Instruction::Jump(0))?);
            self.aim(fork)?;
        }
        self.write(last)?;
        ends.into_iter().try_for_each(|end| self.aim(end))
    }

    fn repeat(&mut self, node: &Node, min: u32, max: Option<u32>) -> Result<(), Unusable> {
        let Some(max) = max else { return self.repeat_for_ever(node, min) };
        for _ in 0..min {
            self.write(node)?;
        }
        let mut forks = Vec::new();
        for _ in min..max {
            forks.push(self.push(Instruction::Fork(0))?);
            self.write(node)?;
        }
        forks.into_iter().try_for_each(|fork| self.aim(fork))
    }

    /// One copy of `node` serves as its last and for all that follow; a second one would double
    /// with each nesting.
    fn repeat_for_ever(&mut self, node: &Node, min: u32) -> Result<(), Unusable> {
        if min == 0 {
            let fork = self.push(Instruction::Fork(0))?;
            self.write(node)?;
            self.push(Instruction::Jump(fork))?;
            return self.aim(fork);
        }
        for _ in 1..min {
            self.write(node)?;
        }
        let start = self.here()?;
        self.write(node)?;
        // On to what follows, or back.
        let fork = self.push(Instruction::Fork(0))?;
        self.push(Instruction::Jump(start))?;
        self.aim(fork)
    }

    /// Makes the step at `index` lead to what is written next.
    fn aim(&mut self, index: u16) -> Result<(), Unusable> {
        let here = self.here()?;
        if let Some(Instruction::Fork(target) | Instruction::Jump(target)) = self.steps.get_mut(usize::from(index)) {
            *target = here;
        }
        Ok(())
    }

    fn here(&self) -> Result<u16, Unusable> {
        u16::try_from(self.steps.len()).map_err(|_| Unusable::TooLarge)
    }

    fn push(&mut self, step: Instruction) -> Result<u16, Unusable> {
        let index = self.here()?;
        if self.steps.len() >= MAX_STEPS {
            return Err(Unusable::TooLarge);
        }
        self.steps.push(step);
        Ok(index)
    }
}
