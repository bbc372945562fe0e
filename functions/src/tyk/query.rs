//! Query parameters that several endpoints have.

use latchkey_shared::runtime::request::Request;

use super::session::Warnings;

/// Whether the parameter is `1`. As in the gateway, any other value means no; a value that may mean yes adds a warning.
pub(super) fn flag(request: &Request, name: &str, warnings: &mut Warnings) -> bool {
    let value = request.query.get(name);
    if !matches!(value, "" | "0" | "1" | "false") {
        warnings.add(format!("{name} has no effect unless it is 1"));
    }
    value == "1"
}
