//! Every function, and every store call that it makes, when that call goes wrong: before it took effect, after it did,
//! because the store is busy, or because another transaction is in the way. The client has production's retries.
//!
//! The cases come from the table of functions and their sample events, so a new function is covered by itself.

mod case;
mod state;
mod world;

use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use latchkey_harness::{Fault, TestServer};

use case::{Answer, Case, cases};
use state::State;
use world::World;

/// What a request comes to while nothing fails: once, and sent again.
struct Healthy {
    before: State,
    once: (Answer, State),
    twice: (Answer, State),
    /// The operations that it makes, in their order.
    calls: Vec<String>,
    /// Whether it only moves use to where the next reader finds it sooner, which may as well not happen.
    tidies: bool,
}

impl Healthy {
    async fn of(world: &World, case: &Case) -> Self {
        let server = world.server().await;
        let before = State::of(&server).await;
        let _ = server.watch.calls();
        let answer = case.ask(&server).await;
        let calls = server.watch.calls().into_iter().map(|call| call.operation).collect();
        assert!(!answer.failed(), "{}: {answer:?}", case.name);
        let once = (answer, State::of(&server).await);
        let twice = (case.ask(&server).await, State::of(&server).await);
        assert!(!twice.0.failed(), "{}: {:?}", case.name, twice.0);
        let tidies = case.reads() && once.1.records() == before.records();
        Self { before, once, twice, calls, tidies }
    }
}

/// The faults that can happen to a call of `operation`.
fn faults(operation: &str) -> &'static [Fault] {
    match operation {
        "TransactWriteItems" | "UpdateItem" => &[Fault::Refuse, Fault::LoseAnswer, Fault::Throttle, Fault::Conflict],
        _ => &[Fault::Refuse, Fault::LoseAnswer, Fault::Throttle],
    }
}

/// Runs `check` for each case, each of its calls, and each fault of that call.
async fn each(check: impl AsyncFn(&World, &Case, &Healthy, usize, Fault)) {
    let world = World::make().await;
    for case in cases(&world) {
        let healthy = Healthy::of(&world, &case).await;
        let mut checks = Vec::new();
        for (nth, operation) in healthy.calls.iter().enumerate() {
            checks.extend(faults(operation).iter().map(|fault| (nth, *fault)));
        }
        let checks = stream::iter(checks).map(|(nth, fault)| check(&world, &case, &healthy, nth, fault));
        checks.buffer_unordered(8).collect::<()>().await;
    }
}

/// Runs `check` for each transaction of each case, all at once: they wait more than they work.
async fn each_transaction(check: impl AsyncFn(&World, &Case, &Healthy, usize)) {
    let world = World::make().await;
    let cases = cases(&world);
    let checks = cases.iter().map(async |case| {
        let healthy = Healthy::of(&world, case).await;
        let transactions = healthy.calls.iter().enumerate().filter(|(_, operation)| *operation == "TransactWriteItems");
        for (nth, _) in transactions {
            check(&world, case, &healthy, nth).await;
        }
    });
    let _checked = join_all(checks).await;
}

/// Fails every attempt of the call number `nth` of those in `calls`.
fn fail_call(server: &TestServer, calls: &[String], nth: usize, fault: Fault) {
    let earlier = calls[..nth].iter().filter(|operation| **operation == calls[nth]).count();
    server.watch.fail_nth(&calls[nth], earlier, fault);
}

#[tokio::test]
async fn a_single_fault_of_the_store_is_not_noticed_by_any_client() {
    each(async |world, case, healthy, nth, fault| {
        let server = world.server().await;
        server.watch.fail_attempt(nth, fault);
        let answer = case.ask(&server).await;
        let what = format!("{}: {fault:?} at {} number {nth}", case.name, healthy.calls[nth]);
        assert!(server.watch.all_faults_happened(), "{what}: no such call");
        let state = State::of(&server).await;
        assert_eq!((answer.status, answer.admitted), (healthy.once.0.status, healthy.once.0.admitted), "{what}");
        // A take whose answer gets lost is sent again, and a give-back that may have been done is not.
        let in_doubt = matches!(fault, Fault::LoseAnswer | Fault::Refuse);
        if in_doubt && healthy.calls[nth] == "UpdateItem" {
            state.assert_takes_at_least(&healthy.once.1, &what);
        } else if healthy.tidies {
            state.assert_is_one_of(&[&healthy.before, &healthy.once.1], &what);
        } else {
            state.assert_is(&healthy.once.1, &what);
        }
    })
    .await;
}

#[tokio::test]
async fn a_call_that_keeps_failing_leaves_all_or_nothing_and_a_retry_converges() {
    each(async |world, case, healthy, nth, fault| {
        let server = world.server().await;
        fail_call(&server, &healthy.calls, nth, fault);
        let answer = case.ask(&server).await;
        let what = format!("{}: {fault:?} of every {} number {nth}", case.name, healthy.calls[nth]);
        assert!(server.watch.all_faults_happened(), "{what}: no such call");
        let state = State::of(&server).await;
        let takes = healthy.calls.iter().any(|operation| operation == "UpdateItem");
        match answer.failed() {
            _ if takes => state.assert_in_step(&what),
            true if fault == Fault::LoseAnswer || healthy.tidies => {
                state.assert_is_one_of(&[&healthy.before, &healthy.once.1], &what);
            }
            true => state.assert_is(&healthy.before, &what),
            false => {
                assert_eq!(answer.status, healthy.once.0.status, "{what}: {answer:?}");
                state.assert_is_one_of(&[&healthy.before, &healthy.once.1], &what);
            }
        }

        let again = case.ask(&server).await;
        let expected = [&healthy.once.0, &healthy.twice.0].map(|answer| answer.status);
        assert!(expected.contains(&again.status), "{what}, then again: {again:?}");
        let state = State::of(&server).await;
        if takes {
            state.assert_in_step(&what);
            let admitted = i64::from(answer.admitted) + i64::from(again.admitted);
            assert!(state.used() - healthy.before.used() >= admitted, "{what}: use without a count");
        } else {
            state.assert_is_one_of(&[&healthy.once.1, &healthy.twice.1], &what);
        }
    })
    .await;
}

#[tokio::test]
async fn a_commit_that_outlives_its_first_attempt_is_waited_for_and_made_once() {
    // The client gives an attempt up after two seconds.
    each_transaction(async |world, case, healthy, nth| {
        let server = world.server().await;
        server.watch.fail_attempt(nth, Fault::Late(Duration::from_millis(2000 + fastrand::u64(50..600))));
        let answer = case.ask(&server).await;
        assert!(server.watch.all_faults_happened(), "{}", case.name);
        assert_eq!(answer.status, healthy.once.0.status, "{}: {answer:?}", case.name);
        State::of(&server).await.assert_is(&healthy.once.1, &case.name);
    })
    .await;
}

#[tokio::test]
async fn a_commit_whose_outcome_stays_unknown_is_told_as_a_failing_store_and_made_once_at_most() {
    const LATE: Duration = Duration::from_millis(6500);
    each_transaction(async |world, case, healthy, nth| {
        let server = world.server().await;
        server.watch.fail_attempt(nth, Fault::Late(LATE));
        let answer = case.ask(&server).await;
        let best_effort = answer.status == healthy.once.0.status;
        assert!(answer.failed() || best_effort, "{}: {answer:?}", case.name);
        let committed = async {
            while State::of(&server).await == healthy.before {
                tokio::time::sleep(Duration::from_millis(500)).await;
            }
        };
        let _committed = tokio::time::timeout(LATE * 4, committed).await;
        State::of(&server).await.assert_is(&healthy.once.1, &case.name);
    })
    .await;
}
