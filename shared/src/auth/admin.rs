//! The administrator: the caller that presents the admin secret.

use super::bearer::{Form, bearer};
use crate::access::{DialectScope, GateScope, OperatorScope, OrgScope, Reach, Scope, Standing};
use crate::keys::Dialect;
use crate::orgs::OrgId;
use crate::runtime::request::Request;
use crate::secrets::Secrets;
use crate::telemetry::{self, Caller};

/// Proof that the request came with the admin secret.
pub struct Admin(());

/// The secret is missing or wrong. Both get the same answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not the administrator")]
pub struct NotAdmin;

impl Admin {
    /// Checks the secret in the header `header`: byte for byte, the first value only, no scheme.
    ///
    /// # Errors
    /// When the header is missing or its value is not an accepted secret.
    pub fn from_header(secrets: &Secrets, request: &Request, header: &str) -> Result<Self, NotAdmin> {
        let secret = secrets.admin.as_ref().ok_or(NotAdmin)?;
        let presented = request.header(header).ok_or(NotAdmin)?;
        secret.accepts(presented).then(Self::proven).ok_or(NotAdmin)
    }

    /// Checks the secret after `Bearer` in the header `Authorization`.
    ///
    /// # Errors
    /// When the header is missing, has another scheme, or its token is not an accepted secret.
    pub fn from_bearer(secrets: &Secrets, request: &Request) -> Result<Self, NotAdmin> {
        let secret = secrets.admin.as_ref().ok_or(NotAdmin)?;
        let presented = bearer(request, Form::Text).map_err(|_| NotAdmin)?;
        secret.accepts(presented).then(Self::proven).ok_or(NotAdmin)
    }

    fn proven() -> Self {
        telemetry::authenticated(Caller::Admin);
        Self(())
    }

    /// All keys of a dialect, of every organisation.
    #[must_use]
    pub fn everywhere(&self, dialect: Dialect, request: &Request) -> DialectScope {
        DialectScope::new(Self::scope(dialect, request))
    }

    /// The keys of a dialect that belong to `org`.
    #[must_use]
    pub fn of_org(&self, dialect: Dialect, org: &OrgId, request: &Request) -> OrgScope {
        OrgScope::new(org.clone(), Self::scope(dialect, request))
    }

    /// Decisions about every key, and reports of what was used.
    #[must_use]
    pub fn gate(&self) -> GateScope {
        GateScope::new()
    }

    /// The keys and the audit log of every dialect, to look at.
    #[must_use]
    pub fn operator(&self) -> OperatorScope {
        OperatorScope::new()
    }

    fn scope(dialect: Dialect, request: &Request) -> Scope {
        let (actor, request_id) = (format!("{}-admin", dialect.as_str()), request.id.clone());
        Scope { dialect, reach: Reach::Nothing, actor, request_id, standing: Standing::Secret }
    }
}
