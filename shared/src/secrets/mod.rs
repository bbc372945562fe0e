//! The secrets of the service. Each function is given the ones it declares, and `Debug` shows
//! nothing of any.

mod admin_secret;
mod debug;
mod id_secret;
mod manager;
mod seal;
mod unavailable;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::sessions::SessionVerifier;
use crate::settings::{
    ADMIN_SECRET, ADMIN_SECRET_ARN, ADMIN_SECRET_PREVIOUS, ID_SECRET, ID_SECRET_ARN, InvalidSetting, SEAL_SECRETS,
    SEAL_SECRETS_ARN, SESSION_JWT_SECRET, SESSION_JWT_SECRET_ARN, Setting,
};

pub use admin_secret::AdminSecret;
pub(crate) use debug::opaque_debug;
pub use id_secret::IdSecret;
pub use manager::{Arns, SecretTexts, SecretsManager};
pub use seal::{Purpose, SealError, Sealed, Sealer};
pub use unavailable::SecretsUnavailable;

/// The fewest bytes of a secret that keys are derived from.
const MIN_SECRET_BYTES: usize = 32;

/// The secrets of the service, each given only to the functions that need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secret {
    /// Compared with what an administrator presents.
    Admin,
    /// Turns a token into its key id.
    Id,
    /// Seals what is read back: tokens, and the secrets inside a key.
    Seal,
    /// Verifies the identity provider's session tokens; no function needs it to start.
    Session,
}

impl Secret {
    /// All secrets.
    pub const ALL: [Self; 4] = [Self::Admin, Self::Id, Self::Seal, Self::Session];

    /// The setting that has the secret itself.
    #[must_use]
    pub const fn setting(self) -> Setting {
        match self {
            Self::Admin => ADMIN_SECRET,
            Self::Id => ID_SECRET,
            Self::Seal => SEAL_SECRETS,
            Self::Session => SESSION_JWT_SECRET,
        }
    }

    /// The setting that names it in Secrets Manager.
    #[must_use]
    pub const fn arn_setting(self) -> Setting {
        match self {
            Self::Admin => ADMIN_SECRET_ARN,
            Self::Id => ID_SECRET_ARN,
            Self::Seal => SEAL_SECRETS_ARN,
            Self::Session => SESSION_JWT_SECRET_ARN,
        }
    }
}

/// The secrets that a function was given; reading one that it was not given is an error of the
/// service.
#[derive(Default)]
pub struct Secrets {
    /// For administrators.
    pub admin: Option<AdminSecret>,
    /// For key ids.
    pub id: Option<IdSecret>,
    /// For what is stored sealed.
    pub seal: Option<Sealer>,
    /// For session tokens; `None` also when no way to verify them is set.
    pub sessions: Option<SessionVerifier>,
    unavailable: Option<SecretsUnavailable>,
}

/// A function needs a secret that it does not declare.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret is missing that the function should declare")]
pub struct NotGiven;

/// Why a text cannot be the secret that it was set as. The message does not repeat it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSecret {
    /// An admin secret with characters that no header can carry.
    #[error("must have only characters that a header can carry: printable ASCII")]
    Unprintable,
    /// An admin secret that is too short.
    #[error("must have at least {} characters", admin_secret::MIN_LENGTH)]
    TooFewCharacters,
    /// A secret to derive keys from that is not base64.
    #[error("must be base64")]
    NotBase64,
    /// A secret to derive keys from that is too short.
    #[error("must have at least {MIN_SECRET_BYTES} bytes before base64")]
    TooFewBytes,
    /// Seal secrets with an empty, overlong or repeated name of a version.
    #[error("must name each version once, in 1 to 32 bytes")]
    InvalidVersion,
}

impl Secrets {
    /// Reads the secrets in `wanted` through `get`, and no others.
    ///
    /// # Errors
    /// The first one that is missing or wrong; the message does not repeat it.
    pub fn read(wanted: &[Secret], get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let mut secrets = Self::default();
        for secret in wanted {
            match secret {
                Secret::Admin => secrets.admin = Some(admin(&get)?),
                Secret::Id => {
                    let id = IdSecret::parse(&ID_SECRET.required(&get)?);
                    secrets.id = Some(id.map_err(|wrong| ID_SECRET.invalid(wrong))?);
                }
                Secret::Seal => {
                    let sealer = Sealer::parse(&SEAL_SECRETS.required(&get)?);
                    secrets.seal = Some(sealer.map_err(|wrong| SEAL_SECRETS.invalid(wrong))?);
                }
                Secret::Session => secrets.sessions = SessionVerifier::read(&get)?,
            }
        }
        Ok(secrets)
    }

    /// No secrets, for the reason given. Whoever asks for [`Secrets::available`] gets it.
    #[must_use]
    pub fn unavailable(cause: SecretsUnavailable) -> Self {
        Self { unavailable: Some(cause), ..Self::default() }
    }

    /// Makes sure that the secrets could be read, before anything is refused for lack of one.
    ///
    /// # Errors
    /// Why they could not.
    pub fn available(&self) -> Result<(), SecretsUnavailable> {
        self.unavailable.clone().map_or(Ok(()), Err)
    }

    /// The secret that makes key ids.
    ///
    /// # Errors
    /// When the function does not declare it.
    pub fn ids(&self) -> Result<&IdSecret, NotGiven> {
        self.id.as_ref().ok_or(NotGiven)
    }

    /// The secrets that seal.
    ///
    /// # Errors
    /// When the function does not declare them.
    pub fn sealer(&self) -> Result<&Sealer, NotGiven> {
        self.seal.as_ref().ok_or(NotGiven)
    }
}

fn admin(get: impl Fn(&str) -> Option<String>) -> Result<AdminSecret, InvalidSetting> {
    let present = AdminSecret::parse(&ADMIN_SECRET.required(&get)?).map_err(|wrong| ADMIN_SECRET.invalid(wrong))?;
    let Some(previous) = ADMIN_SECRET_PREVIOUS.value(&get) else { return Ok(present) };
    let previous = AdminSecret::parse(&previous).map_err(|wrong| ADMIN_SECRET_PREVIOUS.invalid(wrong))?;
    Ok(present.or(previous))
}

/// Decodes a secret that keys are derived from.
fn secret_bytes(text: &str) -> Result<Vec<u8>, InvalidSecret> {
    let bytes = STANDARD.decode(text.trim()).map_err(|_| InvalidSecret::NotBase64)?;
    if bytes.len() < MIN_SECRET_BYTES { Err(InvalidSecret::TooFewBytes) } else { Ok(bytes) }
}

opaque_debug!(Secrets, AdminSecret, IdSecret, Sealer);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_required_checked_and_not_repeated() {
        let missing = Secrets::read(&[Secret::Admin], |_| None).unwrap_err();
        assert_eq!(missing.to_string(), "LATCHKEY_ADMIN_SECRET must be set");
        for secret in [Secret::Admin, Secret::Id, Secret::Seal] {
            assert!(Secrets::read(&[secret], |_| Some(String::new())).is_err(), "{secret:?} may not be empty");
        }
        let short = Secrets::read(&[Secret::Id], |_| Some("c2hvcnQ=".into())).unwrap_err().to_string();
        assert!(!short.contains("c2hvcnQ"), "{short}");
    }

    #[test]
    fn the_previous_admin_secret_is_accepted_while_it_is_listed() {
        let (new, old) = ("the-new-one-of-two", "the-old-one-of-two");
        let both = |name: &str| Some(if name == ADMIN_SECRET.name { new } else { old }.to_owned());
        let admin = Secrets::read(&[Secret::Admin], both).unwrap().admin.unwrap();
        assert!(admin.accepts(new) && admin.accepts(old));
        assert!(!admin.accepts("") && !admin.accepts("the-new-one-of-two-"));
    }

    #[test]
    fn a_list_of_admin_secrets_is_accepted_and_every_entry_checked() {
        let admin = admin_of("the-new-one-of-two\r\n\n the-old-one-of-two \n", None).unwrap();
        assert!(admin.accepts("the-new-one-of-two") && admin.accepts("the-old-one-of-two"));
        assert!(!admin.accepts("the-new-one-of-two\nthe-old-one-of-two"));
        assert!(admin_of("the-new-one-of-two\ntoo-short", None).is_err());
        assert!(admin_of(" \n", None).is_err());
    }

    #[test]
    fn secrets_that_are_unavailable_say_why() {
        assert!(Secrets::default().available().is_ok());
        let cause = Secrets::unavailable(SecretsUnavailable::new("out of reach")).available().unwrap_err();
        assert_eq!(cause.to_string(), "the secrets are not available: out of reach");
    }

    fn admin_of(present: &str, previous: Option<&str>) -> Result<AdminSecret, String> {
        let get = |name: &str| if name == ADMIN_SECRET.name { Some(present) } else { previous }.map(str::to_owned);
        Ok(Secrets::read(&[Secret::Admin], get).map_err(|error| error.to_string())?.admin.unwrap())
    }

    #[test]
    fn random_numbers_are_seeded_by_the_operating_system_alone() {
        // `.cargo/config.toml` leaves the CPU's jitter out of AWS-LC. With it, each cold start gathers entropy for long.
        let binary = std::fs::read(std::env::current_exe().unwrap()).unwrap();
        let binary = String::from_utf8_lossy(&binary);
        // In two parts, so that the binary does not have them from this test.
        let has = |symbol: [&str; 2]| binary.contains(&symbol.concat());
        assert!(has(["_SHA256_", "Update"]), "the binary has the names of what it links");
        assert!(!has(["_jent_entropy_", "init"]));
    }

    #[test]
    fn the_admin_secret_is_trimmed_at_its_ends() {
        let admin = admin_of(" sixteen letters.\r\n", Some("\tsixteen others..\n")).unwrap();
        assert!(admin.accepts("sixteen letters.") && admin.accepts("sixteen others.."));
        assert!(!admin.accepts(" sixteen letters.\r\n"));
    }

    #[test]
    fn an_admin_secret_that_is_short_or_that_no_header_can_carry_is_refused_and_not_repeated() {
        for wrong in [
            "",
            "fifteen-letters",
            "  fifteen-letters  ",
            "sixteen\nletters.",
            "sechzehn-Schlüssel",
            "a\u{7f}bcdefghijklmnop",
        ] {
            for (setting, read) in [
                (ADMIN_SECRET, admin_of(wrong, None)),
                (
                    ADMIN_SECRET_PREVIOUS,
                    admin_of("sixteen-letters.", Some(if wrong.is_empty() { "short" } else { wrong })),
                ),
            ] {
                let error = read.unwrap_err();
                assert!(error.starts_with(&format!("{} must ", setting.name)), "{error}");
                assert!(wrong.is_empty() || !error.contains(wrong.trim()), "{error}");
            }
        }
    }
}
