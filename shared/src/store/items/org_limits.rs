//! The limits of an organisation as an item.

use super::attributes::{self, Item, name};
use super::key_config;
use crate::keys::OrgLimits;
use crate::rights::Access;
use crate::store::StoreError;

/// Reads limits that are not deleted.
pub(in crate::store) fn read(item: &Item) -> Result<OrgLimits, StoreError> {
    read_again(item, None)
}

/// Reads limits that are not deleted, and shares their access rights with `known` if they are the
/// same.
pub(in crate::store) fn read_again(item: &Item, known: Option<&Access>) -> Result<OrgLimits, StoreError> {
    Ok(OrgLimits { revision: attributes::number(item, name::REVISION)?, config: key_config::config(item, known)? })
}
