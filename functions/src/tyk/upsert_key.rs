//! `POST` and `PUT /tyk/keys/{keyName}`: adds or replaces a key under a name that the caller chooses.
//! `POST /tyk/keys` creates a key with a random token. `PUT /tyk/keys` has no key to replace.

use http::Method;
use jiff::Timestamp;
use latchkey_shared::access::OrgScope;
use latchkey_shared::envelope::tyk::{self, Failure, KeyAction, Refusal, Refusals};
use latchkey_shared::keys::{KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::settings::TykEdition;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations, Usage};
use latchkey_shared::store::{Change, Counters, Found, NewKey};
use serde_json::Value;

use super::lookup::{Candidate, Candidates};
use super::policies::Governed;
use super::session::{Session, Warnings};
use super::{answer, caller, create_key, key_config, password, query};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-upsert-key",
    summary: "Creates or replaces a key under a name that the caller chooses.",
    routes: &[
        Route::new("POST", "/tyk/keys"),
        Route::new("PUT", "/tyk/keys"),
        Route::new("POST", "/tyk/keys/{keyName}"),
        Route::new("PUT", "/tyk/keys/{keyName}"),
    ],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[
        (Keys, &[GetItem, PutItem, UpdateItem]),
        (OrgKeys, &[PutItem, DeleteItem]),
        (Organizations, &[BatchGetItem, UpdateItem]),
        (Usage, &[UpdateItem, DeleteItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(&REFUSALS, s, r, handle))),
};

/// The gateway does not say what about the security settings is wrong.
const INSECURE: Refusal = Refusal::server_error("Failed to create key, ensure security settings are correct.");

pub(crate) const REFUSALS: Refusals = Refusals {
    no_access_rights: INSECURE,
    invalid_policies: Some(INSECURE),
    no_such_key: Refusal::not_found("Key is not found"),
    name_of_another: Refusal::bad_request(
        "This name leads to a key of another organisation. Choose another name, or use that key's whole token to move \
         it.",
    ),
    internal: INSECURE,
    ..Refusals::USUAL
};

const PAST_EXPIRY: &str = "expires is in the past and has no effect: to revoke a key, delete it or set is_inactive";

async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let mut upsert = Upsert::read(service, request).await?;
    upsert.governed = Governed::of(service, &scope, &upsert.session, &upsert.org).await?;
    if let Some(governed) = &upsert.governed {
        governed.check_apis(service, &scope, &upsert.org).await?;
    }
    if upsert.name.is_empty() {
        let session = upsert.checked(None)?;
        let merged = upsert.merged();
        let (id, token) = create_key::create(service, request, &scope.within(&upsert.org), session, merged).await?;
        return Ok(upsert.reply(id, &token, KeyAction::Create));
    }
    let candidates = upsert.candidates(request)?;
    let now = upsert.now.as_millisecond();
    let decide = |found: Option<&Found>| upsert.decide(&scope.within(&upsert.org), &candidates, found);
    let changed = service.store.change(&scope, &candidates.places(), now, decide).await?;
    let Candidate { id, token, .. } = candidates.at(changed.index);
    Ok(upsert.reply(*id, token, if upsert.put { KeyAction::Modified } else { KeyAction::Upsert }))
}

/// A request to add or replace a key.
struct Upsert<'a> {
    service: &'a Service,
    name: &'a str,
    put: bool,
    /// The path has a hash or a stored token instead of a name, so that it cannot create a key.
    by_hash: bool,
    keep_counters: bool,
    org: OrgId,
    now: Timestamp,
    /// The hash of the password in the request.
    password: Option<String>,
    session: Session,
    /// What the policies make of the session, if it follows any.
    governed: Option<Governed>,
    warnings: Warnings,
}

impl<'a> Upsert<'a> {
    async fn read(service: &'a Service, request: &'a Request) -> Result<Self, Failure> {
        let (session, mut warnings) = Session::whole(request.body().await?)?;
        let name = request.param("keyName");
        let put = request.method == Method::PUT;
        if put && name.is_empty() {
            return Err(Failure::NoSuchKey);
        }
        let minimum = service.settings.min_token_length;
        if !name.is_empty() && name.len() < minimum {
            return Err(Failure::NameTooShort(name.len(), minimum));
        }
        let now = service.clock.timestamp();
        if is_past(&session, now) {
            warnings.add(PAST_EXPIRY);
        }
        Ok(Self {
            service,
            name,
            put,
            by_hash: request.query.has("hashed") && (put || service.settings.hash_keys),
            keep_counters: query::flag(request, "suppress_reset", &mut warnings),
            org: OrgId::parse(session.text("org_id"))?,
            now,
            password: password::hash(&session).await?,
            session,
            governed: None,
            warnings,
        })
    }

    /// `PUT` looks up a key. `POST` builds its token.
    fn candidates(&self, request: &Request) -> Result<Candidates, Failure> {
        match self.by_hash {
            true => Candidates::stored(request, self.service),
            false if self.put => Candidates::of(request, &self.org, self.service),
            false => {
                let token = Token::named(&self.org, self.name).unwrap_or_else(|| Token::random(&self.org));
                Candidates::only(token, &self.org, self.name, self.service)
            }
        }
    }

    fn decide(&self, scope: &OrgScope, candidates: &Candidates, found: Option<&Found>) -> Result<Change, Failure> {
        let only_replaces = self.put && self.service.settings.tyk_edition == TykEdition::V5_13;
        let sealer = self.service.secrets.sealer()?;
        let Candidate { id, token, .. } = candidates.at(found.map_or(0, |found| found.index));
        if found.is_none() {
            if self.by_hash || only_replaces {
                return Err(Failure::NoSuchKey);
            }
            Token::check_name(self.name).and_then(|()| token.check()).map_err(Failure::InvalidName)?;
        }
        let old = found.map(|found| key_config::session(&found.key.config, sealer, id.as_bytes())).transpose()?;
        let session = self.checked(old.as_ref())?;
        let config = key_config::config(session, self.merged(), sealer, id.as_bytes(), self.now.as_millisecond())?;
        let listed = self.merged().or(found.filter(|found| found.key.config.follows_policies()).map(|_| &self.session));
        let new = NewKey::of(scope, config, key_config::listed_token(self.service, *id, token)?);
        let new = match listed {
            Some(listed) => new.listed_by(key_config::apis(listed)),
            None => new,
        };
        Ok(Change::Put(Box::new(new), if self.keep_counters { Counters::RunOn } else { Counters::Reset }))
    }

    /// The session to save over `old`, if it is allowed.
    fn checked(&self, old: Option<&Session>) -> Result<Session, Failure> {
        let session = self.saved(old);
        let merged = self.merged().unwrap_or(&session);
        if merged.object("access_rights").is_none() && !self.service.settings.allow_master_keys {
            return Err(Failure::NoAccessRights);
        }
        Ok(session)
    }

    /// The session of the request as its policies make it, if it follows any.
    fn merged(&self) -> Option<&Session> {
        self.governed.as_ref().map(|governed| &governed.merged)
    }

    /// If keys are hashed, `POST` also shows the hash, and only the hash for a key with basic-auth data.
    fn reply(&self, id: KeyId, token: &Token, action: KeyAction) -> Response {
        let edition = self.service.settings.tyk_edition;
        let is_user = self.session.object("basic_auth_data").is_some();
        let reply = match self.service.settings.hash_keys && !self.put {
            true if is_user => tyk::done_with_hash("", Some(&id.hash()), action, edition),
            true => tyk::done_with_hash(token.reveal(), Some(&id.hash()), action, edition),
            false => tyk::done(token.reveal(), action, edition),
        };
        tyk::warned(reply, &self.warnings.text())
    }

    /// The session to save over `old`, by the different rules of `POST` and `PUT`.
    fn saved(&self, old: Option<&Session>) -> Session {
        let mut session = self.session.clone();
        let past = is_past(&session, self.now);
        if old.is_some() {
            session.refill_quota();
        }
        match old.filter(|_| self.put) {
            Some(old) => {
                session.carry("date_created", old);
                if past {
                    session.carry("expires", old);
                }
                if self.keep_counters {
                    session.carry("quota_renews", old);
                    session.carry("last_updated", old);
                    carry_api_renewals(&mut session, old);
                }
            }
            None => {
                session.set("date_created", self.now.to_string());
                if past {
                    session.set("expires", 0);
                }
                let expires = self.governed.as_ref().filter(|_| old.is_none());
                if let Some(expires) = expires.and_then(|governed| governed.expires(self.service, self.now)) {
                    session.set("expires", expires);
                }
            }
        }
        if !self.keep_counters {
            session.touch(self.now);
            session.renew_quota(self.now, self.merged().unwrap_or(&self.session).int("quota_renewal_rate"));
        }
        self.set_password(&mut session, old.filter(|_| self.put));
        session
    }

    /// Sets the hash of the new password. The stored hash stays if the request has no password, or has that same hash.
    fn set_password(&self, session: &mut Session, old: Option<&Session>) {
        let stored = old.map(password::plain).filter(|stored| !stored.is_empty());
        match (&self.password, stored) {
            (Some(_), Some(stored)) if stored == password::plain(&self.session) => {}
            (Some(hash), _) => {
                password::set(session, "password", hash);
                password::set(session, "hash_type", "bcrypt");
            }
            (None, Some(_)) => {
                if let Some(old) = old {
                    session.carry("basic_auth_data", old);
                }
            }
            (None, None) => {}
        }
    }
}

/// Whether `expires` is in the past, so that it has no effect.
fn is_past(session: &Session, now: Timestamp) -> bool {
    (2..=now.as_second()).contains(&session.int("expires"))
}

/// Keeps when each API's quota renews, if both sessions limit that API.
fn carry_api_renewals(session: &mut Session, old: &Session) {
    let old = old.object("access_rights");
    for (api, access) in session.object_mut("access_rights").into_iter().flatten() {
        let renews = old.and_then(|old| old.get(api)?.get("limit")?.get("quota_renews")).cloned();
        let limit = access.get_mut("limit").and_then(Value::as_object_mut);
        if let (Some(limit), Some(renews)) = (limit, renews) {
            limit.insert("quota_renews".into(), renews);
        }
    }
}
