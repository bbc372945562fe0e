//! Where a function's secrets come from: its environment, or Secrets Manager. The id secret must be
//! the one that the store's keys were made with.

use super::function::{Action, Function};
use crate::aws::Aws;
use crate::secrets::{Arns, IdSecret, Secret, SecretTexts, Secrets, SecretsManager, SecretsUnavailable};
use crate::settings::InvalidSetting;
use crate::store::{Store, Table};

const OTHER_ID: &str = "the id secret is not the one that the store's keys were made with";

/// Where settings and plain secrets come from.
pub type Environment = Box<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// Reads the secrets that one function declares, and no others.
pub(super) struct SecretSource {
    function: &'static Function,
    environment: Environment,
    /// Reads those that are given by their ARNs, if any are.
    manager: Option<SecretsManager>,
}

/// Secrets, and what is known of them.
pub(super) struct Loaded {
    pub(super) secrets: Secrets,
    pub(super) origin: Origin,
}

/// Which versions of secrets were read.
#[derive(Clone, Default)]
pub(super) struct Origin {
    versions: Vec<(Secret, String)>,
    /// The id secret, if the store says that it is the right one. It is not read again.
    pinned: Option<IdSecret>,
}

impl SecretSource {
    /// The secrets that `environment` has or names. Those that it has are checked at once.
    ///
    /// # Errors
    /// When one is missing or wrong, or given twice.
    pub(super) fn new(
        function: &'static Function,
        environment: Environment,
        aws: &Aws,
    ) -> Result<Self, InvalidSetting> {
        let arns = Arns::given(function.secrets, &environment)?;
        let plain: Vec<_> = function.secrets.iter().copied().filter(|secret| !arns.has(*secret)).collect();
        Secrets::read(&plain, &environment)?;
        let manager = (!arns.is_empty()).then(|| SecretsManager::new(aws, arns));
        Ok(Self { function, environment, manager })
    }

    /// Whether the function makes key ids, so that its id secret has to be pinned.
    pub(super) fn makes_ids(&self) -> bool {
        self.function.secrets.contains(&Secret::Id)
    }

    /// Whether any secret may have changed since it was read.
    pub(super) fn may_change(&self, origin: &Origin) -> bool {
        self.manager.as_ref().is_some_and(|manager| manager.reads_any(&self.wanted(origin)))
    }

    /// Reads the secrets; `None` if they are those of `origin`. The store is asked at the same time
    /// which id secret is pinned.
    pub(super) async fn load(&self, store: &Store, origin: &Origin) -> Result<Option<Loaded>, SecretsUnavailable> {
        let wanted = self.wanted(origin);
        let (texts, pin) = tokio::join!(self.texts(&wanted), self.pin(store, origin));
        let (texts, pin) = (texts?, pin?);
        let versions = texts.as_ref().map(SecretTexts::versions).unwrap_or_default();
        let is_settled = origin.pinned.is_some() || !self.makes_ids();
        if is_settled && !versions.is_empty() && versions.iter().all(|version| origin.versions.contains(version)) {
            return Ok(None);
        }
        let get = |name: &str| texts.as_ref().and_then(|texts| texts.get(name)).or_else(|| (self.environment)(name));
        let mut secrets = Secrets::read(&wanted, get).map_err(SecretsUnavailable::new)?;
        let pinned = match (&origin.pinned, &secrets.id) {
            (None, Some(id)) => self.pinned(store, id, pin).await?.then(|| id.clone()),
            (pinned, _) => pinned.clone(),
        };
        secrets.id = secrets.id.or_else(|| pinned.clone());
        Ok(Some(Loaded { secrets, origin: Origin { versions, pinned } }))
    }

    /// The declared secrets without an id secret that is pinned.
    fn wanted(&self, origin: &Origin) -> Vec<Secret> {
        let wanted = self.function.secrets.iter().copied();
        wanted.filter(|secret| *secret != Secret::Id || origin.pinned.is_none()).collect()
    }

    async fn texts(&self, wanted: &[Secret]) -> Result<Option<SecretTexts>, SecretsUnavailable> {
        match &self.manager {
            Some(manager) => manager.read(wanted).await.map(Some),
            None => Ok(None),
        }
    }

    /// The fingerprint of the id secret that is pinned, if it matters and there is one.
    async fn pin(&self, store: &Store, origin: &Origin) -> Result<Option<String>, SecretsUnavailable> {
        if !self.makes_ids() || origin.pinned.is_some() {
            return Ok(None);
        }
        Ok(store.pinned_id().await?)
    }

    /// Whether `id` is the secret that is pinned. The first function that may write keys pins its
    /// own; until then there are no keys, and every id secret is as good as another.
    async fn pinned(&self, store: &Store, id: &IdSecret, pin: Option<String>) -> Result<bool, SecretsUnavailable> {
        let own = id.fingerprint();
        let mut access = self.function.access.iter();
        let may_pin = access.any(|(table, actions)| *table == Table::Keys && actions.contains(&Action::PutItem));
        let pin = match pin {
            None if may_pin => Some(store.pin_id(&own).await?),
            pin => pin,
        };
        match pin {
            Some(pin) if pin != own => Err(SecretsUnavailable::new(OTHER_ID)),
            pin => Ok(pin.is_some()),
        }
    }
}
