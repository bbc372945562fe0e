//! The gate against a model of it: after every step of any sequence the two agree.

use latchkey::embedded::Embedded;
use latchkey_harness::TestServer;
use latchkey_shared::clock::Clock;
use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use serde_json::{Value, json};

use super::asking::{answer, key_with};

/// When each sequence begins.
const START: i64 = 1_768_478_400_000;
const PATH: &str = "/tyk/keys/robot?org_id=default";
const ORG_PATH: &str = "/tyk/org/keys/default";

/// Units per seconds; `None` = no limit.
type Limit = Option<(i64, i64)>;

/// One fixed window, counted by what was used of it.
#[derive(Clone, Copy, Debug, Default)]
struct Window {
    limit: Limit,
    used: i64,
    end: Option<i64>,
}

impl Window {
    fn of(limit: Limit) -> Self {
        Self { limit, used: 0, end: None }
    }

    fn used(&self, now: i64) -> i64 {
        if self.end.is_some_and(|end| now < end) { self.used } else { 0 }
    }

    fn admits(&self, cost: i64, now: i64) -> bool {
        self.limit.is_none_or(|(max, _)| self.used(now) + cost <= max)
    }

    fn take(&mut self, cost: i64, now: i64) {
        let Some((_, seconds)) = self.limit else { return };
        self.used = self.used(now) + cost;
        self.end = self.end.filter(|end| now < *end).or(Some(now + seconds * 1000));
    }

    /// Another limit; what was used stays used, also while there is no limit.
    fn change(&mut self, limit: Limit, now: i64) {
        // A window that nothing is used of is not worth keeping while its limit is lifted.
        let lifted_unused = self.limit.is_some() && limit.is_none() && self.used(now) == 0;
        *self = if lifted_unused { Self::of(limit) } else { Self { limit, ..*self } };
    }

    fn shown(&self, now: i64) -> Value {
        let Some((max, _)) = self.limit else { return Value::Null };
        let resets_at = self.end.filter(|end| now < *end).map(|end| (end + 999) / 1000);
        json!({"limit": max, "remaining": (max - self.used(now)).max(0), "resets_at": resets_at})
    }
}

/// The windows of a key or of an organisation.
#[derive(Clone, Copy, Debug, Default)]
struct Windows {
    rate: Window,
    quota: Window,
}

impl Windows {
    fn of((rate, quota): (Limit, Limit)) -> Self {
        Self { rate: Window::of(rate), quota: Window::of(quota) }
    }

    fn change(&mut self, (rate, quota): (Limit, Limit), now: i64) {
        self.rate.change(rate, now);
        self.quota.change(quota, now);
    }

    /// The first window that refuses.
    fn full(&self, cost: i64, now: i64) -> Option<&'static str> {
        match () {
            () if !self.rate.admits(cost, now) => Some("rate_limited"),
            () if !self.quota.admits(cost, now) => Some("quota_exceeded"),
            () => None,
        }
    }

    fn take(&mut self, cost: i64, now: i64) {
        self.rate.take(cost, now);
        self.quota.take(cost, now);
    }
}

#[derive(Debug, Default)]
struct Model {
    now: i64,
    key: Option<Windows>,
    /// The organisation's limits; its counters outlive them.
    org: Windows,
    org_limited: bool,
}

impl Model {
    /// The code, and the windows of the key where they are told and certain.
    fn call(&mut self, cost: i64) -> (String, Option<[Value; 2]>) {
        let now = self.now;
        let Some(key) = &mut self.key else { return ("unknown_key".into(), None) };
        let full = key.full(cost, now);
        if let Some(refused) = self.org.full(cost, now).filter(|_| self.org_limited) {
            if full.is_none() && cost > 0 {
                // Its units come back, but a window that they began has begun.
                key.take(0, now);
            }
            return (format!("org_{refused}"), None);
        }
        if full.is_none() && cost > 0 {
            key.take(cost, now);
            if self.org_limited {
                self.org.take(cost, now);
            }
        }
        (full.unwrap_or("ok").into(), Some([key.rate.shown(now), key.quota.shown(now)]))
    }
}

#[derive(Clone, Debug)]
enum Step {
    /// A call of this cost, at the first or the second server.
    Call(i64, bool),
    Advance(i64),
    /// Makes the key, or replaces it with or without its counters.
    Put((Limit, Limit), bool),
    Delete,
    LimitOrg((Limit, Limit)),
    FreeOrg,
}

fn limits() -> impl Strategy<Value = (Limit, Limit)> {
    let rate = prop_oneof![1 => Just(None), 4 => (1..5_i64, prop_oneof![Just(1), Just(10)]).prop_map(Some)];
    let quota = prop_oneof![1 => Just(None), 4 => (1..9_i64, prop_oneof![Just(30), Just(90)]).prop_map(Some)];
    (rate, quota)
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        16 => (0..5_i64, any::<bool>()).prop_map(|(cost, first)| Step::Call(cost, first)),
        5 => proptest::sample::select(vec![1, 999, 1000, 5000, 10_000, 30_000]).prop_map(Step::Advance),
        3 => (limits(), any::<bool>()).prop_map(|(limits, keep)| Step::Put(limits, keep)),
        1 => Just(Step::Delete),
        2 => limits().prop_map(Step::LimitOrg),
        1 => Just(Step::FreeOrg),
    ]
}

fn body((rate, quota): (Limit, Limit)) -> Value {
    let (rate, quota) = (rate.unwrap_or_default(), quota.unwrap_or((-1, 0)));
    json!({"rate": rate.0, "per": rate.1, "quota_max": quota.0, "quota_renewal_rate": quota.1})
}

/// Takes the same step here and there.
async fn take(step: &Step, model: &mut Model, servers: &[TestServer; 2]) -> Result<(), TestCaseError> {
    let [admin, _] = servers;
    match *step {
        Step::Call(cost, first) => {
            let question = json!({"key": "defaultrobot", "api": "test", "cost": cost});
            let found = answer(&servers[usize::from(first)], question).await;
            let (code, windows) = model.call(cost);
            prop_assert_eq!(&found["code"], &json!(code));
            if let Some(windows) = windows {
                prop_assert_eq!([found["rate"].clone(), found["quota"].clone()], windows);
            }
        }
        Step::Advance(by) => {
            admin.clock.advance(by);
            model.now += by;
        }
        Step::Put(limits, keep) => {
            let path = if keep { format!("{PATH}&suppress_reset=1") } else { PATH.to_owned() };
            let _put = admin.admin("PUT", &path, key_with(&body(limits))).await.expect(200);
            match &mut model.key {
                Some(key) if keep => key.change(limits, model.now),
                key => *key = Some(Windows::of(limits)),
            }
        }
        Step::Delete => {
            let deleted = admin.admin("DELETE", PATH, ()).await.status;
            prop_assert_eq!(deleted == 200, model.key.take().is_some());
        }
        Step::LimitOrg(limits) => {
            let _limited = admin.admin("POST", ORG_PATH, body(limits)).await.expect(200);
            model.org.change(limits, model.now);
            model.org_limited = true;
        }
        Step::FreeOrg => {
            let freed = admin.admin("DELETE", ORG_PATH, ()).await.status;
            prop_assert_eq!(freed == 200, std::mem::take(&mut model.org_limited));
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_sequence_of_calls_and_changes_agrees_with_the_model(
        first in limits(), of_org in limits(), steps in proptest::collection::vec(step(), 25),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (database, clock) = (Embedded::new(dynoxide::Database::memory().unwrap()), Clock::manual(START));
            let servers = [
                TestServer::on(database.clone(), clock.clone(), &[]).await,
                TestServer::on(database, clock, &[]).await,
            ];
            let mut model = Model { now: START, ..Model::default() };
            for step in [Step::Put(first, false), Step::LimitOrg(of_org)].iter().chain(&steps) {
                take(step, &mut model, &servers).await?;
            }
            Ok::<_, TestCaseError>(())
        })?;
    }
}
