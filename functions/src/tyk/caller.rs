//! What every endpoint begins with: the admin check, whose keys the request means, and what its query asks for.

use latchkey_shared::access::Scope;
use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::Dialect;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::secrets::Secrets;

use super::session::Warnings;

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

/// Whether the query has `name` as `1`. Any other value is no, as in the gateway; one that does not look it is warned of.
pub(super) fn flag(request: &Request, name: &str, warnings: &mut Warnings) -> bool {
    let value = request.query.get(name);
    if !matches!(value, "" | "0" | "1" | "false") {
        warnings.add(format!("{name} has no effect unless it is 1"));
    }
    value == "1"
}
