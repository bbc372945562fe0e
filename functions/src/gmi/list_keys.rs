//! `GET /api/v1/organizations/{orgId}/api-keys`: the keys that the caller may see, newest first.

use std::cmp::Reverse;

use latchkey_shared::envelope::gmi::{self, Failure};
use latchkey_shared::keys::Key;
use latchkey_shared::request::{Request, Response};
use latchkey_shared::service::Service;
use serde_json::json;

use super::fields::Faults;
use super::{api_key, call, page::page};

/// Lists an organisation's keys: all of them to those who manage it, their own to the others.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = call::user(service, request).await?;
    let mut faults = Faults::default();
    let Some(org) = faults.org(request) else { return Err(faults.refusal()) };
    let member = call::member(service, request, &user, &org).await?;

    let (scope, now) = (member.scope(), service.clock.now());
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = service.store.keys_of(&scope, &org, after, None, now).await?;
        ids.extend(page.rows.iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let place = |key: &Key| (Reverse(api_key::created_at(key)), key.id.to_string());
    let view = |key: &Key| {
        let is_seen = member.sees(api_key::owner(key));
        Ok::<_, Failure>(is_seen.then(|| (place(key), api_key::entry(key))))
    };
    let keys = service.store.view_all(&scope, &ids, now, view).await?;
    let page = page(request, keys.into_iter())?;
    Ok(gmi::listed(&json!({"keys": page.entries}), page.next.as_deref()))
}
