//! Counts the calls of the store and the capacity units that they consume, for the request that makes
//! them.

use aws_sdk_dynamodb::config::{ConfigBag, RuntimeComponents};
use aws_sdk_dynamodb::error::ProvideErrorMetadata;
use aws_sdk_dynamodb::operation::batch_get_item::{BatchGetItemError, BatchGetItemInput, BatchGetItemOutput};
use aws_sdk_dynamodb::operation::delete_item::{DeleteItemError, DeleteItemInput, DeleteItemOutput};
use aws_sdk_dynamodb::operation::get_item::{GetItemError, GetItemInput, GetItemOutput};
use aws_sdk_dynamodb::operation::put_item::{PutItemError, PutItemInput, PutItemOutput};
use aws_sdk_dynamodb::operation::query::{QueryError, QueryInput, QueryOutput};
use aws_sdk_dynamodb::operation::scan::{ScanError, ScanInput, ScanOutput};
use aws_sdk_dynamodb::operation::transact_write_items::{
    TransactWriteItemsError, TransactWriteItemsInput, TransactWriteItemsOutput,
};
use aws_sdk_dynamodb::operation::update_item::{UpdateItemError, UpdateItemInput, UpdateItemOutput};
use aws_sdk_dynamodb::types::{ConsumedCapacity, ReturnConsumedCapacity};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeSerializationInterceptorContextMut, BeforeSerializationInterceptorContextRef, Error,
    FinalizerInterceptorContextRef, Input, Output,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};

use crate::store::error::is_throttled;
use crate::telemetry;

/// Notes each call: that it was made, whether the store was too busy, what it consumed, and whether
/// it was answered. One that is dropped halfway was not.
#[derive(Debug)]
pub(super) struct Metered;

#[dyn_dispatch_hint]
impl Intercept for Metered {
    fn name(&self) -> &'static str {
        "Metered"
    }

    fn read_before_execution(
        &self,
        _: &BeforeSerializationInterceptorContextRef<'_>,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        telemetry::store_called();
        Ok(())
    }

    fn modify_before_serialization(
        &self,
        context: &mut BeforeSerializationInterceptorContextMut<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        ask_for_capacity(context.input_mut());
        Ok(())
    }

    fn read_after_attempt(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        if refusal(context).is_some_and(|refusal| refusal.throttled) {
            telemetry::store_throttled();
        }
        Ok(())
    }

    fn read_after_execution(
        &self,
        context: &FinalizerInterceptorContextRef<'_>,
        _: &RuntimeComponents,
        _: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        match context.output_or_error() {
            Some(Ok(output)) => {
                consumed(output);
                telemetry::store_answered();
            }
            _ if refusal(context).is_some_and(|refusal| refusal.is_answer) => telemetry::store_answered(),
            _ => {}
        }
        Ok(())
    }
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Refusal {
    /// The store was too busy.
    throttled: bool,
    /// It says how things stand: a condition is not true, or another change is under way.
    is_answer: bool,
}

impl Refusal {
    /// The refusal of this error code, and of the parts of a transaction with these.
    fn of<'a>(code: &str, mut parts: impl Iterator<Item = &'a str>) -> Self {
        match code {
            "ConditionalCheckFailedException" | "TransactionConflictException" | "TransactionInProgressException" => {
                Self { throttled: false, is_answer: true }
            }
            "TransactionCanceledException" => {
                let (mut throttled, mut is_answer) = (false, true);
                for part in parts.by_ref() {
                    throttled |= is_throttled(part);
                    is_answer &= matches!(part, "None" | "ConditionalCheckFailed" | "TransactionConflict");
                }
                Self { throttled, is_answer }
            }
            code => Self { throttled: is_throttled(code), is_answer: false },
        }
    }
}

fn refusal(context: &FinalizerInterceptorContextRef<'_>) -> Option<Refusal> {
    let error = context.output_or_error()?.err()?.as_operation_error()?;
    if let Some(TransactWriteItemsError::TransactionCanceledException(cancelled)) = error.downcast_ref() {
        let parts = cancelled.cancellation_reasons().iter().filter_map(|reason| reason.code());
        return Some(Refusal::of("TransactionCanceledException", parts));
    }
    Some(Refusal::of(code(error)?, std::iter::empty()))
}

/// Which units an operation consumes.
#[derive(Clone, Copy)]
enum Units {
    Read,
    Write,
}

/// What was consumed, table by table.
trait Consumed {
    fn tables(&self) -> &[ConsumedCapacity];
}

impl Consumed for Option<ConsumedCapacity> {
    fn tables(&self) -> &[ConsumedCapacity] {
        self.as_slice()
    }
}

impl Consumed for Option<Vec<ConsumedCapacity>> {
    fn tables(&self) -> &[ConsumedCapacity] {
        self.as_deref().unwrap_or_default()
    }
}

/// Notes what an operation consumed. A transaction may say apart what it read and what it wrote.
fn note(units: Units, tables: &[ConsumedCapacity]) {
    let [mut read, mut write] = [0.0; 2];
    for table in tables {
        let apart = (table.read_capacity_units, table.write_capacity_units);
        match (apart, units) {
            ((None, None), Units::Read) => read += table.capacity_units.unwrap_or_default(),
            ((None, None), Units::Write) => write += table.capacity_units.unwrap_or_default(),
            ((reads, writes), _) => {
                read += reads.unwrap_or_default();
                write += writes.unwrap_or_default();
            }
        }
    }
    telemetry::store_consumed(read, write);
}

/// Every operation of the store, so that each is metered: its name, its units, and its types.
macro_rules! operations {
    ($($units:ident $input:ident $output:ident $error:ident;)*) => {
        /// Has DynamoDB say what it charges, which is free.
        fn ask_for_capacity(input: &mut Input) {
            $(if let Some(input) = input.downcast_mut::<$input>() {
                input.return_consumed_capacity = Some(ReturnConsumedCapacity::Total);
                return;
            })*
        }

        fn consumed(output: &Output) {
            $(if let Some(output) = output.downcast_ref::<$output>() {
                note(Units::$units, output.consumed_capacity.tables());
                return;
            })*
        }

        fn code(error: &Error) -> Option<&str> {
            $(if let Some(error) = error.downcast_ref::<$error>() {
                return error.code();
            })*
            None
        }
    };
}

operations! {
    Write UpdateItemInput UpdateItemOutput UpdateItemError;
    Read GetItemInput GetItemOutput GetItemError;
    Read BatchGetItemInput BatchGetItemOutput BatchGetItemError;
    Write TransactWriteItemsInput TransactWriteItemsOutput TransactWriteItemsError;
    Read QueryInput QueryOutput QueryError;
    Read ScanInput ScanOutput ScanError;
    Write PutItemInput PutItemOutput PutItemError;
    Write DeleteItemInput DeleteItemOutput DeleteItemError;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(code: &str, parts: &[&'static str]) -> (bool, bool) {
        let refusal = Refusal::of(code, parts.iter().copied());
        (refusal.throttled, refusal.is_answer)
    }

    #[test]
    fn only_what_says_how_things_stand_is_an_answer() {
        for code in ["ConditionalCheckFailedException", "TransactionConflictException"] {
            assert_eq!(refusal(code, &[]), (false, true), "{code}");
        }
        for code in ["AccessDeniedException", "ResourceNotFoundException", "InternalServerError"] {
            assert_eq!(refusal(code, &[]), (false, false), "{code}");
        }
        assert_eq!(refusal("ProvisionedThroughputExceededException", &[]), (true, false));
        let cancelled = |parts| refusal("TransactionCanceledException", parts);
        assert_eq!(cancelled(&["None", "ConditionalCheckFailed", "TransactionConflict"]), (false, true));
        assert_eq!(cancelled(&["None", "ThrottlingError"]), (true, false));
        assert_eq!(cancelled(&["ValidationError", "ConditionalCheckFailed"]), (false, false));
    }

    #[tokio::test]
    async fn units_count_as_what_they_are_said_to_be_or_else_by_the_operation() {
        let total = |units| ConsumedCapacity::builder().capacity_units(units);
        let ((), observed) = telemetry::observe(async {
            note(Units::Read, &[total(0.5).build()]);
            note(Units::Write, &[total(2.0).build(), total(4.0).read_capacity_units(4.0).build()]);
        })
        .await;
        assert!((observed.read_units, observed.write_units) == (4.5, 2.0), "{observed:?}");
    }
}
