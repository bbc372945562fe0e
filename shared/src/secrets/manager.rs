//! Secrets in AWS Secrets Manager, by their ARNs.

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::{Builder, StalledStreamProtectionConfig};

use super::{Secret, SecretsUnavailable};
use crate::aws::{Aws, AwsService, WithoutMetadata, failure};
use crate::settings::{InvalidSetting, SESSION_JWKS};

const SECRETS_MANAGER: AwsService = AwsService { name: "secretsmanager", id: "Secrets Manager" };

/// The secrets that are given by their ARNs, not in plain text.
pub struct Arns(Vec<(Secret, String)>);

impl Arns {
    /// Those of `wanted` that are given so.
    ///
    /// # Errors
    /// When a secret is given in plain text as well, or session tokens are verified by published
    /// keys.
    pub fn given(wanted: &[Secret], get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let given = wanted.iter().filter_map(|secret| Some((*secret, secret.arn_setting().value(&get)?)));
        let arns = Self(given.collect());
        for (secret, _) in &arns.0 {
            let others = [Some(secret.setting()), (*secret == Secret::Session).then_some(SESSION_JWKS)];
            let other = others.into_iter().flatten().find(|other| other.value(&get).is_some());
            if let Some(other) = other {
                let problem = format!("must not be set together with {}", other.name);
                return Err(secret.arn_setting().invalid(problem));
            }
        }
        Ok(arns)
    }

    /// Whether no secret is given so.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `secret` is given so.
    #[must_use]
    pub fn has(&self, secret: Secret) -> bool {
        self.0.iter().any(|(given, _)| *given == secret)
    }
}

/// Reads secrets by their ARNs, and no others.
pub struct SecretsManager {
    client: Client,
    arns: Arns,
}

/// Secrets as Secrets Manager has them.
pub struct SecretTexts(Vec<SecretText>);

struct SecretText {
    secret: Secret,
    /// The id of the version.
    version: String,
    text: String,
}

impl SecretsManager {
    /// Reads the secrets in `arns`, as the environment says. Nothing is read yet.
    #[must_use]
    pub fn new(aws: &Aws, arns: Arns) -> Self {
        let (retries, timeouts) = aws.patience();
        let mut config = Builder::from(aws.config())
            .stalled_stream_protection(StalledStreamProtectionConfig::disabled())
            .disable_clock_skew_correction(true)
            .interceptor(WithoutMetadata)
            .retry_config(retries)
            .timeout_config(timeouts)
            .push_auth_scheme(aws.signer(SECRETS_MANAGER));
        if let Some(endpoint) = aws.endpoint(SECRETS_MANAGER) {
            config = config.endpoint_resolver(endpoint);
        }
        Self { client: Client::from_conf(config.build()), arns }
    }

    /// Whether it reads any of these secrets.
    #[must_use]
    pub fn reads_any(&self, secrets: &[Secret]) -> bool {
        secrets.iter().any(|secret| self.arns.has(*secret))
    }

    /// The present versions of the secrets in `wanted`, of those that have an ARN. They are read at
    /// the same time, each by a call of its own: no policy can limit `BatchGetSecretValue` to certain
    /// secrets, and its quota is a hundredth.
    ///
    /// # Errors
    /// When one of them cannot be read.
    pub async fn read(&self, wanted: &[Secret]) -> Result<SecretTexts, SecretsUnavailable> {
        let one = |secret| Box::pin(self.one(secret, wanted));
        let [admin, id, seal, session] = Secret::ALL.map(one);
        let (admin, id, seal, session) = tokio::try_join!(admin, id, seal, session)?;
        Ok(SecretTexts([admin, id, seal, session].into_iter().flatten().collect()))
    }

    async fn one(&self, secret: Secret, wanted: &[Secret]) -> Result<Option<SecretText>, SecretsUnavailable> {
        let arn = self.arns.0.iter().find(|(given, _)| *given == secret).map(|(_, arn)| arn);
        let Some(arn) = arn.filter(|_| wanted.contains(&secret)) else { return Ok(None) };
        let failed = |cause: String| SecretsUnavailable::new(format!("{}: {cause}", secret.arn_setting().name));
        let read = self.client.get_secret_value().secret_id(arn).send().await;
        let read = read.map_err(|error| failed(failure(&error)))?;
        let text = read.secret_string.ok_or_else(|| failed("it has no text".to_owned()))?;
        Ok(Some(SecretText { secret, version: read.version_id.unwrap_or_default(), text }))
    }
}

impl SecretTexts {
    /// The text for the setting `name`, if it is that of one of these secrets.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        let found = self.0.iter().find(|text| text.secret.setting().name == name);
        found.map(|found| found.text.clone())
    }

    /// Which versions of which secrets these are.
    #[must_use]
    pub fn versions(&self) -> Vec<(Secret, String)> {
        self.0.iter().map(|text| (text.secret, text.version.clone())).collect()
    }
}
