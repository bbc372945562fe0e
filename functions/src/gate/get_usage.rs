//! `GET /v1/usage`: what a key or an organisation used, by hour, day or month. Each page covers one
//! month at most.

use std::ops::Range;

use jiff::Timestamp;
use latchkey_shared::auth::Admin;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::{self, Failure, Fault};
use latchkey_shared::keys::KeyId;
use latchkey_shared::limits::spend::month_start;
use latchkey_shared::orgs::OrgId;
use latchkey_shared::runtime::function::Action::{self, BatchGetItem, DeleteItem, GetItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Query, Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::Secret;
use latchkey_shared::store::Table::{Keys, Usage};
use latchkey_shared::store::{HOUR, UsedByHour};

use super::answer;
use super::parameters::Parameters;
use crate::usage::{self, Resolution, hours};

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-get-usage",
    summary: "Shows what a key or an organisation used.",
    routes: &[Route::new("GET", "/v1/usage")],
    secrets: &[Secret::Admin],
    access: &[
        (Keys, &[GetItem, BatchGetItem, UpdateItem]),
        (Usage, &[BatchGetItem, Action::Query, UpdateItem, DeleteItem]),
    ],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// The path, for the address of the next page.
const PATH: &str = "/v1/usage";

/// Answers 200 even if nothing was used.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let selection = Selection::read(&request.query, service.clock.now())?;
    let page = hours::in_first_month(&selection.hours);
    let used = match &selection.subject {
        Subject::Key(id) => {
            let key = service.store.key_use(admin.gate(), *id).await?.ok_or(Failure::NoSuchKey)?;
            if page.is_empty() { UsedByHour::new() } else { service.store.usage_of_key(&key, page.clone()).await? }
        }
        Subject::Org(_) if page.is_empty() => UsedByHour::new(),
        Subject::Org(org) => {
            let now = service.clock.now();
            service.store.usage_in_all_dialects(admin.gate(), org, page.clone(), now).await?
        }
    };
    let next = (page.end < selection.hours.end).then(|| selection.address_from(page.end, request));
    Ok(gate::usage(&usage::by_period(selection.resolution, used), next.as_deref()))
}

/// The key or organisation that used something.
enum Subject {
    Key(KeyId),
    Org(OrgId),
}

/// What a query selects.
struct Selection {
    subject: Subject,
    /// Hours since 1970.
    hours: Range<i64>,
    resolution: Resolution,
}

impl Selection {
    /// Reads a query, and reports all of its faults at once.
    fn read(query: &Query, now: Millis) -> Result<Self, Failure> {
        let mut parameters = Parameters::read(query, &["org", "key_id", "from", "to", "resolution"]);
        let subject = Subject::read(query).map_err(|fault| parameters.add(fault)).ok();
        let resolution = Resolution::read(query.value("resolution"));
        if resolution.is_none() {
            parameters.add(Fault::new("resolution", Resolution::PROBLEM));
        }
        // The end is exclusive, and what was used just now counts.
        let present = now + 1;
        let times = parameters.instant_or("from", month_start(now)).zip(parameters.instant_or("to", present));
        if times.is_some_and(|(from, to)| to <= from) {
            parameters.add(Fault::new("to", "must be later than from"));
        }
        let ((subject, resolution), (from, to)) = parameters.finish(subject.zip(resolution).zip(times))?;
        // Nothing was used in the future, so it needs no reads.
        let [from, to] = [from, to.min(present)].map(|at| Timestamp::from_millisecond(at).unwrap_or_default());
        Ok(Self { subject, hours: hours::around(from, to), resolution })
    }

    /// The address of the rest of the selection, from `hour` on.
    fn address_from(&self, hour: i64, request: &Request) -> String {
        let whose = match &self.subject {
            Subject::Key(id) => ("key_id", id.to_string()),
            Subject::Org(org) => ("org", org.to_string()),
        };
        let (from, to) = (usage::rfc_3339(hour * HOUR), usage::rfc_3339(self.hours.end * HOUR));
        let rest = [("from", from.as_str()), ("to", to.as_str()), ("resolution", self.resolution.name())];
        let query: Query = [(whose.0, whose.1.as_str())].into_iter().chain(rest).collect();
        format!("{}{PATH}{}", request.base, query.encoded())
    }
}

impl Subject {
    fn read(query: &Query) -> Result<Self, Fault> {
        match (query.value("org"), query.value("key_id")) {
            (None, None) => Err(Fault::new("org", "is required unless key_id is given")),
            (Some(_), Some(_)) => Err(Fault::new("key_id", "cannot be combined with org")),
            (Some(org), None) => {
                OrgId::parse(org).map(Self::Org).map_err(|_| Fault::new("org", "must be the id of an organisation"))
            }
            (None, Some(id)) => {
                KeyId::parse(id).map(Self::Key).ok_or_else(|| Fault::new("key_id", "must be the id of a key"))
            }
        }
    }
}
