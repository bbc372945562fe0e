//! `GET /v1/audit`: who changed what, of an organisation or of a key, newest first.

use latchkey_shared::access::OperatorScope;
use latchkey_shared::auth::Admin;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::{self, Failure, Fault, ListedRecord};
use latchkey_shared::keys::KeyId;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{self, GetItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Query, Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Audit, Keys};
use latchkey_shared::store::{AuditPage, AuditPlace, AuditQuery, AuditRecord, HOUR};

use super::answer;
use super::parameters::{Parameters, query_after};
use crate::page::Room;
use crate::usage::rfc_3339;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-list-audit",
    summary: "Lists changes: who made them, when, and from what to what.",
    routes: &[Route::new("GET", "/v1/audit")],
    secrets: &[Secret::Admin],
    access: &[(Audit, &[Action::Query]), (Keys, &[GetItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// Milliseconds of a day.
const DAY: Millis = 24 * HOUR;
/// How far back the log is read if the request does not say.
const DEFAULT_DAYS: i64 = 30;

/// Answers one page. It reads a bounded number of records: if few of them match, the page has fewer
/// than `limit`, and the next one goes on.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let selection = Selection::read(&request.query, service.clock.now())?;
    let place = selection.begin(service, &admin).await?;
    let page = selection.page(service, admin.operator(), place).await?;
    let (mut records, mut room, mut next) = (Vec::new(), Room::default(), page.next);
    for (at, record) in page.records.iter().enumerate() {
        let listed = ListedRecord::of(record);
        if !room.takes(&listed) {
            next = page.records.get(at - 1).map(|last| last.place.clone());
            break;
        }
        records.push(listed);
    }
    let from = rfc_3339(selection.from);
    let query = |place: AuditPlace| query_after(&request.query, &[("from", &from)], &place);
    let next = next.map(|place| format!("{}{}", request.address(), query(place)));
    Ok(gate::listed_records(&records, next.as_deref()))
}

/// Which log is read.
enum Log {
    /// That of an organisation.
    Org(OrgId),
    /// The history of a key, in whatever organisations it was.
    Key(KeyId),
}

/// What a query selects.
struct Selection<'a> {
    log: Log,
    key: Option<KeyId>,
    actor: Option<&'a str>,
    action: Option<&'a str>,
    from: Millis,
    to: Millis,
    limit: usize,
    place: Option<AuditPlace>,
}

impl<'a> Selection<'a> {
    const KNOWN: [&'static str; 8] = ["org", "key_id", "actor", "action", "from", "to", "limit", "cursor"];

    /// Reads a query, and reports all of its faults at once.
    fn read(query: &'a Query, now: Millis) -> Result<Self, Failure> {
        let mut parameters = Parameters::read(query, &Self::KNOWN);
        if query.value("org").or(query.value("key_id")).is_none() {
            parameters.add(Fault::new("org", "is required unless key_id is given"));
        }
        let (org, key) = (parameters.org(), parameters.key_id());
        let log = org.map(Log::Org).or(key.map(Log::Key));
        // Clocks differ, and nothing that is in the log may be missing.
        let to = parameters.instant_or("to", end_of_day(now));
        let times = parameters.instant_or("from", to.unwrap_or(now) - DEFAULT_DAYS * DAY).zip(to);
        if times.is_some_and(|(from, to)| to <= from) {
            parameters.add(Fault::new("to", "must be later than from"));
        }
        let has = |place: &AuditPlace| match &log {
            Some(Log::Org(org)) => place.is_valid() && *org == place.org(),
            _ => place.is_valid(),
        };
        let (limit, place) = (parameters.limit(), parameters.cursor(has));
        let (actor, action) = (parameters.text("actor"), parameters.text("action"));
        let (log, (from, to)) = parameters.finish(log.zip(times))?;
        Ok(Self { log, key, actor, action, from: from.max(0), to: to.min(end_of_day(now)), limit, place })
    }

    /// Where the page begins: for a key alone, in the organisation that it belongs to, or did last.
    async fn begin(&self, service: &Service, admin: &Admin) -> Result<AuditPlace, Failure> {
        let org = match (&self.place, &self.log) {
            (Some(place), _) => return Ok(place.clone()),
            (None, Log::Org(org)) => org.clone(),
            (None, Log::Key(id)) => service.store.key_use(admin.gate(), *id).await?.ok_or(Failure::NoSuchKey)?.org,
        };
        Ok(AuditPlace::before_instant(&org, self.to))
    }

    async fn page(&self, service: &Service, operator: OperatorScope, place: AuditPlace) -> Result<AuditPage, Failure> {
        let followed = self.key.filter(|_| matches!(self.log, Log::Key(_)));
        let all = self.key.is_none() && self.actor.is_none() && self.action.is_none();
        let query = AuditQuery { followed, from: self.from, most: self.limit, all };
        Ok(service.store.audit_log(operator, &query, place, |record| self.takes(record)).await?)
    }

    fn takes(&self, record: &AuditRecord) -> bool {
        self.key.is_none_or(|key| record.key == Some(key))
            && self.actor.is_none_or(|actor| record.actor == actor)
            && self.action.is_none_or(|action| record.action == action)
    }
}

/// The first instant after the day of `now`.
fn end_of_day(now: Millis) -> Millis {
    (now.div_euclid(DAY) + 1).saturating_mul(DAY)
}
