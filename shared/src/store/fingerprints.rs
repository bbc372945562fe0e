//! The fingerprints of the secrets that a store was made with, so that others beside it are
//! noticed. They are beside the keys, where every function that makes key ids may read.

use std::collections::BTreeMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::items::attributes::{self, Item, s};
use super::items::primary_key::fingerprints_key;
use super::{Store, StoreError, Table};
use crate::hex;
use crate::secrets::{IdSecret, Secrets};

/// The attribute with the fingerprint of the id secret.
const ID_SECRET: &str = "id_secret";
/// The attribute with the fingerprints of the seal secrets, by version.
const SEALS: &str = "seals";

/// What is known of secrets without giving them away: digests that nobody can make without them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fingerprints {
    id: String,
    /// By version; the secrets that seal, or have sealed.
    seals: BTreeMap<String, String>,
}

/// How secrets differ from those that a store was made with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Exchanged {
    /// The id secret is another one.
    Id,
    /// The seal secret of this version is another one.
    Seal(String),
    /// The seal secret of this version, which may have sealed something, is not there.
    NoSeal(String),
}

impl Fingerprints {
    /// The fingerprints of `secrets`, as far as they are there.
    #[must_use]
    pub fn of(secrets: &Secrets) -> Self {
        let id = secrets.id.as_ref().map(IdSecret::fingerprint).unwrap_or_default();
        let seals = secrets.seal.iter().flat_map(|sealer| sealer.fingerprints());
        Self { id, seals: seals.map(|(version, print)| (version.to_owned(), hex(&print))).collect() }
    }

    /// How `present` differs from these, which a store keeps.
    #[must_use]
    pub fn exchanged(&self, present: &Self) -> Option<Exchanged> {
        if self.id != present.id {
            return Some(Exchanged::Id);
        }
        self.seals.iter().find_map(|(version, kept)| match present.seals.get(version) {
            Some(present) if present == kept => None,
            Some(_) => Some(Exchanged::Seal(version.clone())),
            None => Some(Exchanged::NoSeal(version.clone())),
        })
    }

    /// These, and the secret `version` of `present`, which seals from now on.
    #[must_use]
    pub fn sealing(mut self, version: &str, present: &Self) -> Self {
        self.id.clone_from(&present.id);
        if let Some(print) = present.seals.get(version) {
            self.seals.insert(version.to_owned(), print.clone());
        }
        self
    }

    /// These, once the secret `version` of `present` has sealed all that is sealed.
    #[must_use]
    pub fn sealed_by(self, version: &str, present: &Self) -> Self {
        let sealed = Self::default().sealing(version, present);
        Self { id: self.id, seals: sealed.seals }
    }
}

impl Store {
    /// The fingerprints that the store keeps; `None` where it keeps none yet.
    pub async fn fingerprints(&self) -> Result<Option<Fingerprints>, StoreError> {
        self.get(Table::Keys, fingerprints_key()).await?.as_ref().map(fingerprints).transpose()
    }

    /// The fingerprint of the id secret that the store's keys are made with; `None` as long as no
    /// function that makes keys has pinned it.
    pub async fn pinned_id(&self) -> Result<Option<String>, StoreError> {
        Ok(self.fingerprints().await?.map(|kept| kept.id))
    }

    /// Pins the id secret with this fingerprint, unless one is pinned already. Returns the one that
    /// is pinned then.
    pub async fn pin_id(&self, fingerprint: &str) -> Result<String, StoreError> {
        let mut item = fingerprints_key();
        item.insert(ID_SECRET.to_owned(), s(fingerprint));
        let put = self.client.put_item().table_name(self.table(Table::Keys)).set_item(Some(item));
        let put = put.condition_expression("attribute_not_exists(id)");
        match put.send().await {
            Ok(_) => Ok(fingerprint.to_owned()),
            // Its own first attempt may have succeeded with its answer lost, so what is there counts.
            Err(error)
                if error.as_service_error().is_some_and(|error| error.is_conditional_check_failed_exception()) =>
            {
                self.pinned_id().await?.ok_or(StoreError::Contended)
            }
            Err(error) => Err(StoreError::failed("PutItem")(error)),
        }
    }

    /// Keeps `fingerprints` in the place of those before.
    pub async fn keep_fingerprints(&self, fingerprints: &Fingerprints) -> Result<(), StoreError> {
        let seals = fingerprints.seals.iter().map(|(version, print)| (version.clone(), s(print.clone())));
        let mut item = fingerprints_key();
        item.insert(ID_SECRET.to_owned(), s(fingerprints.id.clone()));
        item.insert(SEALS.to_owned(), AttributeValue::M(seals.collect()));
        let put = self.client.put_item().table_name(self.table(Table::Keys)).set_item(Some(item));
        put.send().await.map_err(StoreError::failed("PutItem"))?;
        Ok(())
    }

    /// Whether there is anything that a secret was needed for: a key, live or deleted, or a
    /// repeatable create.
    pub async fn has_keys(&self) -> Result<bool, StoreError> {
        // The fingerprints are one of the items.
        let scan = self.scan(Table::Keys).limit(2);
        let page = scan.send().await.map_err(StoreError::failed("Scan"))?;
        let fingerprints = fingerprints_key();
        let is_other = |item: &Item| fingerprints.iter().any(|(name, value)| item.get(name) != Some(value));
        Ok(page.items.is_some_and(|items| items.iter().any(is_other)))
    }
}

fn fingerprints(item: &Item) -> Result<Fingerprints, StoreError> {
    // A function pins the id secret alone.
    let seals = item.get(SEALS).map(|seals| seals.as_m().map_err(|_| StoreError::Damaged(SEALS))).transpose()?;
    let print = |print: &AttributeValue| print.as_s().cloned().map_err(|_| StoreError::Damaged(SEALS));
    let seals = seals.into_iter().flatten().map(|(version, value)| Ok((version.clone(), print(value)?)));
    let id = attributes::text(item, ID_SECRET)?.to_owned();
    Ok(Fingerprints { id, seals: seals.collect::<Result<_, StoreError>>()? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::Secret;
    use crate::settings::{ID_SECRET, SEAL_SECRETS};

    fn base64(letter: char) -> String {
        letter.to_string().repeat(42) + "A="
    }

    fn fingerprints_of(id: char, seals: &[(&str, char)]) -> Fingerprints {
        let seals: Vec<_> = seals.iter().map(|(version, letter)| format!("{version}:{}", base64(*letter))).collect();
        let get = |name: &str| match name {
            name if name == ID_SECRET.name => Some(base64(id)),
            name if name == SEAL_SECRETS.name => Some(seals.join(",")),
            _ => None,
        };
        Fingerprints::of(&Secrets::read(&[Secret::Id, Secret::Seal], get).unwrap())
    }

    #[test]
    fn an_exchanged_secret_is_noticed_and_a_new_version_is_not_one() {
        let kept = Fingerprints::default().sealing("v1", &fingerprints_of('I', &[("v1", 'S')]));
        let exchanged = |id, seals: &[_]| kept.exchanged(&fingerprints_of(id, seals));
        assert_eq!(exchanged('I', &[("v1", 'S')]), None);
        assert_eq!(exchanged('I', &[("v2", 'T'), ("v1", 'S')]), None);
        assert_eq!(exchanged('J', &[("v1", 'S')]), Some(Exchanged::Id));
        assert_eq!(exchanged('I', &[("v1", 'T')]), Some(Exchanged::Seal("v1".into())));
        assert_eq!(exchanged('I', &[("v2", 'T')]), Some(Exchanged::NoSeal("v1".into())));
    }

    #[test]
    fn only_a_version_that_has_sealed_must_stay() {
        let present = fingerprints_of('I', &[("v2", 'T'), ("v1", 'S')]);
        let before = Fingerprints::default().sealing("v1", &present).sealing("v2", &present);
        let resealed = before.clone().sealed_by("v2", &present);
        assert_eq!(resealed.exchanged(&fingerprints_of('I', &[("v2", 'T')])), None);
        assert_eq!(before.exchanged(&fingerprints_of('I', &[("v2", 'T')])), Some(Exchanged::NoSeal("v1".into())));
    }

    #[test]
    fn fingerprints_hold_nothing_of_the_secrets() {
        let text = format!("{:?}", fingerprints_of('I', &[("v1", 'S')]));
        assert!(!text.contains(&base64('I')) && !text.contains("4949") && !text.contains("SSSS"), "{text}");
    }
}
