//! `GET /tyk/policies`: all policies, in the order of their ids. There are pages if `limit` or the size of an answer
//! asks for them.

use latchkey_shared::envelope::tyk::{self, Failure, Refusals};
use latchkey_shared::runtime::function::Action::{BatchGetItem, Query};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Place;
use latchkey_shared::store::Table::Organizations;

use super::list_page::ListPage;
use super::policy_object::PolicyView;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-list-policies",
    summary: "Lists the policies.",
    routes: &[Route::new("GET", "/tyk/policies")],
    secrets: &[Secret::Admin, Secret::Seal],
    access: &[(Organizations, &[BatchGetItem, Query])],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::LIST, s, r, handle))),
};

/// Policies that are read at once.
const READ: usize = 100;

async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let sealer = service.secrets.sealer()?;
    let mut page: ListPage<'_, PolicyView> = ListPage::new("/tyk/policies", request)?;
    let mut after: Option<Place> = page.resume(sealer)?;
    loop {
        let room = page.room().and_then(|room| usize::try_from(room).ok()).unwrap_or(READ).min(READ);
        let found = service.store.all_policies(&scope, after.clone(), room).await?;
        for (place, stored) in found.rows {
            let view = PolicyView::of(&stored.policy);
            if !page.fits(&view) {
                return page.reply_as(tyk::policies, after.as_ref(), sealer);
            }
            page.push(view);
            after = Some(place);
        }
        if found.next.is_none() {
            return page.reply_as(tyk::policies, None::<&Place>, sealer);
        }
        after = found.next;
    }
}
