//! `PUT /v1/keys/{key_id}/policies`: puts a key of any dialect on a plan, or takes it off. The key follows its policies
//! from the next call on, and what it has used stays used.

use latchkey_shared::access::DialectScope;
use latchkey_shared::auth::Admin;
use latchkey_shared::envelope::gate::{self, Failure, Fault};
use latchkey_shared::envelope::tyk;
use latchkey_shared::keys::{Dialect, Key, KeyConfig, KeyId};
use latchkey_shared::limits::Limits;
use latchkey_shared::policies::PolicyId;
use latchkey_shared::runtime::function::Action::{BatchGetItem, DeleteItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys, OrgKeys, Organizations};
use latchkey_shared::store::{Change, Counters, Found, NewKey, StoreError};

use super::answer;
use super::body::Fields;
use crate::tyk::assign_policies::{Assigned, assigned};
use crate::tyk::policies::MOST;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-set-policies",
    summary: "Replaces the policies of a key of any dialect.",
    routes: &[Route::new("PUT", "/v1/keys/{key_id}/policies")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[
        (Keys, &[GetItem, UpdateItem]),
        (OrgKeys, &[GetItem, PutItem, DeleteItem]),
        (Organizations, &[BatchGetItem, UpdateItem]),
        (Audit, &[PutItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Answers 200 with the policies that the key has now. Without any, it has its own limits again.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let id = KeyId::parse(request.param("key_id")).ok_or(Failure::NoSuchKey)?;
    let names = names(request.body().await?)?;
    let now = service.clock.now();
    let dialect = service.store.dialect_of(admin.gate(), id).await?.ok_or(Failure::NoSuchKey)?;
    let scope = admin.everywhere(dialect, request);
    let key = service.store.find(&scope, id, now).await?.ok_or(Failure::NoSuchKey)?;
    let (config, apis) = planned(service, &scope, &key, &names).await?;
    let token = if key.token_kept { service.store.listed_token(&scope, &key).await? } else { None };
    let (read, org) = (key.revision, key.org.clone());
    let replace = |found: Option<&Found>| {
        let key = &found.ok_or(Failure::NoSuchKey)?.key;
        if key.revision != read {
            // Its policies are looked up again.
            return Err(StoreError::NoLonger.into());
        }
        let new = NewKey::replacing(key, config.clone(), token.clone());
        let new = match &apis {
            Some(apis) => new.listed_by(apis.clone()),
            None => new,
        };
        Ok::<_, Failure>(Change::Put(Box::new(new), Counters::RunOn))
    };
    service.store.change_found(&scope, key, now, replace).await?;
    Ok(gate::policies_of_key(id, &org, dialect, &names))
}

/// The configuration of `key` with these policies, which must exist and be applicable, and the APIs
/// by which Tyk's list finds it.
async fn planned(
    service: &Service,
    scope: &DialectScope,
    key: &Key,
    names: &[String],
) -> Result<(KeyConfig, Option<Vec<String>>), Failure> {
    let texts: Vec<_> = names.iter().map(String::as_str).collect();
    let found = service.store.policies(scope, &key.org, texts.iter().copied()).await?;
    let missing = names.iter().enumerate().filter(|(_, name)| found.live(name).is_none());
    let faults: Vec<_> = missing
        .map(|(at, _)| Fault::new(format!("policies[{at}]"), "does not exist in the key's organisation"))
        .collect();
    if !faults.is_empty() {
        return Err(Failure::Malformed(faults));
    }
    if key.dialect == Dialect::Tyk {
        let Assigned { config, apis } = assigned(service, scope, key, &texts).await.map_err(of_tyk)?;
        return Ok((KeyConfig { kept_until: key.config.kept_until, ..config }, Some(apis)));
    }
    let own = Limits { spend: key.config.limits.spend, ..Limits::default() };
    let mut config = KeyConfig { policies: names.to_vec(), limits: own, ..key.config.clone() };
    if !names.is_empty() {
        let merged = config.merged(key.dialect, |name| found.live(name), None);
        let inapplicable =
            |_| Failure::Malformed(vec![Fault::new("policies", "cannot be applied together, or give no access")]);
        config.limits = merged.map_err(inapplicable)?.0.limits;
    }
    Ok((config, None))
}

fn of_tyk(failure: tyk::Failure) -> Failure {
    match failure {
        tyk::Failure::Internal(internal) => Failure::Internal(internal),
        _ => Failure::Malformed(vec![Fault::new("policies", "cannot be applied to this key")]),
    }
}

fn names(body: &[u8]) -> Result<Vec<String>, Failure> {
    let mut fields = Fields::read(body)?;
    let names = fields.texts("policies");
    for (at, _) in names.iter().enumerate().filter(|(_, name)| PolicyId::parse(name).is_none()) {
        fields.fault(&format!("policies[{at}]"), "is not the id of a policy");
    }
    if names.len() > MOST {
        fields.fault("policies", "must be 40 at most");
    }
    fields.finish()?;
    Ok(names)
}
