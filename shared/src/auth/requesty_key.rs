//! The holder of a Requesty key: whoever presents its token, while it lives.

use crate::access::{RequestyPermission, RequestyPermissions, Scope, Standing};
use crate::keys::{Dialect, Key, KeyId, Presented, Token, presented};
use crate::orgs::OrgId;
use crate::runtime::request::Request;
use crate::runtime::service::Service;
use crate::secrets::NotGiven;
use crate::store::StoreError;

/// Proof that the request came with the token of a key that exists and whose time is not over.
pub struct RequestyCaller {
    key: Key,
    permissions: RequestyPermissions,
}

/// Why nobody is known to call.
#[derive(Debug)]
pub enum NoCaller {
    /// There is no credential.
    Missing,
    /// There is one, but no live key has it; why not makes no difference.
    Invalid,
    /// The store failed.
    Store(StoreError),
    /// The function lacks the secret that leads from tokens to keys.
    NotGiven,
}

/// Which key a request names besides its caller's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// None.
    Nothing,
    /// The caller's own.
    Itself,
    /// The one with this id, which may be the caller's.
    Key(KeyId),
}

impl From<NotGiven> for NoCaller {
    fn from(NotGiven: NotGiven) -> Self {
        Self::NotGiven
    }
}

impl From<StoreError> for NoCaller {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl RequestyCaller {
    /// The caller alone: one read, and none for a token that cannot be one.
    ///
    /// # Errors
    /// Why nobody is known to call.
    pub async fn find(service: &Service, request: &Request) -> Result<Self, NoCaller> {
        Ok(Self::find_with(service, request, Named::Nothing).await?.0)
    }

    /// The caller, and the key that the request names, if the caller's organisation has it: one read for both.
    ///
    /// # Errors
    /// Why nobody is known to call.
    pub async fn find_with(
        service: &Service,
        request: &Request,
        named: Named,
    ) -> Result<(Self, Option<Key>), NoCaller> {
        let token = Token::presented(credential(request)?);
        let Presented::Token(Dialect::Requesty, own) = presented(&token, service.secrets.ids()?) else {
            return Err(NoCaller::Invalid);
        };
        let other = if let Named::Key(id) = named { Some(id).filter(|id| *id != own) } else { None };
        let now = service.clock.now();
        let ids: Vec<_> = std::iter::once(own).chain(other).collect();
        let mut keys = service.store.read_for_auth(&ids, now).await?;

        let at = keys.iter().position(|key| key.id == own).ok_or(NoCaller::Invalid)?;
        let key = keys.swap_remove(at);
        let live = key.dialect == Dialect::Requesty && !key.config.inactive && now < key.config.usable_until;
        if !live {
            return Err(NoCaller::Invalid);
        }
        let caller = Self { permissions: RequestyPermissions::of(&key.config), key };
        let found = match named {
            Named::Nothing => None,
            Named::Itself => Some(caller.key.clone()),
            Named::Key(id) if id == own => Some(caller.key.clone()),
            Named::Key(_) => keys.pop().filter(|key| caller.scope(request).covers(key.dialect, &key.org)),
        };
        Ok((caller, found))
    }

    /// The caller's key.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// Whose keys the caller may see at all.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.key.org
    }

    /// Whether the caller may manage its organisation's keys as far as `needed`.
    #[must_use]
    pub fn manages(&self, needed: RequestyPermission) -> bool {
        self.permissions.manage >= needed
    }

    /// The keys of the caller's organisation, in the name of the caller's key: changes hold only while that is as it was.
    #[must_use]
    pub fn scope(&self, request: &Request) -> Scope {
        Scope {
            dialect: Dialect::Requesty,
            org: Some(self.key.org.clone()),
            actor: format!("key:{}", self.key.id),
            request_id: request.id.clone(),
            standing: Standing::Key(self.key.id, self.key.revision),
        }
    }
}

/// What stands behind `Bearer`, the scheme in any case; proof of nothing yet.
///
/// # Errors
/// When there is nothing, or something of another form.
pub fn credential(request: &Request) -> Result<&str, NoCaller> {
    let value = request.headers.get(http::header::AUTHORIZATION).ok_or(NoCaller::Missing)?;
    let value = value.to_str().map_err(|_| NoCaller::Invalid)?.trim();
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    match (scheme, token.trim()) {
        ("", _) => Err(NoCaller::Missing),
        (scheme, _) if !scheme.eq_ignore_ascii_case("bearer") => Err(NoCaller::Invalid),
        (_, "") => Err(NoCaller::Missing),
        (_, token) => Ok(token),
    }
}
