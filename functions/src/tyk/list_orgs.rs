//! `GET /tyk/org/keys`: lists the organisations that have limits, or those with ids that begin with a filter.

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
    let mut page = ListPage::new("/tyk/org/keys", request)?;
    let mut after: Option<Place> = page.resume(sealer)?;
    loop {
        let found = service.store.limited_orgs(&scope, filter, after.clone()).await?;
        for (org, place) in found.rows {
            if !page.fits(&org) {
                return page.reply(after.as_ref(), sealer);
            }
            page.push(org);
            after = Some(place);
        }
        if found.next.is_none() {
            return page.reply(None::<&Place>, sealer);
        }
        after = found.next;
    }
}
