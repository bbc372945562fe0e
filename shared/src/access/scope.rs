//! What an operation may access, and on whose behalf. Only a proof of authentication gives a scope.

use std::ops::Deref;

use crate::keys::{Dialect, KeyId};
use crate::orgs::{GmiRole, OrgId, UserId};

/// Who acts, by what right, and on which keys of one dialect.
#[derive(Clone, Debug)]
pub struct Scope {
    pub(crate) dialect: Dialect,
    pub(crate) reach: Reach,
    pub(crate) actor: String,
    pub(crate) request_id: String,
    pub(crate) standing: Standing,
}

/// Which keys of its dialect a scope covers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    Everything,
    Org(OrgId),
    Key(KeyId),
    Nothing,
}

/// Why the caller may make changes. Each change checks it within its own transaction, so that
/// nobody changes anything with a right that they have just lost.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The caller knows a secret, which is not in the store.
    Secret,
    /// The caller is a key, at this revision.
    Key(KeyId, i64),
    /// The caller is a member of an organisation, with this role or, if `None`, with any.
    Member(OrgId, UserId, Option<GmiRole>),
}

impl Scope {
    /// Who acts, as audit records name them.
    #[must_use]
    pub fn actor(&self) -> &str {
        &self.actor
    }

    pub(crate) fn covers(&self, dialect: Dialect, org: &OrgId, id: KeyId) -> bool {
        self.dialect == dialect
            && match &self.reach {
                Reach::Everything => true,
                Reach::Org(own) => own == org,
                Reach::Key(own) => *own == id,
                Reach::Nothing => false,
            }
    }
}

/// A scope that is confined to one organisation. What the store does for an organisation takes the
/// organisation from it, so it cannot be another one than the caller was authenticated for.
///
/// ```
/// # use latchkey_shared::{access::DialectScope, orgs::OrgId, store::{OrgProfile, Store, StoreError}};
/// async fn profile(store: &Store, everywhere: &DialectScope, org: &OrgId) -> Result<OrgProfile, StoreError> {
///     store.org_profile(&everywhere.within(org)).await
/// }
/// ```
///
/// A scope that is not confined is refused by the compiler:
///
/// ```compile_fail
/// # use latchkey_shared::{access::DialectScope, orgs::OrgId, store::{OrgProfile, Store, StoreError}};
/// async fn profile(store: &Store, everywhere: &DialectScope) -> Result<OrgProfile, StoreError> {
///     store.org_profile(everywhere).await
/// }
/// ```
#[derive(Clone, Debug)]
pub struct OrgScope {
    org: OrgId,
    scope: Scope,
}

impl OrgScope {
    pub(crate) fn new(org: OrgId, scope: Scope) -> Self {
        Self { scope: Scope { reach: Reach::Org(org.clone()), ..scope }, org }
    }

    /// The organisation.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.org
    }
}

impl Deref for OrgScope {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.scope
    }
}

/// A scope over all organisations of a dialect: an administrator's.
#[derive(Clone, Debug)]
pub struct DialectScope(Scope);

impl DialectScope {
    pub(crate) fn new(scope: Scope) -> Self {
        Self(Scope { reach: Reach::Everything, ..scope })
    }

    /// The same, confined to `org`.
    #[must_use]
    pub fn within(&self, org: &OrgId) -> OrgScope {
        OrgScope::new(org.clone(), self.0.clone())
    }
}

impl Deref for DialectScope {
    type Target = Scope;

    fn deref(&self) -> &Scope {
        &self.0
    }
}

/// The scope of a gate, which decides about calls: it takes units of any key and counts the use of
/// any key, but sees no settings and changes none.
///
/// Only a proof gives one, so that nobody decides or counts without:
///
/// ```compile_fail
/// let forged = latchkey_shared::access::GateScope(());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct GateScope(());

impl GateScope {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

/// The scope of an operator, who looks at the keys and the audit log of every dialect and
/// organisation, and changes nothing.
///
/// Only a proof gives one:
///
/// ```compile_fail
/// let forged = latchkey_shared::access::OperatorScope(());
/// ```
#[derive(Clone, Copy, Debug)]
pub struct OperatorScope(());

impl OperatorScope {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(reach: Reach) -> Scope {
        let (actor, request_id) = ("user:u".to_owned(), "r".to_owned());
        Scope { dialect: Dialect::Gmi, reach, actor, request_id, standing: Standing::Secret }
    }

    #[test]
    fn a_scope_covers_keys_of_its_dialect_as_far_as_it_reaches() {
        let [own, other] = ["own", "other"].map(|id| OrgId::parse(id).unwrap());
        let [key, sibling] = [1, 2].map(|byte| KeyId::from_digest(&[byte; 16]));
        let covered = |scope: &Scope| {
            [(&own, key), (&own, sibling), (&other, sibling)].map(|(org, id)| scope.covers(Dialect::Gmi, org, id))
        };
        assert_eq!(covered(&scope(Reach::Everything)), [true, true, true]);
        assert_eq!(covered(&scope(Reach::Key(key))), [true, false, false]);
        assert_eq!(covered(&scope(Reach::Nothing)), [false, false, false]);
        let everywhere = DialectScope::new(scope(Reach::Nothing));
        assert_eq!(covered(&everywhere), [true, true, true]);
        assert_eq!(covered(&everywhere.within(&own)), [true, true, false]);
        for reach in [Reach::Everything, Reach::Org(own.clone()), Reach::Key(key)] {
            assert!(!scope(reach).covers(Dialect::Tyk, &own, key), "a key of another dialect");
        }
    }
}
