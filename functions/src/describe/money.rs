//! Amounts of money in requests.

use std::borrow::Cow;

use utoipa::openapi::{ObjectBuilder, OneOfBuilder, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

/// A number, or a string with one.
pub(super) struct Amount;

impl PartialSchema for Amount {
    fn schema() -> RefOr<Schema> {
        let number = ObjectBuilder::new().schema_type(Type::Number).minimum(Some(0)).maximum(Some(1_000_000));
        let decimal =
            ObjectBuilder::new().schema_type(Type::String).pattern(Some(r"^[0-9]*\.?[0-9]*([eE][+-]?[0-9]+)?$"));
        let amount = OneOfBuilder::new().item(number).item(decimal);
        amount.description(Some("Money in your currency, exact to billionths: a number, or a string with one")).into()
    }
}

impl ToSchema for Amount {
    fn name() -> Cow<'static, str> {
        "Amount".into()
    }
}
