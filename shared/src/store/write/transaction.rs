//! Runs a transaction: sends it until its outcome is known.
//!
//! An attempt that brings no answer may still commit. So a transaction keeps one
//! `ClientRequestToken`, under which DynamoDB commits it at most once, and is sent again, never
//! rebuilt, while an earlier attempt may be under way. That is why it does not use
//! [`Retry`](super::retry::Retry), after which a change starts over with a new transaction.

use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError as Refused;
use aws_sdk_dynamodb::types::{CancellationReason, TransactWriteItem};
use tokio::time::{Instant, sleep};

use super::conditions::Condition;
use crate::access::{Scope, Standing};
use crate::keys::KeyId;
use crate::store::error::{is_throttled, was_never_sent};
use crate::store::items::attributes::{n, name, s};
use crate::store::items::member::ROLE;
use crate::store::items::primary_key::{is_named_key, item_key, member_key};
use crate::store::{Store, StoreError, Table};

/// How long to wait for an outcome; a request's own deadline may be earlier.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many attempts may fail: refused by a busy or broken store, or without an answer.
const MAX_FAILURES: u32 = 4;

/// What became of a transaction.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::store) enum Outcome {
    /// All of it happened.
    Done,
    /// Nothing happened, because the conditions of these parts, by their index, are not true.
    /// Without any, it met another transaction.
    Lost(Vec<usize>),
}

/// What the answer to one attempt means.
#[derive(Debug, PartialEq, Eq)]
enum Answered {
    /// It did not commit: the conditions of these parts are not true.
    Failed(Vec<usize>),
    /// This attempt met another transaction, or an earlier attempt of its own.
    Conflict,
    /// An earlier attempt is under way.
    InProgress,
    /// The store refused this attempt, and may accept the next.
    Busy,
    /// The store will never accept it.
    Invalid,
    /// This attempt may have committed, or may still commit.
    Unknown,
}

impl Store {
    /// Runs a transaction once in the name of `scope`, only while the caller still has the right to
    /// it. `subject` is the key that it changes, if it changes one.
    ///
    /// # Errors
    /// [`StoreError::NoLonger`] if the caller's right is gone or has changed, or a policy that a
    /// key comes to name was deleted.
    pub(in crate::store) async fn transact_as(
        &self,
        scope: &Scope,
        subject: Option<KeyId>,
        mut parts: Vec<TransactWriteItem>,
    ) -> Result<Outcome, StoreError> {
        let last = parts.len();
        let closed: Vec<_> = (0..last).filter(|index| names_policy(&parts[*index])).collect();
        match &scope.standing {
            Standing::Member(org, user, role) => {
                let seated = match role {
                    Some(role) => Condition::equals(ROLE, s(role.as_str())),
                    None => Condition::exists(ROLE),
                };
                parts.push(self.check(Table::Organizations, member_key(org, user), seated)?);
            }
            // A key that changes itself is held to its revision already.
            Standing::Key(id, _) if subject == Some(*id) => {}
            Standing::Key(id, revision) => {
                let same = Condition::equals(name::REVISION, n(*revision));
                parts.push(self.check(Table::Keys, item_key(*id), same)?);
            }
            Standing::Secret => {}
        }
        match self.transact(parts).await? {
            Outcome::Lost(failed) if failed.iter().any(|part| *part == last || closed.contains(part)) => {
                Err(StoreError::NoLonger)
            }
            outcome => Ok(outcome),
        }
    }

    /// Runs a transaction once.
    pub(in crate::store) async fn transact(&self, parts: Vec<TransactWriteItem>) -> Result<Outcome, StoreError> {
        let token = uuid::Uuid::new_v4().to_string();
        let until = Instant::now() + PATIENCE;
        let (mut in_doubt, mut failures) = (false, 0);
        for attempt in 0.. {
            let request = self.once.transact_write_items().client_request_token(&token);
            let sent = request.set_transact_items(Some(parts.clone())).send().await;
            let Err(error) = sent else { return Ok(Outcome::Done) };
            match read(&error) {
                Answered::Failed(conditions) => return Ok(Outcome::Lost(conditions)),
                Answered::Conflict if !in_doubt => return Ok(Outcome::Lost(Vec::new())),
                Answered::Conflict => {}
                Answered::InProgress => in_doubt = true,
                Answered::Unknown => (in_doubt, failures) = (true, failures + 1),
                Answered::Busy => failures += 1,
                Answered::Invalid => failures = MAX_FAILURES,
            }
            if failures >= MAX_FAILURES || Instant::now() >= until {
                return Err(StoreError::failed("TransactWriteItems")(error));
            }
            sleep(backoff(attempt)).await;
        }
        Err(StoreError::Contended)
    }
}

/// Whether the part lets a key name a policy, unless that is deleted.
fn names_policy(part: &TransactWriteItem) -> bool {
    part.update().is_some_and(|update| is_named_key(update.key()))
}

/// Longer with every attempt, up to half a second, and never in step with others.
fn backoff(attempt: u32) -> Duration {
    let most = 25_u64 << attempt.min(4);
    Duration::from_millis(most / 2 + fastrand::u64(0..=most / 2))
}

fn read(error: &SdkError<Refused>) -> Answered {
    match error {
        SdkError::ServiceError(refused) => match refused.err() {
            Refused::TransactionCanceledException(cancelled) => read_reasons(cancelled.cancellation_reasons()),
            Refused::TransactionInProgressException(_) => Answered::InProgress,
            other if is_throttled(other.code().unwrap_or_default()) => Answered::Busy,
            _ if refused.raw().status().is_server_error() => Answered::Unknown,
            _ => Answered::Invalid,
        },
        SdkError::ConstructionFailure(_) => Answered::Invalid,
        SdkError::DispatchFailure(_) if was_never_sent(error) => Answered::Busy,
        _ => Answered::Unknown,
    }
}

fn read_reasons(reasons: &[CancellationReason]) -> Answered {
    let with = |wanted: &str| {
        let matching = reasons.iter().enumerate().filter(|(_, reason)| reason.code() == Some(wanted));
        matching.map(|(index, _)| index).collect::<Vec<_>>()
    };
    let failed = with("ConditionalCheckFailed");
    if !failed.is_empty() {
        return Answered::Failed(failed);
    }
    if !with("TransactionConflict").is_empty() {
        return Answered::Conflict;
    }
    let throttled = reasons.iter().any(|reason| reason.code().is_some_and(is_throttled));
    if throttled { Answered::Busy } else { Answered::Invalid }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(codes: &[&str]) -> Answered {
        let reasons: Vec<_> = codes.iter().map(|code| CancellationReason::builder().code(*code).build()).collect();
        read_reasons(&reasons)
    }

    #[test]
    fn a_condition_that_failed_outweighs_a_conflict_and_a_conflict_outweighs_throttling() {
        assert_eq!(answer(&["None", "ConditionalCheckFailed", "TransactionConflict"]), Answered::Failed(vec![1]));
        assert_eq!(answer(&["TransactionConflict", "ThrottlingError"]), Answered::Conflict);
        assert_eq!(answer(&["None", "ProvisionedThroughputExceeded"]), Answered::Busy);
        assert_eq!(answer(&["ValidationError", "None"]), Answered::Invalid);
        assert_eq!(answer(&[]), Answered::Invalid);
    }
}
