//! URL patterns as the gateway judges them: its rewriting, then Go's regular expressions, searched
//! in linear time.

mod class;
mod escape;
mod parse;
mod program;
mod rewrite;
mod search;
mod set;
mod unicode;

use program::Program;
pub(super) use search::{Exhausted, Searcher};

/// Why a pattern is never searched for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Unusable {
    /// Go refuses it, so it matches nothing.
    #[error("Go refuses the pattern")]
    Invalid,
    /// It is too long, too deep, or repeats too much.
    #[error("the pattern is too large")]
    TooLarge,
}

/// A pattern that is ready to be searched for. One that Go refuses matches nothing.
#[derive(Debug)]
pub(super) struct Pattern(Option<Program>);

impl Pattern {
    /// A pattern that matches nothing.
    pub(super) const NEVER: Self = Self(None);

    /// Compiles a pattern of access rights.
    ///
    /// # Errors
    /// [`Unusable::TooLarge`]; a pattern that Go refuses is not an error.
    pub(super) fn new(pattern: &str) -> Result<Self, Unusable> {
        match Program::new(&rewrite::rewritten(pattern)) {
            Ok(program) => Ok(Self(Some(program))),
            Err(Unusable::Invalid) => Ok(Self::NEVER),
            Err(Unusable::TooLarge) => Err(Unusable::TooLarge),
        }
    }

    /// Whether it is found anywhere in `text`.
    ///
    /// # Errors
    /// When `searcher` has used up its steps.
    pub(super) fn is_in(&self, text: &str, searcher: &mut Searcher) -> Result<bool, Exhausted> {
        self.0.as_ref().map_or(Ok(false), |program| searcher.search(program, text))
    }

    /// The cost of compiling, storing and searching it, in steps of a program.
    pub(super) fn cost(&self) -> usize {
        /// The cost of the smallest pattern.
        const LEAST: usize = 4;
        LEAST + self.0.as_ref().map_or(0, Program::cost)
    }

    /// Bytes that it takes up on the heap.
    pub(super) fn size(&self) -> usize {
        self.0.as_ref().map_or(0, Program::size)
    }

    /// The number of steps of its program.
    pub(super) fn steps(&self) -> usize {
        self.0.as_ref().map_or(0, Program::len)
    }
}

#[cfg(test)]
mod tests;
