//! A user of the GMI dialect: the caller that presents a session token of the identity provider.

use serde_json::{Map, Value};

use super::bearer::{Form, bearer};
use crate::access::{OrgScope, Reach, Scope, Standing};
use crate::clock::Millis;
use crate::keys::Dialect;
use crate::orgs::{Email, OrgId, Person, UserId};
use crate::runtime::request::Request;
use crate::secrets::Secrets;
use crate::sessions::{SessionVerifier, Untrusted};
use crate::telemetry::{self, Caller};

/// Characters of a name that are kept; the rest is cut off.
const MAX_NAME: usize = 255;

/// Proof that the request came with a trusted session token, and what the token says about the
/// user.
pub struct GmiUser {
    id: UserId,
    person: Person,
    verified_email: Option<Email>,
}

impl GmiUser {
    /// Checks the session token after `Bearer` at the moment `now`.
    ///
    /// # Errors
    /// Why it is not trusted. Without a way to verify session tokens, none is.
    pub async fn from_bearer(secrets: &Secrets, request: &Request, now: Millis) -> Result<Self, Untrusted> {
        let sessions = secrets.sessions.as_ref().ok_or(Untrusted::Invalid)?;
        let claims = sessions.verify(bearer(request, Form::OneWord).map_err(|_| Untrusted::Invalid)?, now).await?;
        let user = Self::of_claims(sessions, &claims).ok_or(Untrusted::Invalid)?;
        telemetry::authenticated(Caller::User(user.id.clone()));
        Ok(user)
    }

    fn of_claims(sessions: &SessionVerifier, claims: &Map<String, Value>) -> Option<Self> {
        let names = &sessions.claims;
        let text = |name: &str| claims.get(name).and_then(Value::as_str).map(printable).unwrap_or_default();
        let id = names.user_id.iter().find_map(|name| claims.get(name))?.as_str()?;
        let email = claims.get(&names.email).and_then(Value::as_str).and_then(Email::parse);
        let number = |name: &str| claims.get(name).and_then(seconds);
        let person = Person {
            email: email.as_ref().map(|email| email.as_str().to_owned()).unwrap_or_default(),
            first_name: text(&names.first_name),
            last_name: text(&names.last_name),
            last_login_at: number("auth_time").or_else(|| number("iat")),
            last_login_idp: Some(text("iss")).filter(|issuer| !issuer.is_empty()),
        };
        // Some providers write every claim as text. Anything else is ambiguous.
        let verified =
            claims.get(&names.email_verified).is_some_and(|verified| *verified == true || verified == "true");
        Some(Self { id: UserId::parse(id).ok()?, person, verified_email: email.filter(|_| verified) })
    }

    /// The id that the provider gave the user.
    #[must_use]
    pub fn id(&self) -> &UserId {
        &self.id
    }

    /// What to show of the user.
    #[must_use]
    pub fn person(&self) -> &Person {
        &self.person
    }

    /// The user's e-mail address, if the provider has verified it.
    #[must_use]
    pub fn verified_email(&self) -> Option<&Email> {
        self.verified_email.as_ref()
    }

    /// What belongs to `org`. Each change fails unless the user is then a member of it.
    #[must_use]
    pub fn within(&self, org: &OrgId, request: &Request) -> OrgScope {
        let standing = Standing::Member(org.clone(), self.id.clone(), None);
        OrgScope::new(org.clone(), Scope { standing, ..self.alone(request) })
    }

    /// What is the user's own: no keys, whatever organisation they belong to.
    #[must_use]
    pub fn alone(&self, request: &Request) -> Scope {
        let (actor, request_id) = (format!("user:{}", self.id), request.id.clone());
        Scope { dialect: Dialect::Gmi, reach: Reach::Nothing, actor, request_id, standing: Standing::Secret }
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_NAME).collect()
}

/// A time in whole seconds; a fraction is dropped.
#[expect(clippy::cast_possible_truncation, reason = "a time so far off is cut to the largest number")]
fn seconds(time: &Value) -> Option<i64> {
    time.as_i64().or_else(|| time.as_f64().map(|time| time as i64))
}
