//! The settings: environment variables, read once at start. A wrong one stops the start with a
//! clear message.
//!
//! To add one, add an entry to `settings!` below: the field of [`Settings`], the table in the docs,
//! `--help` and the template's parameter follow from it. `cargo xtask generate` writes the files.

mod apis;
mod environment;
mod request_log;
mod setting;
mod values;

pub use apis::Apis;
pub use environment::{PREFIX, environment};
pub use request_log::RequestLog;
use setting::given;
pub use setting::{InvalidSetting, Problem, Setting};
pub(crate) use values::lines;
use values::{either, flag, key_bytes, number, optional, service_name, table_name, table_prefix};

/// Declares settings that several parts read together: the variable, what applies without it, and its meaning.
macro_rules! given {
    ($($(#[$doc:meta])* $setting:ident = $name:literal else $unset:literal, $meaning:literal;)*) => {
        $($(#[$doc])* pub const $setting: Setting =
            Setting { name: $name, default: $unset, default_is_value: false, meaning: $meaning };)*

        /// The settings of secrets and of session tokens, which `secrets` and `sessions` read.
        const GIVEN: &[Setting] = &[$($setting),*];
    };
}

given! {
    /// The administrator's secret.
    ADMIN_SECRET = "LATCHKEY_ADMIN_SECRET" else "made by the local server",
        "at least 16 characters that an administrator presents, e.g. as X-Tyk-Authorization; may be several, one per line";
    /// Where the administrator's secrets are.
    ADMIN_SECRET_ARN = "LATCHKEY_ADMIN_SECRET_ARN" else "none",
        "the secret in AWS Secrets Manager that has the admin secrets, one per line, the newest first";
    /// The administrator's secret before this one.
    ADMIN_SECRET_PREVIOUS = "LATCHKEY_ADMIN_SECRET_PREVIOUS" else "none",
        "also accepted while the admin secret is being changed";
    /// The secret that makes key ids.
    ID_SECRET = "LATCHKEY_ID_SECRET" else "made by the local server",
        "base64 of at least 32 bytes; fixed for the life of the store";
    /// Where the secret is that makes key ids.
    ID_SECRET_ARN = "LATCHKEY_ID_SECRET_ARN" else "none",
        "the secret in AWS Secrets Manager that has the id secret";
    /// The secrets that seal.
    SEAL_SECRETS = "LATCHKEY_SEAL_SECRETS" else "made by the local server",
        "v2:BASE64,v1:BASE64, in one line or several; the first seals, all open; one without a name is v1";
    /// Where the secrets are that seal.
    SEAL_SECRETS_ARN = "LATCHKEY_SEAL_SECRETS_ARN" else "none",
        "the secret in AWS Secrets Manager that has the seal secrets, one per line, the newest first";
    /// The secret that the identity provider signs session tokens with.
    SESSION_JWT_SECRET = "LATCHKEY_SESSION_JWT_SECRET" else "none",
        "verifies GMI's session tokens by HS256; should have 32 random bytes or more; may be several, one per line";
    /// Where the secrets are that the identity provider signs session tokens with.
    SESSION_JWT_SECRET_ARN = "LATCHKEY_SESSION_JWT_SECRET_ARN" else "none",
        "the secret in AWS Secrets Manager that has the session secrets, one per line";
    /// Where the identity provider publishes its keys.
    SESSION_JWKS = "LATCHKEY_SESSION_JWKS" else "none",
        "verifies GMI's session tokens by the provider's public keys: an https URL or a file; RS256, ES256, EdDSA";
    /// Who issues session tokens.
    SESSION_ISSUER = "LATCHKEY_SESSION_ISSUER" else "unchecked",
        "the issuer that session tokens must have";
    /// The audience of session tokens.
    SESSION_AUDIENCE = "LATCHKEY_SESSION_AUDIENCE" else "unchecked",
        "the audience that session tokens must have";
    /// Which claims of a session token describe its user.
    SESSION_CLAIMS = "LATCHKEY_SESSION_CLAIMS" else "userId else sub, email, email_verified, firstName, lastName",
        "user_id=sub,email=mail,…: other claims for these";
}

/// Declares the settings of the service: for each a field of [`Settings`], the variable, its
/// default (or, after `else`, what applies when it is not set or empty), its meaning, and how it is
/// read.
macro_rules! settings {
    ($(
        $(#[$doc:meta])* $field:ident: $kind:ty
            = $name:literal $(or $default:literal)? $(else $unset:literal)?, $meaning:literal, $parse:expr;
    )*) => {
        /// How the service was set up. It contains no secret.
        #[derive(Clone, Debug)]
        pub struct Settings {
            $($(#[$doc])* pub $field: $kind,)*
        }

        impl Settings {
            /// Reads the settings through `get`, such as `|name| std::env::var(name).ok()`. An empty
            /// one counts as not set.
            ///
            /// # Errors
            /// The first setting whose value is wrong.
            pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self, InvalidSetting> {
                let text = |name: &str, default: &str| given(&get, name).unwrap_or_else(|| default.to_owned());
                Ok(Self {$(
                    $field: $parse(text($name, concat!($($default)?)).as_str())
                        .map_err(|problem| InvalidSetting::new($name, problem))?,
                )*})
            }
        }

        /// Every setting of the service.
        pub const SETTINGS: &[Setting] = &{
            const OWN: &[Setting] = &[
                $(Setting {
                    name: $name,
                    default: concat!($($default)? $($unset)?),
                    default_is_value: !concat!($($default)?).is_empty(),
                    meaning: $meaning,
                },)*
            ];
            joined::<{ GIVEN.len() + OWN.len() }>(OWN)
        };
    };
}

settings! {
    /// The most keys that an organisation may have, in the GMI dialect.
    max_keys_per_org: usize = "LATCHKEY_MAX_KEYS_PER_ORG" or "100",
        "the most keys of an organisation, in the GMI dialect", number;
    /// The edition of the Tyk dialect.
    tyk_edition: TykEdition = "LATCHKEY_TYK_EDITION" or "documented",
        "documented, or 5.13 to follow Tyk Gateway 5.13 exactly", TykEdition::parse;
    /// The APIs that exist.
    apis: Apis = "LATCHKEY_APIS" else "every API id exists",
        "api@org,…: the APIs that exist, and the organisations whose limits apply to them", Apis::parse;
    /// Whether a key may have no access rights and so every API.
    allow_master_keys: bool = "LATCHKEY_ALLOW_MASTER_KEYS" or "false",
        "whether a key may have no access rights", flag;
    /// Show and list keys by their hashes, and keep no token.
    hash_keys: bool = "LATCHKEY_HASH_KEYS" or "false",
        "show and list keys by their hashes, and keep no token", flag;
    /// Bytes of the shortest name that a caller may choose for a key.
    min_token_length: usize = "LATCHKEY_MIN_TOKEN_LENGTH" or "3",
        "bytes of the shortest name that a caller may choose", number;
    /// Whether the limits of an organisation apply to its keys.
    enforce_org_limits: bool = "LATCHKEY_ENFORCE_ORG_LIMITS" or "true",
        "whether the limits of organisations apply", flag;
    /// Bytes of the largest key, as stored.
    max_key_bytes: usize = "LATCHKEY_MAX_KEY_BYTES" or "32768",
        "bytes of the largest key, as stored", key_bytes;
    /// What the authorizer does with a decision.
    authorizer_mode: AuthorizerMode = "LATCHKEY_AUTHORIZER_MODE" or "enforce",
        "enforce: the authorizer denies; annotate: it only informs the API behind it", AuthorizerMode::parse;
    /// The API that the authorizer checks; `None` = the one that API Gateway names.
    api_id: Option<String> = "LATCHKEY_API_ID" else "the API's own id",
        "the API id that the authorizer judges by, in place of API Gateway's", |text| optional(text, |id| Ok(id.to_owned()));
    /// The prefix of every table's name.
    table_prefix: String = "LATCHKEY_TABLE_PREFIX" or "latchkey-",
        "stands before the name of every table that has no setting of its own", table_prefix;
    /// The name of the table of keys.
    keys_table: Option<String> = "LATCHKEY_KEYS_TABLE" else "the prefix and Keys",
        "the table of keys", |text| optional(text, table_name);
    /// The name of the table of organisations' keys.
    org_keys_table: Option<String> = "LATCHKEY_ORG_KEYS_TABLE" else "the prefix and OrgKeys",
        "the table of organisations' keys", |text| optional(text, table_name);
    /// The name of the table of organisations.
    organizations_table: Option<String> = "LATCHKEY_ORGANIZATIONS_TABLE" else "the prefix and Organizations",
        "the table of organisations", |text| optional(text, table_name);
    /// The name of the table of usage.
    usage_table: Option<String> = "LATCHKEY_USAGE_TABLE" else "the prefix and Usage",
        "the table of usage", |text| optional(text, table_name);
    /// The name of the table of audit records.
    audit_table: Option<String> = "LATCHKEY_AUDIT_TABLE" else "the prefix and Audit",
        "the table of audit records", |text| optional(text, table_name);
    /// Which requests are logged.
    request_log: RequestLog = "LATCHKEY_REQUEST_LOG" or "all",
        "all: log every request; failures: those refused or failed; errors: those that the service or its store failed",
        RequestLog::parse;
    /// The name of the service in its metrics.
    service: String = "LATCHKEY_SERVICE" or "latchkey",
        "the dimension Service of the metrics in CloudWatch", service_name;
    /// Trust the machine's certificates in place of the roots of AWS endpoints.
    system_tls_roots: bool = "LATCHKEY_TLS_ROOTS" or "aws",
        "aws: trust the roots of AWS endpoints only; system: the machine's", |text| either(text, "aws", "system");
}

/// All settings in one list.
const fn joined<const N: usize>(own: &[Setting]) -> [Setting; N] {
    let mut all = [GIVEN[0]; N];
    let mut at = 0;
    while at < N {
        all[at] = if at < GIVEN.len() { GIVEN[at] } else { own[at - GIVEN.len()] };
        at += 1;
    }
    all
}

/// Which published behaviour the Tyk dialect follows where the two differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TykEdition {
    /// The published API documents.
    #[default]
    Documented,
    /// Gateway 5.13, exactly.
    V5_13,
}

impl TykEdition {
    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "documented" => Ok(Self::Documented),
            "5.13" => Ok(Self::V5_13),
            _ => Err("must be documented or 5.13".into()),
        }
    }
}

/// What the authorizer does with a decision.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AuthorizerMode {
    /// Denies what is not allowed.
    #[default]
    Enforce,
    /// Allows every request, and passes the decision to the API.
    Annotate,
}

impl AuthorizerMode {
    fn parse(text: &str) -> Result<Self, Problem> {
        match text {
            "enforce" => Ok(Self::Enforce),
            "annotate" => Ok(Self::Annotate),
            _ => Err("must be enforce or annotate".into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::orgs::OrgId;

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
    fn an_empty_setting_counts_as_not_set() {
        let unset = format!("{:?}", Settings::read(|_| None).unwrap());
        assert_eq!(format!("{:?}", Settings::read(|_| Some(String::new())).unwrap()), unset);
        for setting in SETTINGS {
            assert_eq!(setting.value(|_| Some(String::new())), None, "{}", setting.name);
            assert_eq!(setting.required(|_| Some(String::new())), setting.required(|_| None), "{}", setting.name);
        }
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
            ("LATCHKEY_MAX_KEY_BYTES", "1000000"),
            ("LATCHKEY_AUTHORIZER_MODE", "deny"),
            ("LATCHKEY_MAX_KEYS_PER_ORG", "many"),
            ("LATCHKEY_TABLE_PREFIX", "a/b"),
            ("LATCHKEY_KEYS_TABLE", "a"),
            ("LATCHKEY_AUDIT_TABLE", "arn:aws:dynamodb:eu-west-1:123456789012:table/Audit"),
            ("LATCHKEY_REQUEST_LOG", "none"),
            ("LATCHKEY_SERVICE", "a b"),
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
}
