//! `GET /tyk/reload` and `GET /tyk/reload/group`: asks for changes to take effect, which they have already.

use latchkey_shared::envelope::tyk::{self, Failure, Refusals};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;

use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "tyk-reload",
    summary: "Answers that everything is up to date: every change takes effect at once.",
    routes: &[Route::new("GET", "/tyk/reload"), Route::new("GET", "/tyk/reload/group")],
    secrets: &[Secret::Admin],
    access: &[],
    serves: Serves::Requests(|s, r| Box::pin(answer(&Refusals::USUAL, s, r, handle))),
};

/// Does nothing. Parameters such as `block=true` change nothing either.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let _scope = caller::admin(&service.secrets, request)?;
    Ok(tyk::up_to_date())
}
