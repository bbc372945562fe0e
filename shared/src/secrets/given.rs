//! The secrets that a function is given: those that it declares, and no others.

use super::{AdminSecret, IdSecret, Sealer, Secret, Secrets};
use crate::sessions::Sessions;
use crate::settings::{ADMIN_SECRET, ADMIN_SECRET_PREVIOUS, ID_SECRET, InvalidSetting, SEAL_SECRETS};

impl Secrets {
    /// Reads the secrets in `wanted` through `get`, and no others.
    ///
    /// # Errors
    /// The first one that is missing or wrong; the message does not repeat it.
    pub fn read(wanted: &[Secret], get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let required = |name: &str| get(name).ok_or_else(|| InvalidSetting::new(name, "must be set"));
        let mut secrets = Self::default();
        for secret in wanted {
            match secret {
                Secret::Admin => {
                    let given = [
                        (ADMIN_SECRET, Some(required(ADMIN_SECRET)?)),
                        (ADMIN_SECRET_PREVIOUS, get(ADMIN_SECRET_PREVIOUS)),
                    ];
                    let given = given.iter().filter_map(|(name, secret)| Some((*name, secret.as_ref()?)));
                    let admin =
                        AdminSecret::parse(given).map_err(|(name, problem)| InvalidSetting::new(name, problem))?;
                    secrets.admin = Some(admin);
                }
                Secret::Id => {
                    let id = IdSecret::parse(&required(ID_SECRET)?);
                    secrets.id = Some(id.map_err(|problem| InvalidSetting::new(ID_SECRET, problem))?);
                }
                Secret::Session => secrets.sessions = Sessions::read(&get)?,
                Secret::Seal => {
                    let sealer = Sealer::parse(&required(SEAL_SECRETS)?);
                    secrets.seal = Some(sealer.map_err(|problem| InvalidSetting::new(SEAL_SECRETS, problem))?);
                }
            }
        }
        Ok(secrets)
    }
}
