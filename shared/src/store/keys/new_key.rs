//! What a key is to be: one that is made, or that takes the place of another.

use aws_sdk_dynamodb::types::AttributeValue;

use crate::access::OrgScope;
use crate::keys::{Key, KeyConfig};
use crate::orgs::OrgId;
use crate::secrets::Sealed;

/// What a key is to be.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// The organisation that owns it.
    pub(in crate::store) org: OrgId,
    pub(in crate::store) config: KeyConfig,
    /// Its sealed token, for the list; `None` to list only its id.
    pub(in crate::store) token: Option<Sealed>,
    /// The APIs by which lists find it; `None` for those of its own access rights.
    pub(in crate::store) apis: Option<Vec<String>>,
}

impl NewKey {
    /// A key of the scope's organisation. Its sealed token is for the list; without one, only its
    /// id is listed.
    #[must_use]
    pub fn of(scope: &OrgScope, config: KeyConfig, token: Option<Sealed>) -> Self {
        Self { org: scope.org().clone(), config, token, apis: None }
    }

    /// What is to replace `key`, in the same organisation.
    #[must_use]
    pub fn replacing(key: &Key, config: KeyConfig, token: Option<Sealed>) -> Self {
        Self { org: key.org.clone(), config, token, apis: None }
    }

    /// The same, which lists find by these APIs instead of those of its own access rights: its
    /// policies give it access to them.
    #[must_use]
    pub fn listed_by(self, apis: Vec<String>) -> Self {
        Self { apis: Some(apis), ..self }
    }
}

/// Present if the key's row in the list has its token.
pub(super) fn token_flag(new: &NewKey) -> Option<AttributeValue> {
    new.token.as_ref().map(|_| AttributeValue::Bool(true))
}
