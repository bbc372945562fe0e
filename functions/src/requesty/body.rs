//! A JSON body, field by field. Unknown fields are ignored; null counts as missing.

use std::collections::BTreeMap;

use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::limits::Money;
use latchkey_shared::runtime::request::Request;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// Characters of the longest name of a key or an organisation.
const MAX_NAME: usize = 255;

/// The fields of a JSON object, each as it was sent.
pub(super) struct Body(BTreeMap<String, Box<RawValue>>);

impl Body {
    /// Reads the body of `request`.
    pub(super) async fn read(request: &Request) -> Result<Self, Failure> {
        let mut fields: BTreeMap<String, Box<RawValue>> =
            serde_json::from_slice(request.body().await?).map_err(|_| Failure::Malformed)?;
        fields.retain(|_, json| json.get() != "null");
        Ok(Self(fields))
    }

    /// The field, if it is given. `problem` is what is wrong with a field of another type.
    pub(super) fn field<T: DeserializeOwned>(
        &self,
        name: &'static str,
        problem: &'static str,
    ) -> Result<Option<T>, Failure> {
        let field = self.0.get(name).map(|json| serde_json::from_str(json.get())).transpose();
        field.map_err(|_| Failure::Invalid(name.to_owned(), problem))
    }

    /// The amount of money, if it is given: a number, or a string with a number.
    pub(super) fn money(&self, name: &'static str) -> Result<Option<Money>, Failure> {
        let money = self.0.get(name).map(|json| Money::from_json(json)).transpose();
        money.map_err(|invalid| Failure::money(name, invalid))
    }

    /// The field `name`, if it is given: trimmed, not empty, and printable.
    pub(super) fn name(&self) -> Result<Option<String>, Failure> {
        let problem = "must be 1 to 255 characters, without control characters";
        let Some(name) = self.field::<String>("name", problem)? else { return Ok(None) };
        let name = name.trim();
        let fits = (1..=MAX_NAME).contains(&name.chars().count()) && !name.contains(char::is_control);
        if fits { Ok(Some(name.to_owned())) } else { Err(Failure::Invalid("name".into(), problem)) }
    }
}

/// A required field is missing.
pub(super) fn missing(name: &'static str) -> Failure {
    Failure::Invalid(name.into(), "is required")
}
