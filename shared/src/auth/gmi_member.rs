//! A member of an organisation in the GMI dialect: a user with a membership in the store.

use super::GmiUser;
use crate::access::{OrgScope, Scope, Standing};
use crate::orgs::{GmiRole, OrgId, UserId};
use crate::runtime::request::Request;
use crate::store::{Store, StoreError};
use crate::telemetry;

/// Proof that a user was a member of an organisation, with this role, when the store was read.
pub struct GmiMember {
    user: UserId,
    role: GmiRole,
    scope: OrgScope,
}

impl GmiMember {
    /// The user as a member of `org`; `None` when they are not a member, or it does not exist.
    /// Takes one read.
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
        telemetry::about_org(org);
        let standing = Standing::Member(org.clone(), user.id().clone(), Some(role));
        let scope = OrgScope::new(org.clone(), Scope { standing, ..user.alone(request) });
        Ok(Some(Self { user: user.id().clone(), role, scope }))
    }

    /// The user that is the member.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// The role that the user had when the store was read.
    #[must_use]
    pub fn role(&self) -> GmiRole {
        self.role
    }

    /// Whether the member may see what the user `owner` made.
    #[must_use]
    pub fn sees(&self, owner: &str) -> bool {
        self.role.manages() || self.user.as_str() == owner
    }

    /// What belongs to the organisation. Each change fails unless the user then has the same role.
    #[must_use]
    pub fn scope(&self) -> &OrgScope {
        &self.scope
    }
}
