//! `GET /tyk/org/keys`: the organisations that have limits, or those whose ids begin with a filter.

use latchkey_shared::envelope::tyk::{Failure, Refusals};
use latchkey_shared::runtime::function::Action::Query;
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Place;
use latchkey_shared::store::Table::Organizations;

use super::list_page::ListPage;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-list-orgs",
    summary: "Lists the organisations that have limits.",
    routes: &[Route::new("GET", "/tyk/org/keys")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[Query])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::LIST, s, r, handle))),
};

/// Lists organisations in byte order.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let filter = request.query.get("filter").trim_end_matches('*');
    let sealer = service.secrets.sealer()?;
    let mut listing = ListPage::new("/tyk/org/keys", request)?;
    let mut after: Option<Place> = listing.resume(sealer)?;
    loop {
        let page = service.store.limited_orgs(&scope, filter, after.clone()).await?;
        for (org, place) in page.rows {
            if !listing.fits(&org) {
                return listing.reply(after.as_ref(), sealer);
            }
            listing.push(org);
            after = Some(place);
        }
        if page.next.is_none() {
            return listing.reply(None::<&Place>, sealer);
        }
        after = page.next;
    }
}
