//! A setting as it is documented, and why a value is refused.

use std::borrow::Cow;
use std::fmt::Display;

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

/// What is wrong with a value, such as `must be true or false`. It never repeats the value, which
/// may be a secret.
pub type Problem = Cow<'static, str>;

/// A setting is missing or wrong.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{name} {problem}")]
pub struct InvalidSetting {
    name: String,
    problem: String,
}

impl InvalidSetting {
    /// The setting `name` has this problem, which must not repeat a secret.
    pub fn new(name: &str, problem: impl Display) -> Self {
        Self { name: name.to_owned(), problem: problem.to_string() }
    }
}

/// The value that `get` has for `name`. An empty one counts as not set: `sam local` and many
/// deployments can only pass a variable that has some value.
pub(super) fn given(get: impl Fn(&str) -> Option<String>, name: &str) -> Option<String> {
    get(name).filter(|value| !value.is_empty())
}

impl Setting {
    /// The value that `get` has for this setting; one that is empty counts as not set.
    pub fn value(&self, get: impl Fn(&str) -> Option<String>) -> Option<String> {
        given(get, self.name)
    }

    /// The value that `get` has for this setting.
    ///
    /// # Errors
    /// When it is not set or empty.
    pub fn required(&self, get: impl Fn(&str) -> Option<String>) -> Result<String, InvalidSetting> {
        self.value(get).ok_or_else(|| self.invalid("must be set"))
    }

    /// The error that this setting has this problem, which must not repeat a secret.
    pub fn invalid(&self, problem: impl Display) -> InvalidSetting {
        InvalidSetting::new(self.name, problem)
    }
}
