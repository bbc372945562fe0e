//! A running instance of a function: what it serves with, and how it notices new secrets.
//!
//! Secrets are read while the function waits for its first event, and checked again while it serves.
//! Handlers see none of this: each works with one [`Service`], whose secrets stay the same.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use http::StatusCode;
use tokio::time::timeout;

use super::deadline::Deadline;
use super::function::{Action, Function};
pub use super::secret_source::Environment;
use super::secret_source::{Loaded, Origin, SecretSource};
use super::service::Service;
use crate::aws::Aws;
use crate::clock::{Clock, Millis};
use crate::secrets::{Secret, Secrets, SecretsUnavailable};
use crate::settings::{InvalidSetting, Settings};
use crate::store::Store;

/// From this age on, secrets are checked beside the event that is served.
const CHECKED_BESIDE: Millis = 2 * 60 * 1000;
/// From this age on, which only an instance reaches that had no events, secrets are checked before
/// the event is served: one that was ended must not be accepted for longer.
const CHECKED_BEFORE: Millis = 5 * 60 * 1000;
/// How far apart checks are that nothing but a refused request or a failure is the reason for.
const APART: Millis = 5 * 1000;
/// How long an event waits for a check when there are secrets already.
const PATIENCE: Duration = Duration::from_secs(1);

/// A running instance of a function.
pub struct Instance {
    function: &'static Function,
    source: SecretSource,
    settings: Settings,
    store: Store,
    clock: Clock,
    state: Mutex<State>,
    /// Held by the one check that runs.
    checking: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct State {
    known: Option<Known>,
    /// How many checks succeeded.
    checks: u64,
    /// When a check last began because the secrets were old.
    renewed: Option<Millis>,
    /// When a check last began because a request was refused or failed.
    retried: Option<Millis>,
}

/// What the instance serves with.
#[derive(Clone)]
struct Known {
    service: Arc<Service>,
    origin: Origin,
    checked: Millis,
}

impl Instance {
    /// An instance of `function` with the settings and plain secrets of `environment`, which reaches
    /// AWS through `aws`. Nothing is read yet.
    ///
    /// # Errors
    /// When a setting or a plain secret is missing or wrong, or a secret is given twice.
    pub fn new(
        function: &'static Function,
        environment: Environment,
        aws: &Aws,
        clock: Clock,
    ) -> Result<Arc<Self>, InvalidSetting> {
        let settings = Settings::read(&environment)?;
        let store = Store::connect(aws, &settings);
        let source = SecretSource::new(function, environment, aws)?;
        let (state, checking) = (Mutex::default(), tokio::sync::Mutex::default());
        Ok(Arc::new(Self { function, source, settings, store, clock, state, checking }))
    }

    /// How the function was set up.
    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The source of the time.
    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Begins to read the secrets and to open the connection to the store.
    pub fn start(self: &Arc<Self>) {
        self.check_beside();
        // Otherwise the connection is opened by the look at the id secret that is pinned.
        if !self.source.makes_ids() {
            let instance = self.clone();
            tokio::spawn(async move { instance.open_connection().await });
        }
    }

    /// What a request is served with that must be answered by `deadline`. If the secrets cannot be
    /// read, it has none, and says why.
    pub async fn service(self: &Arc<Self>, deadline: Deadline) -> Arc<Service> {
        let Some(known) = self.known() else {
            let checked = deadline.bound(self.check()).await;
            return checked.unwrap_or_else(|cause| self.serving(Secrets::unavailable(cause)));
        };
        match self.clock.now() - known.checked {
            ..CHECKED_BESIDE => known.service,
            _ if !self.source.may_change(&known.origin) || !self.may_try(|state| &mut state.renewed) => known.service,
            CHECKED_BESIDE..CHECKED_BEFORE => {
                self.check_beside();
                known.service
            }
            CHECKED_BEFORE.. => self.check_soon(deadline).await.unwrap_or(known.service),
        }
    }

    /// What a request is served with again that `used` answered with `status`: newer secrets, where
    /// an old one may be why it was refused or failed.
    pub async fn service_again(
        &self,
        used: &Arc<Service>,
        status: StatusCode,
        deadline: Deadline,
    ) -> Option<Arc<Service>> {
        if !self.refuses(status) && !misses_a_version(used, status) {
            return None;
        }
        let known = self.known().filter(|known| self.source.may_change(&known.origin))?;
        let newest = match Arc::ptr_eq(&known.service, used) && self.may_try(|state| &mut state.retried) {
            true => self.check_soon(deadline).await?,
            false => known.service,
        };
        (!Arc::ptr_eq(&newest, used)).then_some(newest)
    }

    /// Whether the caller was refused for what it presented.
    fn refuses(&self, status: StatusCode) -> bool {
        matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN)
            && self.function.secrets.iter().any(|secret| matches!(secret, Secret::Admin | Secret::Session))
    }

    /// Whether a check may begin that is no more than a try. Each reason for one has its own time: a
    /// refused request waits for the check that has just begun because the secrets are old.
    fn may_try(&self, tried: impl Fn(&mut State) -> &mut Option<Millis>) -> bool {
        let (now, mut state) = (self.clock.now(), self.state());
        let tried = tried(&mut state);
        let may = tried.is_none_or(|tried| now - tried >= APART);
        if may {
            *tried = Some(now);
        }
        may
    }

    fn check_beside(self: &Arc<Self>) {
        let instance = self.clone();
        tokio::spawn(async move { instance.check().await.inspect_err(|cause| instance.warn(cause)).is_ok() });
    }

    async fn check_soon(&self, deadline: Deadline) -> Option<Arc<Service>> {
        let soon = async {
            let checked = timeout(PATIENCE, self.check()).await;
            checked.unwrap_or_else(|_| Err(SecretsUnavailable::new("no answer within a second")))
        };
        deadline.bound(soon).await.inspect_err(|cause| self.warn(cause)).ok()
    }

    fn warn(&self, cause: &SecretsUnavailable) {
        tracing::warn!(function = self.function.name, %cause, "secrets were not checked");
    }

    /// Makes sure that the secrets are the present ones. One check serves all that wait for it.
    async fn check(&self) -> Result<Arc<Service>, SecretsUnavailable> {
        let before = self.state().checks;
        let _alone = self.checking.lock().await;
        let checks = self.state().checks;
        let known = self.known();
        let service = known.as_ref().map(|known| known.service.clone());
        if let Some(service) = service.clone().filter(|_| checks > before) {
            return Ok(service);
        }
        let checked = self.clock.now();
        let origin = known.map(|known| known.origin).unwrap_or_default();
        // On the heap, so that requests, which rarely wait for this, are no larger for it.
        let loaded = Box::pin(self.source.load(&self.store, &origin)).await?;
        let (service, origin) = match (loaded, service) {
            (Some(Loaded { secrets, origin }), _) => (self.serving(secrets), origin),
            (None, Some(service)) => (service, origin),
            (None, None) => return Err(SecretsUnavailable::new("they were not read")),
        };
        let mut state = self.state();
        state.known = Some(Known { service: service.clone(), origin, checked });
        state.checks += 1;
        Ok(service)
    }

    fn serving(&self, secrets: Secrets) -> Arc<Service> {
        let (settings, store, clock) = (self.settings.clone(), self.store.clone(), self.clock.clone());
        Arc::new(Service { settings, secrets, store, clock })
    }

    async fn open_connection(&self) {
        let mut readable = self.function.access.iter().filter(|(_, actions)| actions.contains(&Action::GetItem));
        if let Some((table, _)) = readable.next() {
            self.store.open_connection(*table).await;
        }
    }

    fn known(&self) -> Option<Known> {
        self.state().known.clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the request failed and something was sealed by a version that is not known.
fn misses_a_version(used: &Service, status: StatusCode) -> bool {
    let missed = used.secrets.seal.as_ref().is_some_and(|sealer| sealer.missed_a_version());
    missed && (status.is_client_error() || status.is_server_error())
}
