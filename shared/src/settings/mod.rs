//! The settings: environment variables, read once at start, refused with a clear message when wrong.

mod apis;
mod names;

use std::fmt;

pub use apis::Apis;

/// The administrator's secret.
pub const ADMIN_SECRET: &str = "LATCHKEY_ADMIN_SECRET";
/// The administrator's secret before this one, accepted while it is being changed.
pub const ADMIN_SECRET_PREVIOUS: &str = "LATCHKEY_ADMIN_SECRET_PREVIOUS";
/// The secret that makes key ids.
pub const ID_SECRET: &str = "LATCHKEY_ID_SECRET";
/// The secrets that seal.
pub const SEAL_SECRETS: &str = "LATCHKEY_SEAL_SECRETS";
/// The secret that the identity provider signs session tokens with.
pub const SESSION_JWT_SECRET: &str = "LATCHKEY_SESSION_JWT_SECRET";

/// Every setting: its name, its default and its meaning, for `--help` and the README.
pub const SETTINGS: &[(&str, &str, &str)] = &[
    (
        ADMIN_SECRET,
        "made by the local server",
        "at least 16 characters that an administrator presents, e.g. as X-Tyk-Authorization",
    ),
    (ADMIN_SECRET_PREVIOUS, "none", "accepted too, while the admin secret is being changed"),
    (ID_SECRET, "made by the local server", "base64 of at least 32 bytes; fixed for the life of the store"),
    (SEAL_SECRETS, "made by the local server", "v2:BASE64,v1:BASE64; the first seals, all open"),
    (SESSION_JWT_SECRET, "none", "verifies GMI's session tokens by HS256; should have 32 random bytes or more"),
    ("LATCHKEY_SESSION_JWKS", "none", "or their public keys: an https URL, or a file; RS256, ES256, EdDSA"),
    ("LATCHKEY_SESSION_ISSUER", "unchecked", "the issuer that session tokens must have"),
    ("LATCHKEY_SESSION_AUDIENCE", "unchecked", "the audience that session tokens must have"),
    (
        "LATCHKEY_SESSION_CLAIMS",
        "userId else sub, email, email_verified, firstName, lastName",
        "user_id=sub,email=mail,…: other claims for these",
    ),
    ("LATCHKEY_MAX_KEYS_PER_ORG", "100", "the most keys of an organisation, in the GMI dialect"),
    ("LATCHKEY_TYK_EDITION", "documented", "documented, or 5.13 to follow Tyk Gateway 5.13 exactly"),
    ("LATCHKEY_APIS", "every API id exists", "api@org,…: the APIs that exist, and whose limits hold on them"),
    ("LATCHKEY_ALLOW_MASTER_KEYS", "false", "whether a key may have no access rights"),
    ("LATCHKEY_HASH_KEYS", "false", "show and list keys by their hashes, and keep no token"),
    ("LATCHKEY_MIN_TOKEN_LENGTH", "3", "bytes of the shortest name that a caller may choose"),
    ("LATCHKEY_ENFORCE_ORG_LIMITS", "true", "whether the limits of organisations hold"),
    ("LATCHKEY_RATE_LIMIT_HEADERS", "quotas", "what X-RateLimit-* of the sample API tell: quotas or rate_limits"),
    ("LATCHKEY_MAX_KEY_BYTES", "32768", "bytes of the largest key, as stored"),
    (
        "LATCHKEY_AUTHORIZER_MODE",
        "enforce",
        "enforce: the authorizer denies; annotate: it only tells the API behind it",
    ),
    ("LATCHKEY_API_ID", "the API's own id", "the API id that the authorizer judges by, in place of API Gateway's"),
    ("LATCHKEY_TABLE_PREFIX", "latchkey-", "put before the name of every table"),
    ("LATCHKEY_DYNAMODB_ENDPOINT", "none", "another DynamoDB endpoint"),
    ("LATCHKEY_TLS_ROOTS", "aws", "aws: trust the roots of AWS endpoints only; system: the machine's"),
];

/// The environment, to read settings from.
///
/// # Errors
/// When a setting holds bytes that are no text, which must not pass for one that is not set; and when there is a setting
/// of Latchkey's that is not known, which must not pass for one that has an effect.
pub fn environment() -> Result<fn(&str) -> Option<String>, InvalidSetting> {
    for (name, _) in std::env::vars_os() {
        names::known(&name.to_string_lossy())?;
    }
    for (name, ..) in SETTINGS {
        if let Err(std::env::VarError::NotUnicode(_)) = std::env::var(name) {
            return Err(InvalidSetting::new(name, "must be text in UTF-8"));
        }
    }
    Ok(|name| std::env::var(name).ok())
}

/// A setting is missing or wrong.
#[derive(Debug, PartialEq, Eq)]
pub struct InvalidSetting {
    name: String,
    problem: String,
}

impl InvalidSetting {
    /// The setting `name` has the problem `problem`, which must not repeat a secret.
    pub fn new(name: &str, problem: impl Into<String>) -> Self {
        Self { name: name.to_owned(), problem: problem.into() }
    }
}

impl fmt::Display for InvalidSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.problem)
    }
}

impl std::error::Error for InvalidSetting {}

/// Which published behaviour the Tyk dialect follows where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TykEdition {
    /// The published API documents.
    #[default]
    Documented,
    /// Gateway 5.13, exactly.
    V5_13,
}

/// What the authorizer does with a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthorizerMode {
    /// Denies what is not allowed.
    #[default]
    Enforce,
    /// Lets everything through, and tells the API behind it what the decision is.
    Annotate,
}

/// How the service was set up; holds no secret.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The edition of the Tyk dialect.
    pub tyk_edition: TykEdition,
    /// The APIs that exist.
    pub apis: Apis,
    /// Whether a key may have no access rights and so every API.
    pub allow_master_keys: bool,
    /// Show and list keys by their hashes, and keep no token.
    pub hash_keys: bool,
    /// Bytes of the shortest name that a caller may choose for a key.
    pub min_token_length: usize,
    /// Whether the limits of an organisation hold its keys.
    pub enforce_org_limits: bool,
    /// Whether `X-RateLimit-*` tell of the rate in place of the quota.
    pub rate_limit_headers_tell_rate: bool,
    /// Bytes of the largest key, as stored.
    pub max_key_bytes: usize,
    /// What the authorizer does with a decision.
    pub authorizer_mode: AuthorizerMode,
    /// The API that the authorizer judges by; `None` = the one that API Gateway names.
    pub api_id: Option<String>,
    /// The most keys that an organisation may have, in the GMI dialect.
    pub max_keys_per_org: usize,
    /// Stands before every table's name.
    pub table_prefix: String,
    /// A DynamoDB endpoint in place of the region's own.
    pub dynamodb_endpoint: Option<String>,
    /// Trust the machine's certificates in place of the roots of AWS endpoints.
    pub system_tls_roots: bool,
}

impl Settings {
    /// Reads the settings through `get`, such as `|name| std::env::var(name).ok()`.
    ///
    /// # Errors
    /// The first setting whose value is wrong.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
        let text = |name: &str, default: &str| get(name).unwrap_or_else(|| default.to_owned());
        let wrong = |name: &str, problem: &str| InvalidSetting::new(name, problem);
        let flag = |name: &str, default: &str| match text(name, default).as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(wrong(name, "must be true or false")),
        };
        let number = |name: &str, default: &str| {
            text(name, default).parse::<usize>().map_err(|_| wrong(name, "must be a whole number"))
        };
        Ok(Self {
            tyk_edition: match text("LATCHKEY_TYK_EDITION", "documented").as_str() {
                "documented" => TykEdition::Documented,
                "5.13" => TykEdition::V5_13,
                _ => return Err(wrong("LATCHKEY_TYK_EDITION", "must be documented or 5.13")),
            },
            apis: Apis::parse(&text("LATCHKEY_APIS", "")).map_err(|problem| wrong("LATCHKEY_APIS", &problem))?,
            allow_master_keys: flag("LATCHKEY_ALLOW_MASTER_KEYS", "false")?,
            hash_keys: flag("LATCHKEY_HASH_KEYS", "false")?,
            min_token_length: number("LATCHKEY_MIN_TOKEN_LENGTH", "3")?,
            enforce_org_limits: flag("LATCHKEY_ENFORCE_ORG_LIMITS", "true")?,
            rate_limit_headers_tell_rate: match text("LATCHKEY_RATE_LIMIT_HEADERS", "quotas").as_str() {
                "quotas" => false,
                "rate_limits" => true,
                _ => return Err(wrong("LATCHKEY_RATE_LIMIT_HEADERS", "must be quotas or rate_limits")),
            },
            max_key_bytes: match number("LATCHKEY_MAX_KEY_BYTES", "32768")? {
                bytes @ 1024..=131_072 => bytes,
                _ => return Err(wrong("LATCHKEY_MAX_KEY_BYTES", "must be from 1024 to 131072")),
            },
            authorizer_mode: match text("LATCHKEY_AUTHORIZER_MODE", "enforce").as_str() {
                "enforce" => AuthorizerMode::Enforce,
                "annotate" => AuthorizerMode::Annotate,
                _ => return Err(wrong("LATCHKEY_AUTHORIZER_MODE", "must be enforce or annotate")),
            },
            api_id: get("LATCHKEY_API_ID").filter(|id| !id.is_empty()),
            max_keys_per_org: number("LATCHKEY_MAX_KEYS_PER_ORG", "100")?,
            table_prefix: match text("LATCHKEY_TABLE_PREFIX", "latchkey-") {
                prefix if is_table_prefix(&prefix) => prefix,
                _ => return Err(wrong("LATCHKEY_TABLE_PREFIX", "may have up to 200 of a-z A-Z 0-9 _ . -")),
            },
            dynamodb_endpoint: match get("LATCHKEY_DYNAMODB_ENDPOINT") {
                Some(url) if !is_url(&url) => {
                    return Err(wrong("LATCHKEY_DYNAMODB_ENDPOINT", "must be an http(s) URL"));
                }
                url => url,
            },
            system_tls_roots: match text("LATCHKEY_TLS_ROOTS", "aws").as_str() {
                "aws" => false,
                "system" => true,
                _ => return Err(wrong("LATCHKEY_TLS_ROOTS", "must be aws or system")),
            },
        })
    }
}

fn is_url(text: &str) -> bool {
    let url = text.parse::<http::Uri>().ok();
    url.is_some_and(|url| matches!(url.scheme_str(), Some("http" | "https")) && url.host().is_some())
}

fn is_table_prefix(text: &str) -> bool {
    text.len() <= 200 && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orgs::OrgId;
    use crate::secrets::Secret;
    use crate::secrets::{AdminSecret, Secrets};

    fn with(name: &'static str, value: &'static str) -> Result<Settings, InvalidSetting> {
        Settings::read(|wanted| (wanted == name).then(|| value.to_owned()))
    }

    #[test]
    fn every_setting_has_a_default() {
        let settings = Settings::read(|_| None).unwrap();
        assert_eq!(settings.tyk_edition, TykEdition::Documented);
        assert!(settings.apis.exists("any"));
        assert_eq!(settings.table_prefix, "latchkey-");
    }

    #[test]
    fn a_wrong_setting_is_named() {
        for (name, value) in [
            ("LATCHKEY_TYK_EDITION", "5.12"),
            ("LATCHKEY_APIS", "test"),
            ("LATCHKEY_APIS", "@default"),
            ("LATCHKEY_APIS", "test@a#b"),
            ("LATCHKEY_APIS", "test@a%2Fb"),
            ("LATCHKEY_ALLOW_MASTER_KEYS", "yes"),
            ("LATCHKEY_HASH_KEYS", "yes"),
            ("LATCHKEY_MIN_TOKEN_LENGTH", "-1"),
            ("LATCHKEY_ENFORCE_ORG_LIMITS", "maybe"),
            ("LATCHKEY_RATE_LIMIT_HEADERS", "none"),
            ("LATCHKEY_MAX_KEY_BYTES", "1000000"),
            ("LATCHKEY_AUTHORIZER_MODE", "deny"),
            ("LATCHKEY_MAX_KEYS_PER_ORG", "many"),
            ("LATCHKEY_TABLE_PREFIX", "a/b"),
            ("LATCHKEY_DYNAMODB_ENDPOINT", "localhost:8000"),
            ("LATCHKEY_TLS_ROOTS", "none"),
        ] {
            let error = with(name, value).unwrap_err().to_string();
            assert!(error.starts_with(name), "{error}");
        }
    }

    #[test]
    fn listed_apis_have_owners_and_no_others_exist() {
        let apis = with("LATCHKEY_APIS", "test@default, other@").unwrap().apis;
        assert_eq!(apis.org("test").map(OrgId::as_str), Some("default"));
        assert_eq!(apis.org("other").map(OrgId::as_str), Some(""));
        assert!(!apis.exists("missing"));
    }

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
        let both = |name: &str| Some(if name == ADMIN_SECRET { new } else { old }.to_owned());
        let admin = Secrets::read(&[Secret::Admin], both).unwrap().admin.unwrap();
        assert!(admin.accepts(new) && admin.accepts(old));
        assert!(!admin.accepts("") && !admin.accepts("the-new-one-of-two-"));
    }

    fn admin(present: &str, previous: Option<&str>) -> Result<AdminSecret, String> {
        let get = |name: &str| if name == ADMIN_SECRET { Some(present) } else { previous }.map(str::to_owned);
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
            for (name, read) in
                [(ADMIN_SECRET, admin(wrong, None)), (ADMIN_SECRET_PREVIOUS, admin("sixteen-letters.", Some(wrong)))]
            {
                let error = read.unwrap_err();
                assert!(error.starts_with(&format!("{name} must ")), "{error}");
                assert!(wrong.is_empty() || !error.contains(wrong.trim()), "{error}");
            }
        }
    }
}
