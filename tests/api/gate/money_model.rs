//! A month's money against a model of it: after every step of any sequence of reservations, reports and changes the two
//! agree, over the borders of months and the lives of a key.

use std::collections::BTreeMap;

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::{Clock, Millis};
use latchkey_shared::limits::Money;
use latchkey_shared::limits::spend::month_end;
use latchkey_shared::store::HOUR;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::asking::answer;
use super::get_usage::usage;
use super::money_keys::{MoneyKey, MoneyKeys};
use super::reports::report;

/// When each sequence begins: two days before the end of January 2026.
const START: i64 = 1_769_731_200_000;
const DAY: i64 = 24 * HOUR;

#[derive(Clone, Debug)]
enum Step {
    /// A call that reserves so many billionths, at the first or the second server.
    Reserve(i128, bool),
    /// Settles one of the reservations made so far, perhaps once more.
    Settle(prop::sample::Index, Option<i128>),
    /// Reports under a name of one's own, perhaps once more.
    Report(u8, i128),
    Advance(i64),
    /// Sets the limit; makes the key again where it was deleted.
    Put(Option<i128>),
    Delete,
}

struct Reservation {
    id: String,
    amount: i128,
    at: i64,
    life: u32,
    settled: Option<i128>,
}

#[derive(Default)]
struct Model {
    limit: Option<i128>,
    deleted: bool,
    life: u32,
    /// What was spent in the month that ends then.
    spent: (i64, i128),
    reservations: Vec<Reservation>,
    reports: BTreeMap<u8, i128>,
    /// Hour → money reported.
    usage: BTreeMap<i64, i128>,
}

impl Model {
    fn spent(&self, now: i64) -> i128 {
        if self.spent.0 == month_end(now) { self.spent.1 } else { 0 }
    }

    fn spend(&mut self, amount: i128, now: i64) {
        self.spent = (month_end(now), self.spent(now) + amount);
    }

    fn code(&self, amount: i128, now: i64) -> &'static str {
        let full = self.limit.is_some_and(|limit| self.spent(now) + amount.max(1) > limit);
        match (self.deleted, full) {
            (true, _) => "unknown_key",
            (false, true) => "spend_exceeded",
            (false, false) => "ok",
        }
    }

    /// What is told of the month.
    fn shown(&self, now: i64) -> Value {
        let spent = self.spent(now);
        if self.deleted || (self.limit.is_none() && spent == 0) {
            return Value::Null;
        }
        let money = |nanos: i128| serde_json::from_str::<Value>(&Money::from_nanos(nanos).to_string()).unwrap();
        let limited = |nanos: Option<i128>| nanos.map_or(Value::Null, money);
        let remaining = self.limit.map(|limit| (limit - spent).max(0));
        json!({
            "limit": limited(self.limit), "spent": money(spent), "remaining": limited(remaining),
            "resets_at": month_end(now) / 1000,
        })
    }
}

fn step() -> impl Strategy<Value = Step> {
    let amount = || prop_oneof![Just(0), 1..2_000_000_000_i128];
    prop_oneof![
        8 => (amount(), any::<bool>()).prop_map(|(amount, first)| Step::Reserve(amount, first)),
        8 => (any::<prop::sample::Index>(), proptest::option::of(amount())).prop_map(|(at, spend)| Step::Settle(at, spend)),
        4 => (0..6_u8, amount()).prop_map(|(name, amount)| Step::Report(name, amount)),
        4 => proptest::sample::select(vec![1, HOUR, DAY, 20 * DAY]).prop_map(Step::Advance),
        3 => proptest::option::of(0..6_000_000_000_i128).prop_map(Step::Put),
        2 => Just(Step::Delete),
    ]
}

/// The status of a report, and whether it was counted.
async fn told(server: &TestServer, key: &MoneyKey, id: &str, spend: Option<i128>) -> (u16, bool) {
    let mut body = json!({"key": key.token, "id": id});
    if let Some(spend) = spend {
        body["spend"] = Money::from_nanos(spend).to_string().into();
    }
    let reply = report(server, body).await;
    (reply.status, reply.status == 200 && reply.json()["counted"] == true)
}

/// Takes the same step here and there.
async fn take(
    step: &Step,
    model: &mut Model,
    servers: &[TestServer; 2],
    (keys, key): (&MoneyKeys, &MoneyKey),
) -> Result<(), TestCaseError> {
    let now = servers[0].clock.now();
    match step {
        Step::Reserve(amount, first) => {
            let spend = Money::from_nanos(*amount).to_string();
            let question = json!({"key": key.token, "api": "test", "spend": spend});
            let found = answer(&servers[usize::from(*first)], question).await;
            prop_assert_eq!(&found["code"], model.code(*amount, now));
            let id = found["reservation"]["id"].as_str();
            prop_assert_eq!(id.is_some(), found["allowed"] == true && *amount > 0);
            if let Some(id) = id {
                model.spend(*amount, now);
                let (id, amount, life) = (id.to_owned(), *amount, model.life);
                model.reservations.push(Reservation { id, amount, at: now, life, settled: None });
            }
        }
        Step::Settle(_, _) if model.reservations.is_empty() => {}
        Step::Settle(which, spend) => {
            settle(which.index(model.reservations.len()), *spend, model, &servers[1], key, now).await?;
        }
        Step::Report(name, amount) => spend_reported(*name, *amount, model, &servers[0], key, now).await?,
        Step::Advance(by) => servers[0].clock.advance(*by),
        Step::Put(limit) => {
            let max = limit.map(|limit| Money::from_nanos(limit).to_string());
            keys.put(key, max.as_deref(), now).await;
            model.limit = *limit;
            if std::mem::take(&mut model.deleted) {
                (model.life, model.spent) = (model.life + 1, (0, 0));
            }
        }
        Step::Delete if model.deleted => {}
        Step::Delete => {
            keys.delete(key, now).await;
            model.deleted = true;
            // Two lives are told apart by when they began.
            servers[0].clock.advance(1);
        }
    }
    let looked = answer(&servers[1], json!({"key": key.token, "api": "test", "cost": 0})).await;
    let now = servers[0].clock.now();
    prop_assert_eq!(looked["spend"].clone(), model.shown(now), "after {:?}", step);
    Ok(())
}

/// Settles the reservation `which` here and there, with what was really spent.
async fn settle(
    which: usize,
    spend: Option<i128>,
    model: &mut Model,
    server: &TestServer,
    key: &MoneyKey,
    now: Millis,
) -> Result<(), TestCaseError> {
    let reservation = &mut model.reservations[which];
    let (spent, told) = (spend.unwrap_or_default(), told(server, key, &reservation.id, spend).await);
    let expected = match reservation.settled {
        _ if now - reservation.at > 34 * DAY => (400, false),
        Some(settled) if settled == spent => (200, false),
        Some(_) => (422, false),
        None => (200, true),
    };
    prop_assert_eq!(told, expected);
    if expected.1 {
        reservation.settled = Some(spent);
        *model.usage.entry(reservation.at / HOUR).or_default() += spent;
        let (amount, at, life) = (reservation.amount, reservation.at, reservation.life);
        if life == model.life && month_end(at) == month_end(now) {
            model.spend(spent - amount, now);
        }
    }
    Ok(())
}

/// Reports what was spent here and there.
async fn spend_reported(
    name: u8,
    amount: i128,
    model: &mut Model,
    server: &TestServer,
    key: &MoneyKey,
    now: Millis,
) -> Result<(), TestCaseError> {
    let expected = match model.reports.get(&name) {
        Some(before) if *before == amount => (200, false),
        Some(_) => (422, false),
        None => (200, true),
    };
    prop_assert_eq!(told(server, key, &format!("own-{name}"), Some(amount)).await, expected);
    if expected.1 {
        model.reports.insert(name, amount);
        model.spend(amount, now);
        *model.usage.entry(now / HOUR).or_default() += amount;
    }
    Ok(())
}

/// What `Usage` tells of the whole time, page by page: hour → money.
async fn told_usage(server: &TestServer, key: &MoneyKey) -> BTreeMap<i64, i128> {
    let mut hours = BTreeMap::new();
    let mut query = format!("?key_id={}&from=2026-01-01&resolution=hour", key.id);
    loop {
        let page = usage(server, &query).await;
        for period in page["usage"].as_array().unwrap() {
            let start: jiff::Timestamp = period["start"].as_str().unwrap().parse().unwrap();
            let spend = Money::parse(&period["spend"].to_string()).unwrap().nanos();
            hours.insert(start.as_millisecond() / HOUR, spend);
        }
        let Some(next) = page["next"].as_str() else { break };
        query = next.strip_prefix("/v1/usage").unwrap().to_owned();
    }
    hours.retain(|_, spend| *spend != 0);
    hours
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_reservations_reports_and_changes_agrees_with_the_model(
        first in proptest::option::of(0..6_000_000_000_i128), steps in proptest::collection::vec(step(), 30),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
            let servers = [
                TestServer::on(database.clone(), clock.clone(), &[]).await,
                TestServer::on(database, clock, &[]).await,
            ];
            let keys = MoneyKeys::of(&servers[0]);
            let key = keys.make(None, START).await;
            let mut model = Model::default();
            for step in [Step::Put(first)].iter().chain(&steps) {
                take(step, &mut model, &servers, (&keys, &key)).await?;
            }
            model.usage.retain(|_, spend| *spend != 0);
            prop_assert_eq!(told_usage(&servers[0], &key).await, model.usage);
            Ok::<_, TestCaseError>(())
        })?;
    }
}
