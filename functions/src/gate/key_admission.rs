//! Whether a key admits a call: its own limits, and the windows that it shares with other keys.

use latchkey_shared::access::rules::Applying;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::gate::Code;
use latchkey_shared::keys::{Key, Plan, SharedName};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::rights::Barred;
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::{KeyCheck, SharedCheck, SharedWindows, StoreError, Take};
use latchkey_shared::telemetry;

/// The answer of a key, before its organisation is checked.
pub(super) struct KeyAdmission {
    key: KeyCheck,
    shared: Option<(SharedName, SharedCheck)>,
}

impl KeyAdmission {
    /// Checks the windows that the key shares, if any. Units are taken only if the key itself
    /// allows the call.
    pub(super) async fn of(service: &Service, key: KeyCheck, take: Take) -> Result<Self, Internal> {
        let allowed = matches!(key, KeyCheck::Taken(..));
        let ids = service.secrets.ids()?;
        let sharing = parts(&key).and_then(|(key, applying)| Some((key, applying, SharedName::of(key, ids)?)));
        let Some((sharer, applying, name)) = sharing else { return Ok(Self { key, shared: None }) };
        let of_shared = if allowed { take } else { take.looking() };
        match service.store.take_from_shared(&name, &sharer.config.limits, &applying, of_shared).await {
            Ok(check) => Ok(Self { key, shared: Some((name, check)) }),
            Err(error) => Err(Self { key, shared: None }.undone(service, error, take).await),
        }
    }

    /// Gives back the key's units if the shared windows were too contended to take any.
    async fn undone(mut self, service: &Service, error: StoreError, take: Take) -> Internal {
        if matches!(error, StoreError::Contended) {
            self.give_back(service, take).await;
        }
        error.into()
    }

    /// The organisation of the key, if there is a key.
    pub(super) fn org(&self) -> Option<&OrgId> {
        match &self.key {
            KeyCheck::Unknown => None,
            KeyCheck::Barred(key, _) | KeyCheck::Full(key, ..) | KeyCheck::Taken(key, _) => Some(&key.org),
        }
    }

    /// What the key's policies make of it, if it follows any.
    pub(super) fn plan(&self) -> Option<&Plan> {
        let (key, _) = parts(&self.key)?;
        key.plan.as_deref()
    }

    /// Why the key refuses the call, and until when; `None` if it allows the call.
    pub(super) fn refusal(&self) -> Option<(Code, Option<Millis>)> {
        match (&self.key, &self.shared) {
            (KeyCheck::Unknown, _) => Some((Code::UnknownKey, None)),
            (KeyCheck::Barred(_, barred), _) => Some((code_of(*barred), None)),
            (KeyCheck::Full(_, _, full), _) | (KeyCheck::Taken(..), Some((_, SharedCheck::Full(full, _)))) => {
                Some((Code::full(full.limit), Some(full.until)))
            }
            (KeyCheck::Taken(..), _) => None,
        }
    }

    /// Gives back the units because the call is refused after all. If that fails, the answer stays
    /// the same, and the key admits fewer calls until its windows end.
    pub(super) async fn give_back(&mut self, service: &Service, take: Take) {
        let KeyCheck::Taken(key, applying) = &mut self.key else { return };
        if take.look {
            return;
        }
        if let Some((name, SharedCheck::Taken(taken))) = &mut self.shared {
            let limits = (&key.config.limits, &*applying);
            match service.store.give_back_to_shared(name, limits, taken.clone(), take).await {
                Ok(windows) => *taken = windows,
                Err(error) => telemetry::warn(format_args!("shared units could not be given back: {error}")),
            }
        }
        match service.store.give_back(key, applying, take).await {
            Ok(given_back) => *key = given_back.unwrap_or_else(|| key.clone()),
            Err(error) => telemetry::warn(format_args!("units could not be given back: {error}")),
        }
    }

    /// The key as answers show it, with what is left in shared windows, and the limits that apply.
    pub(super) fn into_key(self, now: Millis) -> Option<(Key, Applying)> {
        let (mut key, applying) = match self.key {
            KeyCheck::Unknown => return None,
            KeyCheck::Barred(key, _) => (key, Applying::default()),
            KeyCheck::Full(key, applying, _) | KeyCheck::Taken(key, applying) => (key, applying),
        };
        if let Some((_, SharedCheck::Full(_, windows) | SharedCheck::Taken(windows))) = self.shared {
            SharedWindows::show_in(&windows, &mut key.config.limits, now);
        }
        Some((key, applying))
    }
}

/// The key that was checked, if there is one, and the limits that apply.
fn parts(check: &KeyCheck) -> Option<(&Key, Applying)> {
    match check {
        KeyCheck::Unknown => None,
        KeyCheck::Barred(key, _) => Some((key, Applying::default())),
        KeyCheck::Full(key, applying, _) | KeyCheck::Taken(key, applying) => Some((key, applying.clone())),
    }
}

fn code_of(barred: Barred) -> Code {
    match barred {
        Barred::Credential => Code::CredentialRequired,
        Barred::Policies => Code::PoliciesUnmet,
        Barred::Api => Code::ApiNotAllowed,
        Barred::Inactive => Code::Inactive,
        Barred::Expired => Code::Expired,
        Barred::Resource => Code::ResourceNotAllowed,
    }
}
