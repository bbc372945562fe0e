//! The rows of a key in the lists of organisations' keys.

use aws_sdk_dynamodb::types::AttributeValue;

use super::new_key::NewKey;
use crate::clock::Millis;
use crate::keys::{Dialect, KeyId};
use crate::orgs::OrgId;
use crate::store::items::attributes::{Item, b, n, name, s};
use crate::store::items::primary_key::{RowGroup, row_key};

/// The row of a key that is listed in its organisation `home`.
pub(super) fn live_row(dialect: Dialect, home: &OrgId, new: &NewKey, made: Millis, id: KeyId) -> Item {
    let mut row = row_key(dialect, home, RowGroup::Live, made, id);
    row.extend(new.token.as_ref().map(|token| (name::TOKEN.into(), b(token.as_bytes()))));
    row.extend(new.config.kept_until.map(|until| (name::KEPT_UNTIL.into(), n(until))));
    let apis: Vec<_> = match &new.apis {
        Some(apis) => apis.iter().map(s).collect(),
        None => new.config.access.apis().map(s).collect(),
    };
    if !apis.is_empty() {
        row.insert(name::APIS.into(), AttributeValue::L(apis));
    }
    row
}
