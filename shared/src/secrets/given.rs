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
                        (ADMIN_SECRET.name, Some(required(ADMIN_SECRET.name)?)),
                        (ADMIN_SECRET_PREVIOUS.name, get(ADMIN_SECRET_PREVIOUS.name)),
                    ];
                    let given = given.iter().filter_map(|(name, secret)| Some((*name, secret.as_ref()?)));
                    let admin =
                        AdminSecret::parse(given).map_err(|(name, problem)| InvalidSetting::new(name, problem))?;
                    secrets.admin = Some(admin);
                }
                Secret::Id => {
                    let id = IdSecret::parse(&required(ID_SECRET.name)?);
                    secrets.id = Some(id.map_err(|problem| InvalidSetting::new(ID_SECRET.name, problem))?);
                }
                Secret::Session => secrets.sessions = Sessions::read(&get)?,
                Secret::Seal => {
                    let sealer = Sealer::parse(&required(SEAL_SECRETS.name)?);
                    secrets.seal = Some(sealer.map_err(|problem| InvalidSetting::new(SEAL_SECRETS.name, problem))?);
                }
            }
        }
        Ok(secrets)
    }
}

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

    fn admin(present: &str, previous: Option<&str>) -> Result<AdminSecret, String> {
        let get = |name: &str| if name == ADMIN_SECRET.name { Some(present) } else { previous }.map(str::to_owned);
        Ok(Secrets::read(&[Secret::Admin], get).map_err(|error| error.to_string())?.admin.unwrap())
    }

    #[test]
    fn the_admin_secret_is_trimmed_at_its_ends() {
        let admin = admin(" sixteen letters.\r\n", Some("\tsixteen others..\n")).unwrap();
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
            for (name, read) in [
                (ADMIN_SECRET.name, admin(wrong, None)),
                (ADMIN_SECRET_PREVIOUS.name, admin("sixteen-letters.", Some(wrong))),
            ] {
                let error = read.unwrap_err();
                assert!(error.starts_with(&format!("{name} must ")), "{error}");
                assert!(wrong.is_empty() || !error.contains(wrong.trim()), "{error}");
            }
        }
    }
}
