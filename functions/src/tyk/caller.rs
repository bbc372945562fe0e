//! Who calls: in this dialect always the administrator.

use latchkey_shared::access::DialectScope;
use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::keys::Dialect;
use latchkey_shared::runtime::request::Request;
use latchkey_shared::secrets::Secrets;

/// The header that carries the admin secret.
const ADMIN_HEADER: &str = "x-tyk-authorization";

/// Access to all Tyk keys, for a caller that presents the admin secret.
pub(super) fn admin(secrets: &Secrets, request: &Request) -> Result<DialectScope, Failure> {
    let admin = Admin::from_header(secrets, request, ADMIN_HEADER).map_err(|_| Failure::NotAdmin)?;
    Ok(admin.everywhere(Dialect::Tyk, request))
}
