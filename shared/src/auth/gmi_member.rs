//! A member of an organisation: a user whose membership was read from the store.

use super::GmiUser;
use crate::access::{OrgScope, Scope, Standing};
use crate::orgs::{GmiRole, OrgId, UserId};
use crate::runtime::request::Request;
use crate::store::{Store, StoreError};

/// Proof that a user is a member of an organisation, and of their role in it, as the store says now.
pub struct GmiMember {
    user: UserId,
    role: GmiRole,
    scope: OrgScope,
}

impl GmiMember {
    /// The user as a member of `org`; `None` when they are none, or there is no such organisation. One read.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn find(
        store: &Store,
        user: &GmiUser,
        org: &OrgId,
        request: &Request,
    ) -> Result<Option<Self>, StoreError> {
        let Some(role) = store.role_for_auth(org, user.id()).await? else { return Ok(None) };
        let standing = Standing::Member(org.clone(), user.id().clone(), Some(role));
        let scope = OrgScope::new(org.clone(), Scope { standing, ..user.alone(request) });
        Ok(Some(Self { user: user.id().clone(), role, scope }))
    }

    /// Who they are.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// Their role.
    #[must_use]
    pub fn role(&self) -> GmiRole {
        self.role
    }

    /// Whether they see what the user `owner` made.
    #[must_use]
    pub fn sees(&self, owner: &str) -> bool {
        self.role.manages() || self.user.as_str() == owner
    }

    /// What belongs to their organisation, as long as they have this role in it.
    #[must_use]
    pub fn scope(&self) -> &OrgScope {
        &self.scope
    }
}
