//! `POST /api/v1/organizations/{orgId}/invitations/email`: invites people, who join when they sign
//! in.

use std::collections::HashSet;

use latchkey_shared::envelope::gmi::{self, Failure, Group, Rule, Step, Steps};
use latchkey_shared::orgs::{Email, GmiRole};
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, GetItem, PutItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Organizations};
use serde_json::{Map, Value};

use super::validation::Faults;
use super::{answer, caller};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gmi-invite-users",
    summary: "Invites people by e-mail address.",
    routes: &[Route::new("POST", "/api/v1/organizations/{orgId}/invitations/email")],
    secrets: &[Secret::Session],
    access: &[(Organizations, &[GetItem, PutItem, ConditionCheckItem]), (Audit, &[PutItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(STEPS, s, r, handle))),
};

/// What it answers when the store fails.
pub(crate) const STEPS: Steps = Steps::only(Step::creating(Group::Invitation));

/// The most invitations in one request: all of them and their audit records must fit one
/// transaction.
const MOST: usize = 40;

/// Invites by e-mail address; this replaces earlier invitations. Nobody can be invited as an owner.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let user = caller::user(service, request).await?;
    let mut faults = Faults::default();
    let org = faults.org(request);
    let body = faults.body(request).await?;
    let invitees = invitees(&body, &mut faults);
    let (Some(org), Some(invitees)) = (org, invitees) else { return Err(faults.refusal()) };
    let member = caller::member(service, request, &user, &org).await?;
    if !member.role().manages() {
        return Err(Failure::RoleTooLow);
    }
    service.store.invite(member.scope(), &invitees, service.clock.now()).await?;
    Ok(gmi::done())
}

fn invitees(body: &Map<String, Value>, faults: &mut Faults) -> Option<Vec<(Email, GmiRole)>> {
    let list = match body.get("invitees") {
        None | Some(Value::Null) => return faults.add("invitees", Rule::Required, Some("".into())),
        Some(Value::Array(list)) if list.is_empty() => {
            return faults.add("invitees", Rule::Required, Some(Value::Array(Vec::new())));
        }
        // The value is too long to repeat.
        Some(Value::Array(list)) if list.len() > MOST => return faults.add("invitees", Rule::Max(MOST), None),
        Some(Value::Array(list)) => list,
        Some(other) => return faults.add("invitees", Rule::Type("array"), Some(other.clone())),
    };
    let mut seen = HashSet::new();
    let read: Vec<_> = list.iter().enumerate().map(|(at, value)| invitee(at, value, &mut seen, faults)).collect();
    read.into_iter().collect()
}

fn invitee(at: usize, value: &Value, seen: &mut HashSet<String>, faults: &mut Faults) -> Option<(Email, GmiRole)> {
    let Some(fields) = value.as_object() else {
        return faults.add(format!("invitees[{at}]"), Rule::Type("object"), Some(value.clone()));
    };
    let email = email(&format!("invitees[{at}].email"), fields.get("email"), seen, faults);
    let field = format!("invitees[{at}].role");
    let role = faults.required_text(&field, fields.get("role"));
    let role = role.and_then(|name| match GmiRole::parse(&name) {
        Some(role) if role != GmiRole::Owner => Some(role),
        _ => faults.add(&field, Rule::OneOf("org_admin org_user"), Some(name.into())),
    });
    Some((email?, role?))
}

fn email(field: &str, value: Option<&Value>, seen: &mut HashSet<String>, faults: &mut Faults) -> Option<Email> {
    let text = faults.required_text(field, value)?;
    let Some(email) = Email::parse(text.trim()) else {
        return faults.add(field, Rule::Email, Some(text.into()));
    };
    if seen.insert(email.folded()) { Some(email) } else { faults.add(field, Rule::Unique, Some(text.into())) }
}
