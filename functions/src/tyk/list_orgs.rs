//! `GET /tyk/org/keys`: the organisations that have limits, or those whose ids begin with a filter.

use latchkey_shared::envelope::tyk::Failure;
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::store::Place;

use super::caller;
use super::listing::Listing;

/// Lists organisations in byte order.
pub(crate) async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let scope = caller::admin(&service.secrets, request)?;
    let filter = request.query.get("filter").trim_end_matches('*');
    let sealer = service.secrets.sealer()?;
    let mut listing = Listing::new("/tyk/org/keys", request)?;
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
