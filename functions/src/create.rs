//! Creates a key with a random token. A repeated request returns the key that it created first.

use latchkey_shared::access::OrgScope;
use latchkey_shared::keys::idempotency::{self, NotMade};
use latchkey_shared::keys::{KeyId, Repeatable, Token};
use latchkey_shared::runtime::request::{Request, Unreadable};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{NotGiven, SealError};
use latchkey_shared::store::{Created, Earlier, NewKey, StoreError, Terms};

/// The creation of a key.
pub(crate) struct KeyCreation<'a> {
    pub(crate) service: &'a Service,
    pub(crate) request: &'a Request,
    /// Who creates the key, and in which organisation.
    pub(crate) scope: &'a OrgScope,
    /// The most keys that the organisation may have; `None` if they are not counted.
    pub(crate) cap: Option<usize>,
}

impl KeyCreation<'_> {
    /// Creates the key: `token` turns sixteen random bytes into a token and its id, and `new_key`
    /// configures the key.
    pub(crate) async fn run<E>(
        &self,
        token: impl Fn([u8; 16]) -> Result<(KeyId, Token), E>,
        new_key: impl FnOnce(KeyId, &Token) -> Result<NewKey, E>,
    ) -> Result<(KeyId, Token), E>
    where
        E: From<NotMade> + From<StoreError> + From<NotGiven> + From<SealError> + From<Unreadable>,
    {
        let repeatable = self.repeatable::<E>().await?;
        let random = match &repeatable {
            Some(repeatable) => repeatable.token_bytes(self.service.secrets.sealer()?)?,
            None => *uuid::Uuid::new_v4().as_bytes(),
        };
        let (id, made) = token(random)?;
        let new = new_key(id, &made)?;
        let terms = Terms { request: repeatable.as_ref(), cap: self.cap };
        let created = self.service.store.create(self.scope, id, &new, terms, self.service.clock.now()).await?;
        match (created, &repeatable) {
            (Created::Made, _) => Ok((id, made)),
            (Created::Earlier(earlier), Some(repeatable)) => token(self.repeat::<E>(repeatable, earlier).await?),
            (Created::CapReached, _) => Err(NotMade::CapReached.into()),
            (Created::Earlier(_) | Created::Taken, _) => Err(NotMade::TokenTaken.into()),
        }
    }

    /// The request with its `Idempotency-Key`, if it has one.
    async fn repeatable<E: From<NotMade> + From<NotGiven> + From<Unreadable>>(&self) -> Result<Option<Repeatable>, E> {
        let Self { service, request, scope, .. } = self;
        let Some(name) = idempotency::name_of(&request.headers)? else { return Ok(None) };
        let secrets = (service.secrets.ids()?, service.secrets.sealer()?);
        let named_by = (scope.actor(), request.path.as_str(), scope.org().as_str());
        let content = [request.query.encoded().into_bytes(), request.body().await?.to_vec()];
        let content = content.each_ref().map(Vec::as_slice);
        Ok(Some(Repeatable::new(name, secrets, named_by, &content)))
    }

    /// The random bytes of the token that the first such request created.
    async fn repeat<E>(&self, request: &Repeatable, earlier: Earlier) -> Result<[u8; 16], E>
    where
        E: From<NotMade> + From<StoreError> + From<NotGiven>,
    {
        if earlier.digest != request.digest {
            return Err(NotMade::IdempotencyKeyReused.into());
        }
        let found = self.service.store.find(self.scope, earlier.key, self.service.clock.now()).await?;
        let first = request.as_first(earlier.salt, earlier.version);
        match (found, first.token_bytes(self.service.secrets.sealer()?)) {
            (Some(_), Ok(bytes)) => Ok(bytes),
            _ => Err(NotMade::NoLongerRepeatable.into()),
        }
    }
}
