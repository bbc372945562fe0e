//! `GET /tyk/keys`: lists the tokens of all keys, or of those that begin with a filter.

use latchkey_shared::access::{DialectScope, Scope};
use latchkey_shared::envelope::Internal;
use latchkey_shared::envelope::tyk::{Failure, Refusal, Refusals};
use latchkey_shared::keys::{Dialect, KeyId, Token};
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{GetItem, Query, Scan};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{Purpose, Sealer, Secret};
use latchkey_shared::store::Table::{Keys, OrgKeys};
use latchkey_shared::store::{ListedKey, Place};
use serde::{Deserialize, Serialize};

use super::list_page::ListPage;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-list-keys",
    summary: "Lists keys.",
    routes: &[Route::new("GET", "/tyk/keys")],
    secrets: &[Secret::Admin, Secret::Id, Secret::Seal],
    access: &[(Keys, &[GetItem]), (OrgKeys, &[Query, Scan])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::LIST, s, r, handle))),
};

pub(crate) const FILTER_REQUIRED: Failure = Failure::Refused(
    "FilterRequired",
    Refusal::bad_request("The 'filter' parameter (Org ID) is required when filtering by 'api_id' in legacy mode"),
);

/// How many reads, of up to 1 MB each, one request may take.
const MAX_READS: usize = 64;

/// Where a list continues.
#[derive(Serialize, Deserialize)]
enum Walk {
    /// In the keys of the organisation that the filter names.
    Organisation(Option<Place>),
    /// In the keys of all others.
    Everyone(Option<Place>),
}

/// Lists keys. The filter is a prefix of the token. A whole token is looked up. Otherwise the keys of the organisation
/// with the filter as its id come first, and then all others are searched.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let wanted = Wanted::of(service, request)?;
    let sealer = service.secrets.sealer()?;
    let mut page = ListPage::new("/tyk/keys", request)?;
    let resumed = page.resume(sealer)?;
    if resumed.is_none() && wanted.is_one_key(service, &scope).await? {
        page.push(wanted.filter.to_owned());
        return page.reply(None::<&Walk>, sealer);
    }
    let next = fill(&mut page, service, &scope, &wanted, resumed.unwrap_or_else(|| wanted.begin())).await?;
    if !wanted.api.is_empty() {
        page.sort();
    }
    page.reply(next.as_ref(), sealer)
}

/// Fills the page with the wanted keys from `begin` on. Returns where the list continues.
async fn fill(
    page: &mut ListPage<'_>,
    service: &Service,
    scope: &DialectScope,
    wanted: &Wanted<'_>,
    begin: Walk,
) -> Result<Option<Walk>, Failure> {
    let (store, sealer) = (&service.store, service.secrets.sealer()?);
    let mut walk = Some(begin);
    for read in 0..MAX_READS {
        let Some(at) = walk else { return Ok(None) };
        let now = service.clock.now();
        // If the first read does not fill the page, few rows are wanted, and the next reads take as many as they can.
        let most = page.room().filter(|_| read == 0 && wanted.is_every_row(&at));
        let found = match &at {
            Walk::Organisation(after) => store.keys_of(&scope.within(&wanted.org), after.clone(), most, now).await?,
            Walk::Everyone(after) => store.all_keys(scope, after.clone(), most, now).await?,
        };
        walk = at.then(found.next);
        let mut last = at;
        for row in &found.rows {
            if let Some(token) = wanted.token(row, &last, sealer)? {
                if !page.fits(&token) {
                    return Ok(Some(last));
                }
                page.push(token);
            }
            last = last.at(row.place.clone());
        }
    }
    Ok(walk)
}

impl Walk {
    /// The same walk, continued after `place`.
    fn at(&self, place: Place) -> Self {
        match self {
            Self::Organisation(_) => Self::Organisation(Some(place)),
            Self::Everyone(_) => Self::Everyone(Some(place)),
        }
    }

    /// Where the list continues after a read that ended at `next`.
    fn then(&self, next: Option<Place>) -> Option<Self> {
        match (self, next) {
            (_, Some(next)) => Some(self.at(next)),
            (Self::Organisation(_), None) => Some(Self::Everyone(None)),
            (Self::Everyone(_), None) => None,
        }
    }
}

/// Which keys to list.
struct Wanted<'a> {
    /// What their tokens begin with.
    filter: &'a str,
    /// The filter, read as the id of an organisation.
    org: OrgId,
    /// The API that they have access to; empty for any.
    api: &'a str,
    /// Whether keys are listed by their hashes.
    hashes: bool,
    /// Whether a key without access rights has access to every API.
    master_keys: bool,
}

impl<'a> Wanted<'a> {
    fn of(service: &Service, request: &'a Request) -> Result<Self, Failure> {
        let filter = request.query.get("filter").trim_end_matches('*');
        let api = request.query.get("api_id");
        let hashes = service.settings.hash_keys;
        if !api.is_empty() && filter.is_empty() && !hashes {
            return Err(FILTER_REQUIRED);
        }
        let filter = if hashes { "" } else { filter };
        // A filter that cannot be an id skips the organisation, as the empty id does.
        let org = OrgId::parse(filter).unwrap_or_default();
        Ok(Self { filter, org, api, hashes, master_keys: service.settings.allow_master_keys })
    }

    fn begin(&self) -> Walk {
        if self.org.as_str().is_empty() { Walk::Everyone(None) } else { Walk::Organisation(None) }
    }

    /// Whether nearly every row is listed, so that a read need not return more rows than fit the page.
    fn is_every_row(&self, walk: &Walk) -> bool {
        self.api.is_empty() && (self.filter.is_empty() || matches!(walk, Walk::Organisation(_)))
    }

    /// Whether the filter is the whole generated token of a key: no other token can begin with it.
    async fn is_one_key(&self, service: &Service, scope: &Scope) -> Result<bool, Failure> {
        let token = Token::presented(self.filter);
        let Some(org) = self.filter.len().checked_sub(32).and_then(|end| self.filter.get(..end)) else {
            return Ok(false);
        };
        let Ok(org) = OrgId::parse(org) else { return Ok(false) };
        if !token.is_generated(&org) {
            return Ok(false);
        }
        let id = KeyId::of(&token, service.secrets.ids()?);
        let key = service.store.find(scope, id, service.clock.now()).await?;
        Ok(key.is_some_and(|key| self.api.is_empty() || self.has_api(key.config.access.apis())))
    }

    /// The token of a row, if it is to be listed and was not listed already.
    fn token(&self, row: &ListedKey, walk: &Walk, sealer: &Sealer) -> Result<Option<String>, Failure> {
        let was_first = matches!(walk, Walk::Everyone(_)) && !self.filter.is_empty();
        if (was_first && !self.org.as_str().is_empty() && row.is_of(Dialect::Tyk, &self.org))
            || !(self.api.is_empty() || self.has_api(row.apis.iter()))
        {
            return Ok(None);
        }
        let sealed = match &row.token {
            Some(sealed) if !self.hashes => sealed,
            // The hash is all that is left of a token that is not kept.
            _ => return Ok(self.filter.is_empty().then(|| row.id.hash())),
        };
        let token = sealer.open(Purpose::Token, row.id.as_bytes(), sealed)?;
        let token = String::from_utf8(token).map_err(|_| Internal::Broken("a token is no text"))?;
        Ok(token.starts_with(self.filter).then_some(token))
    }

    fn has_api<'b>(&self, mut apis: impl ExactSizeIterator<Item = &'b String>) -> bool {
        (apis.len() == 0 && self.master_keys) || apis.any(|api| api == self.api)
    }
}
