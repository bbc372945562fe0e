//! The holder of a Requesty key: the caller that presents its token while the key is live.

use super::bearer::{Form, NoToken, bearer};
use crate::access::{OrgScope, Reach, RequestyPermission, RequestyPermissions, Scope, Standing};
use crate::keys::{Dialect, Key, KeyId, Presented, Token, presented};
use crate::orgs::OrgId;
use crate::runtime::request::Request;
use crate::runtime::service::Service;
use crate::secrets::NotGiven;
use crate::store::StoreError;
use crate::telemetry::{self, Caller};

/// Proof that the request came with the token of a key that exists and has not expired.
pub struct RequestyCaller {
    key: Key,
    permissions: RequestyPermissions,
}

/// Why the caller is unknown.
#[derive(Debug, thiserror::Error)]
pub enum NoCaller {
    /// There is no credential.
    #[error("no credential")]
    Missing,
    /// No live key has the credential; the reason makes no difference.
    #[error("no live key has this credential")]
    Invalid,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The function lacks the secret that leads from tokens to keys.
    #[error(transparent)]
    NotGiven(#[from] NotGiven),
}

/// Which key a request names besides that of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named {
    /// None.
    Nothing,
    /// The caller's own.
    Itself,
    /// The one with this id, which may be the caller's.
    Key(KeyId),
}

impl From<NoToken> for NoCaller {
    fn from(error: NoToken) -> Self {
        match error {
            NoToken::Missing => Self::Missing,
            NoToken::Malformed => Self::Invalid,
        }
    }
}

impl RequestyCaller {
    /// The caller alone: one read, and none when the text cannot be a token.
    ///
    /// # Errors
    /// Why the caller is unknown.
    pub async fn find(service: &Service, request: &Request) -> Result<Self, NoCaller> {
        Ok(Self::find_with(service, request, Named::Nothing).await?.0)
    }

    /// The caller, and the key that the request names, if the caller's organisation has it: one
    /// read for both.
    ///
    /// # Errors
    /// Why the caller is unknown.
    pub async fn find_with(
        service: &Service,
        request: &Request,
        named: Named,
    ) -> Result<(Self, Option<Key>), NoCaller> {
        let token = Token::presented(bearer(request, Form::Text)?);
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
        telemetry::authenticated(Caller::Key(key.id));
        telemetry::about_org(&key.org);
        let caller = Self { permissions: RequestyPermissions::of(&key.config), key };
        let found = match named {
            Named::Nothing => None,
            Named::Itself => Some(caller.key.clone()),
            Named::Key(id) if id == own => Some(caller.key.clone()),
            Named::Key(_) => keys.pop().filter(|key| caller.scope(request).covers(key.dialect, &key.org, key.id)),
        };
        if let Some(key) = &found {
            telemetry::about_key(key.id, &key.org);
        }
        Ok((caller, found))
    }

    /// The key of the presented token.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The organisation of the caller and of every key that it may see.
    #[must_use]
    pub fn org(&self) -> &OrgId {
        &self.key.org
    }

    /// Whether the caller has the permission `needed` on its organisation's keys.
    #[must_use]
    pub fn manages(&self, needed: RequestyPermission) -> bool {
        self.permissions.manage >= needed
    }

    /// The keys of the caller's organisation. Each change fails unless the caller's key is still at
    /// the same revision.
    #[must_use]
    pub fn scope(&self, request: &Request) -> OrgScope {
        let scope = Scope {
            dialect: Dialect::Requesty,
            reach: Reach::Nothing,
            actor: format!("key:{}", self.key.id),
            request_id: request.id.clone(),
            standing: Standing::Key(self.key.id, self.key.revision),
        };
        OrgScope::new(self.key.org.clone(), scope)
    }
}
