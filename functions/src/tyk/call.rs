//! What every endpoint begins with: the admin check, and whose keys the request means.

use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::{Dialect, OrgId, Scope};
use latchkey_shared::request::Request;
use latchkey_shared::secrets::Secrets;

/// The header that carries the admin secret.
const ADMIN_HEADER: &str = "x-tyk-authorization";

/// The administrator who calls: all of Tyk's keys, in their name.
pub(crate) fn admin(secrets: &Secrets, request: &Request) -> Result<Scope, Failure> {
    let admin = Admin::from_header(secrets, request, ADMIN_HEADER).map_err(|_| Failure::NotAdmin)?;
    Ok(admin.everywhere(Dialect::Tyk, request))
}

/// An organisation's id that the request names.
pub(super) fn org(id: &str) -> Result<OrgId, Failure> {
    OrgId::parse(id).map_err(|_| Failure::InvalidOrg)
}
