//! The rows that make a create repeatable for a day, each a part of its transaction.

use aws_sdk_dynamodb::types::TransactWriteItem;

use crate::clock::Millis;
use crate::keys::{KeyId, Repeatable, idempotency};
use crate::store::items::attributes::{self, b, n, s};
use crate::store::items::primary_key::request_key;
use crate::store::write::conditions::{Condition, Conditions};
use crate::store::{Store, StoreError, Table};

/// What a request made when it first arrived.
#[derive(Debug)]
pub struct Earlier {
    /// The key it made.
    pub key: KeyId,
    /// The digest of its content.
    pub digest: Vec<u8>,
    /// The salt from which the token was made.
    pub salt: [u8; 16],
    /// The version of the seal secret from which the token was made.
    pub version: String,
}

impl Store {
    /// A part of a transaction: notes that `request` made `key`, unless it did before.
    pub(in crate::store) fn note_request(
        &self,
        request: &Repeatable,
        key: KeyId,
        now: Millis,
    ) -> Result<TransactWriteItem, StoreError> {
        let end = now.saturating_add(idempotency::LIFETIME);
        let mut item = request_key(request);
        item.extend([
            ("key".into(), s(key.to_string())),
            ("digest".into(), b(&request.digest)),
            ("salt".into(), b(&request.salt)),
            ("version".into(), s(&request.version)),
            ("end".into(), n(end)),
            ("ttl".into(), n(end / 1000 + 1)),
        ]);
        let free = Conditions::any([Condition::absent("id"), Condition::at_most("end", now)]);
        self.put_if(Table::Keys, item, free)
    }

    /// What `request` made if it arrived before, within the last day.
    pub(in crate::store) async fn earlier(
        &self,
        request: &Repeatable,
        now: Millis,
    ) -> Result<Option<Earlier>, StoreError> {
        let Some(row) = self.get(Table::Keys, request_key(request)).await? else { return Ok(None) };
        if attributes::number(&row, "end")? <= now {
            return Ok(None);
        }
        let damaged = StoreError::Damaged("an idempotency row");
        let salt = attributes::bytes(&row, "salt").and_then(|salt| salt.try_into().ok());
        let (Some(key), Some(digest), Some(salt)) =
            (KeyId::parse(attributes::text(&row, "key")?), attributes::bytes(&row, "digest"), salt)
        else {
            return Err(damaged);
        };
        Ok(Some(Earlier { key, digest, salt, version: attributes::text(&row, "version")?.to_owned() }))
    }
}
