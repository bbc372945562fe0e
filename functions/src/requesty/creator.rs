//! Who may create keys: a key with the permission to, or the administrator for an organisation that
//! they name.

use latchkey_shared::access::{OrgScope, RequestyPermission};
use latchkey_shared::auth::{Admin, RequestyCaller};
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::Dialect;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;

use super::caller::permitted;
use super::key_config::CreatedBy;

/// The header in which the administrator names an organisation.
const ORGANIZATION: &str = "x-organization-id";

/// Who creates a key, and in which organisation.
pub(super) struct Creator {
    pub(super) scope: OrgScope,
    pub(super) created_by: CreatedBy,
}

impl Creator {
    /// The administrator, or the caller if its key has the permission. This costs one read at most.
    pub(super) async fn of(service: &Service, request: &Request) -> Result<Self, Failure> {
        let created_by = |id| CreatedBy { id, email: String::new() };
        if let Ok(admin) = Admin::from_bearer(&service.secrets, request) {
            let org = named_org(request)?;
            let scope = admin.of_org(Dialect::Requesty, &org, request);
            return Ok(Self { scope, created_by: created_by(String::new()) });
        }
        let caller = RequestyCaller::find(service, request).await?;
        permitted(&caller, RequestyPermission::Write)?;
        Ok(Self { scope: caller.scope(request), created_by: created_by(caller.key().id.to_string()) })
    }
}

/// The organisation that the administrator names.
pub(super) fn named_org(request: &Request) -> Result<OrgId, Failure> {
    let named = request.header(ORGANIZATION).map(str::trim).filter(|id| !id.is_empty()).ok_or(Failure::InvalidOrg)?;
    OrgId::parse(named).map_err(|_| Failure::InvalidOrg)
}
