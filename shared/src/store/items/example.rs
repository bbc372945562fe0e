//! For tests: a key and its parts.

use std::collections::BTreeMap;

use serde_json::Map;

use crate::keys::{Dialect, Key, KeyConfig, KeyId};
use crate::limits::{BIG, Limits};
use crate::orgs::OrgId;
use crate::rights::Access;

pub(in crate::store) fn org() -> OrgId {
    OrgId::from_stored("acme")
}

pub(in crate::store) fn id(byte: u8) -> KeyId {
    KeyId::from_digest(&[byte; 16])
}

/// A configuration with these limits and nothing else.
pub(in crate::store) fn config(limits: Limits) -> KeyConfig {
    KeyConfig {
        inactive: false,
        policies: Vec::new(),
        usable_until: BIG,
        kept_until: None,
        any_api: false,
        access: Access::default(),
        limits,
        document: Map::new(),
        secrets: None,
    }
}

/// A key at revision 3.
pub(in crate::store) fn key(limits: Limits) -> Key {
    Key {
        id: id(1),
        revision: 3,
        dialect: Dialect::Requesty,
        org: org(),
        home: org(),
        made: 1000,
        used: BTreeMap::new(),
        generation: 1,
        rolled: 0,
        rolled_to: None,
        token_kept: false,
        followed: 0,
        config: config(limits),
        plan: None,
    }
}
