//! How AWS is reached: region, credentials and endpoints as every AWS SDK finds them, over an HTTPS
//! client and with a signer of our own.

mod endpoint;
mod failure;
mod https;
mod interceptors;
mod signer;
mod variables;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};
use aws_credential_types::provider::ProvideCredentials;
use aws_types::os_shim_internal::Env;
use aws_types::service_config::ServiceConfigKey;

pub use self::endpoint::FixedEndpoint;
pub use self::failure::NoCredentials;
pub(crate) use self::failure::failure;
pub use self::interceptors::WithoutMetadata;
pub(crate) use self::signer::Signer;
use self::variables::Variables;
pub use self::variables::{environment, sets_dynamodb_endpoint};
use crate::settings::{InvalidSetting, Settings};

/// No answer may keep a caller waiting longer than this; the first attempt gets a little less than
/// half.
const TIMEOUT: Duration = Duration::from_secs(5);

/// A service of AWS, as its SDK names it in endpoints, signatures and profiles.
#[derive(Clone, Copy, Debug)]
pub(crate) struct AwsService {
    /// Its name in endpoints and signatures.
    pub(crate) name: &'static str,
    /// Its id in profiles and, in capitals, in variables.
    pub(crate) id: &'static str,
}

/// What the environment and the profiles say about AWS.
#[derive(Debug)]
pub struct Aws {
    config: SdkConfig,
    region: String,
    /// Whether somebody set how often calls are repeated.
    sets_retries: bool,
}

impl Aws {
    /// Reads the variables of an environment and the profiles that they name, as every AWS SDK does. A
    /// variable that is empty counts as not set. Credentials are looked up at the first call.
    ///
    /// # Errors
    /// When there is no region, or a variable is wrong.
    pub async fn load(
        settings: &Settings,
        environment: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, InvalidSetting> {
        let variables = Variables::of(environment)?;
        let sets_retries = variables.set_retries();
        let config = aws_config::defaults(BehaviorVersion::latest())
            .http_client(https::client(settings.system_tls_roots)?)
            // Meant for tests of the SDK's; the SDK itself does not pass over variables that are empty.
            .env(Env::from(variables.into_map()))
            .load()
            .await;
        let region = config.region().map(ToString::to_string);
        let region = region.ok_or_else(|| InvalidSetting::new("AWS_REGION", "must be set, or a profile's region"))?;
        let sets_retries = sets_retries || config.retry_config().is_some_and(|set| *set != RetryConfig::standard());
        Ok(Self { config, region, sets_retries })
    }

    /// Looks up credentials, so that a program without any can say so when it starts.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn check_credentials(&self) -> Result<(), NoCredentials> {
        let Some(provider) = self.config.credentials_provider() else { return Ok(()) };
        provider.provide_credentials().await.map(drop).map_err(|error| NoCredentials::because(&error))
    }

    /// What the SDK's clients are configured from.
    pub(crate) fn config(&self) -> &SdkConfig {
        &self.config
    }

    /// How often a call is repeated, and how long it may take: as the user says, or as suits a caller
    /// who waits.
    pub(crate) fn patience(&self) -> (RetryConfig, TimeoutConfig) {
        let (ours, timeouts) = patience();
        let set = self.config.retry_config().filter(|_| self.sets_retries);
        (set.cloned().unwrap_or(ours), timeouts)
    }

    /// Signs requests to `service`.
    pub(crate) fn signer(&self, service: AwsService) -> Signer {
        Signer::new(service.name, self.region.clone())
    }

    /// The endpoint of `service`, if it is the same for every call; `None` where the SDK's rules
    /// find it.
    pub(crate) fn endpoint(&self, service: AwsService) -> Option<FixedEndpoint> {
        if let Some(url) = self.endpoint_url(service) {
            return Some(FixedEndpoint::at(url));
        }
        let is_plain = self.config.use_fips() != Some(true) && self.config.use_dual_stack() != Some(true);
        // Unless it is required, the endpoint of an account is a matter of the SDK's preference.
        let of_account = self.config.account_id_endpoint_mode().is_some_and(|mode| mode.to_string() == "required");
        (is_plain && !of_account).then(|| FixedEndpoint::of_region(service.name, &self.region)).flatten()
    }

    /// The URL that the user set for `service`, or for all services.
    fn endpoint_url(&self, service: AwsService) -> Option<String> {
        let key = ServiceConfigKey::builder().service_id(service.id).env(variables::ENDPOINT).profile("endpoint_url");
        let of_service = key.build().ok().and_then(|key| self.config.service_config()?.load_config(key));
        of_service.or_else(|| self.config.endpoint_url().map(str::to_owned))
    }
}

/// How often a call is repeated, and how long it may take, unless the user says otherwise.
pub(crate) fn patience() -> (RetryConfig, TimeoutConfig) {
    let timeouts = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(1))
        .operation_attempt_timeout(TIMEOUT * 2 / 5)
        .operation_timeout(TIMEOUT);
    (RetryConfig::standard().with_max_attempts(2).with_initial_backoff(Duration::from_millis(25)), timeouts.build())
}
