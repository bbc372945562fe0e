//! Lists that come in pages.

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use super::failure::Failure;
use super::output;
use super::service::{Answer, Call, Service};

/// The most rows that one request asks for.
const PAGE: usize = 100;

/// How much of a list is fetched.
#[derive(clap::Args)]
pub struct Length {
    /// Fetch at most so many
    #[arg(long, value_name = "N", default_value = "100", value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
    /// Fetch all
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// The rows of a list, each as it was received.
pub(super) struct Rows {
    pub(super) rows: Vec<Box<RawValue>>,
    /// Where the list continues.
    pub(super) next: Option<String>,
}

impl Length {
    /// Fetches page after page; `rows` takes them out of an answer.
    pub(super) async fn fetch(
        &self,
        service: &Service,
        first: Call,
        rows: impl Fn(&Answer) -> Result<Vec<Box<RawValue>>, Failure>,
    ) -> Result<Rows, Failure> {
        let most = if self.all { usize::MAX } else { usize::try_from(self.limit).unwrap_or(usize::MAX) };
        let mut list = Rows { rows: Vec::new(), next: None };
        let mut call = first;
        loop {
            call = call.limited(PAGE.min(most - list.rows.len()));
            let answer = service.send(&call).await?;
            list.rows.extend(rows(&answer)?);
            list.next = answer.next().map(str::to_owned);
            let Some(next) = &list.next else { return Ok(list) };
            if list.rows.len() >= most {
                output::note("there are more: use --limit or --all");
                return Ok(list);
            }
            call = call.at(next)?;
        }
    }
}

impl Rows {
    /// The rows, read as `T`.
    pub(super) fn read<T: DeserializeOwned>(&self) -> Result<Vec<T>, Failure> {
        let rows = self.rows.iter().map(|row| serde_json::from_str(row.get()).map_err(|_| Failure::unexpected()));
        rows.collect()
    }
}
