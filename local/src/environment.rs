//! What the environment gives: settings, and secrets in plain text or by their ARNs in AWS Secrets
//! Manager.

use latchkey_shared::aws::{self, Aws};
use latchkey_shared::secrets::{Arns, Secret, SecretTexts, SecretsManager, SecretsUnavailable};
use latchkey_shared::settings::{self, InvalidSetting, Settings};

use crate::own_settings::OWN_SETTINGS;

/// The environment of this process. Secrets that it names are those of the moment when it was read.
pub struct Environment {
    variables: fn(&str) -> Option<String>,
    named: Option<SecretTexts>,
}

/// Why the environment cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {
    /// A variable is wrong.
    #[error(transparent)]
    Setting(#[from] InvalidSetting),
    /// A secret that is named cannot be read.
    #[error(transparent)]
    Secrets(#[from] SecretsUnavailable),
}

impl Environment {
    /// Reads the environment, and the secrets that it names.
    ///
    /// # Errors
    /// When a variable is wrong or a secret cannot be read.
    pub async fn read() -> Result<Self, Unusable> {
        let variables = settings::environment(OWN_SETTINGS)?;
        let arns = Arns::given(&Secret::ALL, variables)?;
        if arns.is_empty() {
            return Ok(Self { variables, named: None });
        }
        let aws = Aws::load(&Settings::read(variables)?, aws::environment()).await?;
        let named = SecretsManager::new(&aws, arns).read(&Secret::ALL).await?;
        Ok(Self { variables, named: Some(named) })
    }

    /// The value of the setting `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<String> {
        self.named.as_ref().and_then(|named| named.get(name)).or_else(|| (self.variables)(name))
    }
}
