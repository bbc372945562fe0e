//! Authenticates the caller, finds the key in the path, and checks what the caller may do with it.

use latchkey_shared::access::{OrgScope, RequestyPermission};
use latchkey_shared::auth::RequestyCaller;
use latchkey_shared::auth::requesty_key::Named;
use latchkey_shared::envelope::requesty::Failure;
use latchkey_shared::keys::{Key, KeyId};
use latchkey_shared::runtime::request::Request;
use latchkey_shared::runtime::service::Service;

const UUID_LENGTH: usize = 36;

/// A request about one key.
pub(super) struct KeyRequest {
    caller: RequestyCaller,
    path: PathId,
    /// The key in the path, if it belongs to the caller's organisation.
    found: Option<Key>,
}

/// The id of a key in a path.
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
    /// Finds the caller and the key in the path. This costs one read.
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

    /// Checks that the caller may read the key. Every key may read itself.
    pub(super) fn may_read(&self) -> Result<(), Failure> {
        if !self.is_about_itself() {
            permitted(&self.caller, RequestyPermission::Read)?;
        }
        if self.path == PathId::Invalid { Err(Failure::InvalidId) } else { Ok(()) }
    }

    /// Checks that the caller may change the key, and returns the scope for it. `self` is not
    /// accepted.
    pub(super) fn may_change(&self, request: &Request) -> Result<OrgScope, Failure> {
        permitted(&self.caller, RequestyPermission::Write)?;
        match self.path {
            PathId::Key(_) => Ok(self.caller.scope(request)),
            PathId::Itself | PathId::Invalid => Err(Failure::InvalidId),
        }
    }

    /// The key, if it exists.
    pub(super) fn key(&self) -> Result<&Key, Failure> {
        self.found.as_ref().ok_or(Failure::NoSuchKey)
    }

    /// The failure if the key was deleted in the meantime. A caller that was deleted itself has no
    /// valid credential.
    pub(super) fn gone(&self) -> Failure {
        if self.is_about_itself() { Failure::InvalidCredential } else { Failure::NoSuchKey }
    }

    fn is_about_itself(&self) -> bool {
        self.path == PathId::Itself || self.path == PathId::Key(self.caller.key().id)
    }
}

/// Checks that `caller` has this permission to manage its organisation's keys.
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
