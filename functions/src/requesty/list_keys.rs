//! `GET /v1/manage/apikey`: all keys of the caller's organisation, the newest first.

use std::cmp::Reverse;

use latchkey_shared::access::Permission;
use latchkey_shared::auth::Caller;
use latchkey_shared::envelope::requesty::{self, Failure};
use latchkey_shared::keys::Key;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use serde::Serialize;

use super::caller::permitted;
use super::view::Listed;
use crate::page::Page;

#[derive(Serialize)]
struct Keys {
    keys: Vec<Listed>,
}

/// Lists the keys, those whose time is over too.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let caller = Caller::find(service, request).await?;
    permitted(&caller, Permission::Read)?;
    let (scope, now) = (caller.scope(request), service.clock.now());
    let (mut ids, mut after) = (Vec::new(), None);
    loop {
        let page = service.store.keys_of(&scope, caller.org(), after, None, now).await?;
        ids.extend(page.rows.into_iter().map(|row| row.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    let place = |key: &Key| (Reverse(key.made), Reverse(key.id.to_string()));
    let view = |key: &Key| Ok::<_, Failure>(Some((place(key), Listed::of(key, now)?)));
    let keys = service.store.view_all(&scope, &ids, now, view).await?;
    let page = Page::of(request, keys).map_err(|_| Failure::Invalid("cursor".into(), "is none of this list"))?;
    Ok(requesty::listed(&Keys { keys: page.entries }, page.next.as_deref()))
}
