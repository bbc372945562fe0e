//! A member of an organisation: a user whose membership was read from the store.

use super::GmiUser;
use crate::access::{Scope, Standing};
use crate::orgs::{GmiRole, OrgId, UserId};
use crate::runtime::request::Request;
use crate::store::{Store, StoreError};

/// Proof that a user is a member of an organisation, and of their role in it, as the store says now.
pub struct GmiMember {
    user: UserId,
    org: OrgId,
    role: GmiRole,
    everywhere: Scope,
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
        let everywhere = user.alone(request);
        let found = store.membership(&everywhere, org, user.id()).await?;
        let member = |role| Self { user: user.id().clone(), org: org.clone(), role, everywhere };
        Ok(found.map(|found| member(found.role)))
    }

    /// Who they are.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// Their organisation.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.org
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
    pub fn scope(&self) -> Scope {
        let standing = Standing::Member(self.org.clone(), self.user.clone(), Some(self.role));
        Scope { org: Some(self.org.clone()), standing, ..self.everywhere.clone() }
    }
}
