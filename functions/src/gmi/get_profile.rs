//! `GET /api/v1/me/profile`: shows the caller and their organisation. A single pending invitation
//! is accepted here.

use latchkey_shared::envelope::gmi::{self, Failure, Group, Step, Steps};
use latchkey_shared::runtime::function::Action::{BatchGetItem, DeleteItem, GetItem, PutItem, Query, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Joined;
use latchkey_shared::store::Table::{Audit, Organizations};
use serde_json::json;

use super::{answer, caller, view};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-get-profile",
    summary: "Shows the user and their organisation. Accepts an invitation if there is just one.",
    routes: &[Route::new("GET", "/api/v1/me/profile")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, BatchGetItem, PutItem, UpdateItem, DeleteItem, Query]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps { read: Step::reading(Group::Organization), write: Step::updating(Group::User) };

/// Shows the user as in their session token, with their organisation or with the invitations to
/// choose from. The details that an organisation has of a member are updated from the newest token.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let (scope, now) = (user.alone(request), service.clock.now());
    let who = (user.id(), user.person());
    let mut profile = json!({"user": view::user(user.id(), user.person())});
    match service.store.join(&scope, who, user.verified_email(), now).await? {
        Joined::Nowhere => {}
        Joined::Invited(several) => {
            profile["invitations"] = several.iter().rev().map(view::invitation).collect();
        }
        Joined::Now(org, role) => profile["organization"] = view::organization(org.as_str(), role),
        Joined::Before(membership) => {
            let newer = user.person().last_login_at >= membership.person.last_login_at;
            if newer && *user.person() != membership.person {
                service.store.refresh(&scope, &membership, user.person(), now).await?;
            }
            profile["organization"] = view::organization(membership.org.as_str(), membership.role);
        }
    }
    Ok(gmi::shown(&profile))
}
