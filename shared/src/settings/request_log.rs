//! Which requests are logged.

use super::setting::Problem;

/// Which requests are logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestLog {
    /// All of them.
    #[default]
    All,
    /// Those that were refused or failed.
    Failures,
    /// Those in which the service or its store failed.
    Errors,
}

impl RequestLog {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "all" => Ok(Self::All),
            "failures" => Ok(Self::Failures),
            "errors" => Ok(Self::Errors),
            _ => Err("must be all, failures or errors".into()),
        }
    }
}
