//! A setting as it is shown, and why one is refused.

use std::borrow::Cow;

use thiserror::Error;

/// A setting as `--help`, the docs and the template show it.
#[derive(Clone, Copy, Debug)]
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// The value when it is not set, or what then applies.
    pub default: &'static str,
    /// Whether the default is a value that could be set, not words about what applies.
    pub default_is_value: bool,
    /// What it does.
    pub meaning: &'static str,
}

/// What is wrong with a value, such as `must be true or false`. It never repeats the value, which may be a secret.
pub type Problem = Cow<'static, str>;

/// A setting is missing or wrong.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    name: String,
    problem: Problem,
}

impl InvalidSetting {
    /// The setting `name` has this problem.
    pub fn new(name: &str, problem: impl Into<Problem>) -> Self {
        Self { name: name.to_owned(), problem: problem.into() }
    }
}
