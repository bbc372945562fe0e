//! `latchkey usage`: what a key or an organisation used.

use http::Method;
use latchkey_shared::keys::KeyId;
use latchkey_shared::limits::Money;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::output::{self, Output};
use super::service::Service;
use super::token::key_id;

/// Decimal places of an amount.
const DECIMALS: usize = 9;

/// What is asked for.
#[derive(clap::Args)]
pub struct Usage {
    /// The key with this id
    #[arg(long, value_name = "ID", value_parser = key_id, required_unless_present = "org", conflicts_with = "org")]
    key: Option<KeyId>,
    /// All keys of this organisation, deleted ones included
    #[arg(long)]
    org: Option<String>,
    /// From this time or UTC day on, such as 2030-01-15 [default: the start of this month]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// Before this time or UTC day [default: now]
    #[arg(long, value_name = "TIME")]
    to: Option<String>,
    /// The length of a period: hour, day or month [default: day]
    #[arg(long, value_parser = ["hour", "day", "month"])]
    resolution: Option<String>,
}

#[derive(Deserialize)]
struct Page {
    usage: Vec<Box<RawValue>>,
}

/// The pages of an answer as one.
#[derive(Serialize)]
struct Report {
    usage: Vec<Box<RawValue>>,
    total: Total,
}

#[derive(Deserialize)]
struct Period {
    start: String,
    requests: i64,
    spend: Box<RawValue>,
    input_tokens: i64,
    output_tokens: i64,
}

#[derive(Clone, Copy, Default, Serialize)]
struct Total {
    requests: i64,
    spend: Money,
    input_tokens: i64,
    output_tokens: i64,
}

impl Usage {
    /// Prints all periods and their total.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let mut call = service
            .gate(Method::GET, &["v1", "usage"])?
            .query("key_id", self.key.map(|id| id.to_string()))
            .query("org", self.org.as_deref())
            .query("from", self.from.as_deref())
            .query("to", self.to.as_deref())
            .query("resolution", self.resolution.as_deref());
        let mut usage = Vec::new();
        loop {
            let answer = service.send(&call).await?;
            usage.extend(answer.read::<Page>()?.usage);
            let Some(next) = answer.next() else { break };
            call = call.at(next)?;
        }
        let periods = usage.iter().map(|period| serde_json::from_str(period.get()).map_err(|_| Failure::unexpected()));
        let periods: Vec<Period> = periods.collect::<Result<_, _>>()?;
        let total = total(&periods)?;
        output.document(&Report { usage, total }, || Ok(table(&periods, total)))
    }
}

fn total(periods: &[Period]) -> Result<Total, Failure> {
    let mut total = Total::default();
    for period in periods {
        let spend = nanos(period.spend.get()).ok_or_else(Failure::unexpected)?;
        total.requests = total.requests.saturating_add(period.requests);
        total.spend = Money::from_nanos(total.spend.nanos().saturating_add(spend));
        total.input_tokens = total.input_tokens.saturating_add(period.input_tokens);
        total.output_tokens = total.output_tokens.saturating_add(period.output_tokens);
    }
    Ok(total)
}

fn table(periods: &[Period], total: Total) -> String {
    let row = |start: &str, spend: &str, [requests, input, output]: [i64; 3]| {
        vec![start.to_owned(), requests.to_string(), spend.to_owned(), input.to_string(), output.to_string()]
    };
    let rows = periods.iter().map(|period| {
        row(&period.start, period.spend.get(), [period.requests, period.input_tokens, period.output_tokens])
    });
    let sums = [total.requests, total.input_tokens, total.output_tokens];
    let total = row("total", &total.spend.to_string(), sums);
    output::table(&["START", "REQUESTS", "SPEND", "INPUT TOKENS", "OUTPUT TOKENS"], rows.chain([total]))
}

/// The billionths in an answered amount, which may be larger than any that the service reads.
fn nanos(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let is_number = !whole.is_empty() && whole.bytes().chain(fraction.bytes()).all(|digit| digit.is_ascii_digit());
    let fraction = (is_number && fraction.len() <= DECIMALS).then(|| format!("{fraction:0<DECIMALS$}"))?;
    format!("{whole}{fraction}").parse().ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_amount_that_is_answered_is_read_exactly(billionths in 0..i128::from(i64::MAX) * 1000) {
            let answered = serde_json::to_string(&Money::from_nanos(billionths)).unwrap();
            prop_assert_eq!(nanos(&answered), Some(billionths));
        }
    }

    #[test]
    fn what_is_no_amount_is_not_read() {
        for text in ["", "null", "1e5", "0.0000000001", "a.b"] {
            assert_eq!(nanos(text), None, "{text}");
        }
    }
}
