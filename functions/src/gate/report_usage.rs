//! `POST /v1/keys/usage`: reports what a call used. Each id is counted once.

use latchkey_shared::auth::Admin;
use latchkey_shared::clock::Millis;
use latchkey_shared::envelope::gate::{self, Failure, Fault};
use latchkey_shared::hex;
use latchkey_shared::keys::{KeyId, Presented, Reservation, Token, presented};
use latchkey_shared::limits::Money;
use latchkey_shared::runtime::function::Action::{ConditionCheckItem, GetItem, PutItem, UpdateItem};
use latchkey_shared::runtime::function::{Function, Route, Serves};
use latchkey_shared::runtime::request::{Request, Response};
use latchkey_shared::runtime::service::Service;
use latchkey_shared::secrets::{IdSecret, Secret};
use latchkey_shared::store::Table::{Keys, Usage};
use latchkey_shared::store::{HOUR, KNOWN_FOR, Report, Reported, Used};

use super::answer;
use super::body::Fields;

/// The function, its routes and all that it may touch.
pub const FUNCTION: Function = Function {
    name: "gate-report-usage",
    summary: "Records what a request really used.",
    routes: &[Route::new("POST", "/v1/keys/usage")],
    secrets: &[Secret::Admin, Secret::Id],
    access: &[(Keys, &[GetItem, PutItem, UpdateItem, ConditionCheckItem]), (Usage, &[UpdateItem])],
    serves: Serves::Requests(|s, r| Box::pin(answer(s, r, handle))),
};

/// The largest count of anything in one report.
const MAX_COUNT: i64 = 1_000_000_000;
/// Characters of the longest id.
const MAX_ID_LENGTH: usize = 255;
/// The greatest age of a reservation: a day less than reports are remembered, to allow for clock
/// differences.
const OLDEST: Millis = KNOWN_FOR - 24 * HOUR;

/// Answers 200 if the report was counted, now or before.
async fn handle(service: &Service, request: &Request) -> Result<Response, Failure> {
    let admin = Admin::from_bearer(&service.secrets, request).map_err(|_| Failure::NotAdmin)?;
    let ids = service.secrets.ids()?;
    let body = ReportBody::read(request.body().await?)?;
    let key = body.key(ids)?;
    let now = service.clock.now();
    let settles = body.reservation(key, ids, now)?;
    let used = body.used(settles.is_some())?;
    let report = Report { row: body.row(key, ids), digest: digest(&used, ids), used, settles };
    match service.store.report(admin.gate(), key, &report, now).await? {
        Reported::Counted(key) => Ok(gate::reported(true, &key, now)),
        Reported::Before(key) => Ok(gate::reported(false, &key, now)),
        Reported::Reused => Err(Failure::ReportReused),
        Reported::NoSuchKey => Err(Failure::NoSuchKey),
    }
}

/// A well-formed body.
struct ReportBody {
    key: Option<String>,
    key_id: Option<KeyId>,
    id: String,
    /// What was used; `None` if the body does not say.
    used: Option<Used>,
}

impl ReportBody {
    /// Reads a body, and reports all of its faults at once.
    fn read(body: &[u8]) -> Result<Self, Failure> {
        let mut fields = Fields::read(body)?;
        let (key, key_id) = (fields.text("key"), fields.text("key_id"));
        match (&key, &key_id) {
            (None, None) => fields.fault("key", "is required unless key_id is given"),
            (Some(_), Some(_)) => fields.fault("key_id", "cannot be combined with key"),
            _ => {}
        }
        let parsed = key_id.as_deref().and_then(KeyId::parse);
        if key_id.is_some() && parsed.is_none() {
            fields.fault("key_id", "must be the id of a key");
        }
        let id = fields.required_text("id");
        if id.chars().count() > MAX_ID_LENGTH {
            fields.fault("id", "must have at most 255 characters");
        }
        let spend = fields.money("spend").map(Money::nanos);
        let counts = ["requests", "input_tokens", "output_tokens"]
            .map(|name| fields.whole(name, 0..=MAX_COUNT, "must be a whole number from 0 to 1000000000"));
        fields.finish()?;
        let used = (spend.is_some() || counts.iter().any(Option::is_some)).then(|| {
            let [requests, input_tokens, output_tokens] = counts.map(Option::unwrap_or_default);
            Used { requests, spend: spend.unwrap_or_default(), input_tokens, output_tokens }
        });
        Ok(Self { key, key_id: parsed, id, used })
    }

    /// The id of the key, or of the key's token.
    fn key(&self, ids: &IdSecret) -> Result<KeyId, Failure> {
        let token = self.key.as_deref().map(Token::presented);
        match (self.key_id, token.map(|token| presented(&token, ids))) {
            (Some(id), _) | (None, Some(Presented::Token(_, id))) => Ok(id),
            (None, Some(Presented::Impossible) | None) => Err(Failure::NoSuchKey),
        }
    }

    /// The reservation with this id, if it is the id of one.
    fn reservation(&self, key: KeyId, ids: &IdSecret, now: Millis) -> Result<Option<Reservation>, Failure> {
        let reservation = Reservation::read(&self.id, key, ids);
        let reservation = reservation.map_err(|_| fault("id", "is not a reservation of this key"))?;
        match reservation {
            Some(old) if now.saturating_sub(old.at) > OLDEST => Err(fault("id", "was reserved more than 34 days ago")),
            reservation => Ok(reservation),
        }
    }

    /// What was used. Only the report of a reservation may leave it out: then nothing was used.
    fn used(&self, settles: bool) -> Result<Used, Failure> {
        let none = settles.then(Used::default);
        self.used
            .or(none)
            .ok_or_else(|| fault("spend", "is required unless requests, input_tokens or output_tokens is given"))
    }

    /// The name of the report in the store, which does not reveal the id.
    fn row(&self, key: KeyId, ids: &IdSecret) -> String {
        hex(ids.tag("report", &[key.as_bytes(), self.id.as_bytes()]).as_ref())
    }
}

/// Tells apart two reports with the same id.
fn digest(used: &Used, ids: &IdSecret) -> Vec<u8> {
    let counts = [used.requests, used.input_tokens, used.output_tokens].map(i64::to_be_bytes);
    ids.tag("reported", &[&used.spend.to_be_bytes(), counts.as_flattened()]).as_ref().to_vec()
}

fn fault(field: &str, problem: &'static str) -> Failure {
    Failure::Malformed(vec![Fault::new(field, problem)])
}
