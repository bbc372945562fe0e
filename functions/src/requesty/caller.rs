//! What the endpoints begin with: who calls, which key the path names, and whether the caller may do that to it.

use latchkey_shared::access::{OrgScope, RequestyPermission};
use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::auth::requesty_key::Named;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::{Key, KeyId};
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;

/// Characters of a UUID in its usual form.
const UUID_LENGTH: usize = 36;

/// A request about one key.
pub(super) struct KeyRequest {
    caller: RequestyCaller,
    path: PathId,
    /// The key that the path names, if the caller's organisation has it.
    found: Option<Key>,
}

/// What the path has in the place of a key's id.
#[derive(Clone, Copy, PartialEq, Eq)]
enum PathId {
    /// `self`.
    Itself,
    Key(KeyId),
    Invalid,
}

impl PathId {
    fn read(text: &str) -> Self {
        match text {
            "self" => Self::Itself,
            uuid if uuid.len() == UUID_LENGTH => KeyId::parse(uuid).map_or(Self::Invalid, Self::Key),
            _ => Self::Invalid,
        }
    }
}

impl KeyRequest {
    /// Finds the caller and the key that the path names: one read.
    pub(super) async fn of(service: &Service, request: &Request) -> Result<Self, Failure> {
        let path = PathId::read(request.param("api_key_id"));
        let named = match path {
            PathId::Itself => Named::Itself,
            PathId::Key(id) => Named::Key(id),
            PathId::Invalid => Named::Nothing,
        };
        let (caller, found) = RequestyCaller::find_with(service, request, named).await?;
        Ok(Self { caller, path, found })
    }

    /// Whether the caller may look at the key. At its own everybody may.
    pub(super) fn may_read(&self) -> Result<(), Failure> {
        if !self.is_about_itself() {
            permitted(&self.caller, RequestyPermission::Read)?;
        }
        if self.path == PathId::Invalid { Err(Failure::InvalidId) } else { Ok(()) }
    }

    /// Whether the caller may change the key, which `self` does not name; the scope to do so in.
    pub(super) fn may_change(&self, request: &Request) -> Result<OrgScope, Failure> {
        permitted(&self.caller, RequestyPermission::Write)?;
        match self.path {
            PathId::Key(_) => Ok(self.caller.scope(request)),
            PathId::Itself | PathId::Invalid => Err(Failure::InvalidId),
        }
    }

    /// The key.
    pub(super) fn key(&self) -> Result<&Key, Failure> {
        self.found.as_ref().ok_or(Failure::NoSuchKey)
    }

    /// What is to be said once the key turns out to be gone. Who deleted its own key meanwhile has none to call with.
    pub(super) fn gone(&self) -> Failure {
        if self.is_about_itself() { Failure::InvalidCredential } else { Failure::NoSuchKey }
    }

    fn is_about_itself(&self) -> bool {
        self.path == PathId::Itself || self.path == PathId::Key(self.caller.key().id)
    }
}

/// Whether `caller` may manage its organisation's keys so far.
pub(super) fn permitted(caller: &RequestyCaller, needed: RequestyPermission) -> Result<(), Failure> {
    if caller.manages(needed) { Ok(()) } else { Err(Failure::NotPermitted(needed)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_uuid_with_hyphens_in_any_case_or_self() {
        let id = "7b1c9f0e-2f5d-4c55-9a43-0d6f2f8b7e11";
        assert!(PathId::read(id) == PathId::read(&id.to_uppercase()) && PathId::read(id) != PathId::Invalid);
        assert!(PathId::read("self") == PathId::Itself);
        for text in ["", "Self", "self ", &id.replace('-', ""), &id[1..], &format!("{{{id}}}"), &"é".repeat(18)] {
            assert!(PathId::read(text) == PathId::Invalid, "{text}");
        }
    }
}
