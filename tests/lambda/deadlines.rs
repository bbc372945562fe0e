//! An answer before the deadline, whatever the store does.

use std::time::{Duration, Instant};

use futures_util::{StreamExt, stream};
use latchkey_shared::runtime::function::{Function, Serves};
use serde_json::Value;

use crate::cloud::{Cloud, reply};
use crate::events::samples;
use crate::slow_store::Manner;

/// What Lambda leaves a function here.
const TIME: Duration = Duration::from_millis(1700);

/// Processes at once.
const AT_ONCE: usize = 6;

/// What every function answers before its deadline while the store answers in this manner.
async fn answers(manner: Manner) -> Vec<(&'static Function, Result<Value, String>)> {
    let (cloud, slow) = Cloud::start_slow().await;
    let samples = samples(&cloud).await;
    slow.answer(manner);
    let cloud = &cloud;
    let answers = stream::iter(samples).map(|(function, event)| async move {
        let answer = cloud.function(function.name).await.ask_for(TIME, event).await;
        if matches!(function.serves, Serves::Requests(_)) {
            assert!(answer.is_ok(), "{}, {manner:?}: {answer:?}", function.name);
        }
        (function, answer)
    });
    answers.buffer_unordered(AT_ONCE).collect().await
}

/// Every function whose work is in the store answers as its dialect does where the store fails.
fn assert_store_failures(answers: Vec<(&'static Function, Result<Value, String>)>) {
    for (function, answer) in answers {
        if matches!(function.serves, Serves::Authorizations(_)) {
            assert!(answer.unwrap_err().contains("no decision could be made"));
            continue;
        }
        let reply = reply(&answer.unwrap());
        if function.name == "tyk-hello" {
            assert_eq!((reply.status, reply.text_of("status").as_str()), (200, "fail"));
            continue;
        }
        let expected = match function.name {
            _ if function.access.is_empty() => continue,
            "tyk-delete-key" | "tyk-delete-org" => 400,
            name if name.starts_with("gate-") => 503,
            _ => 500,
        };
        assert_eq!((reply.status, reply.header("retry-after")), (expected, "1"), "{}: {}", function.name, reply.text);
        if expected == 400 {
            assert_eq!(reply.text_of("message"), "Failed to remove the key");
        }
        if function.name == "gate-verify" {
            assert!(reply.text.contains("no decision could be made"), "{}", reply.text);
        }
    }
}

#[tokio::test]
async fn a_store_that_hangs_is_answered_for_before_the_deadline() {
    assert_store_failures(answers(Manner::Never).await);
}

#[tokio::test]
async fn a_store_that_drips_is_answered_for_before_the_deadline() {
    assert_store_failures(answers(Manner::InDrops).await);
}

#[tokio::test]
async fn pages_without_end_are_answered_for_before_the_deadline() {
    let answers = answers(Manner::WithoutEnd).await;
    let endless = answers.iter().filter(|(_, answer)| answer.as_ref().is_ok_and(|answer| answer["statusCode"] == 500));
    let mut endless: Vec<_> = endless.map(|(function, _)| function.name).collect();
    endless.sort_unstable();
    for name in ["gmi-list-keys", "gmi-list-users", "requesty-get-org-usage", "requesty-list-keys"] {
        assert!(endless.contains(&name), "{name} came to an end: {endless:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_slow_every_second_time_is_answered_for_before_the_deadline() {
    drop(answers(Manner::SlowlyEverySecondTime).await);
}

#[tokio::test]
async fn opening_the_connection_keeps_no_event_waiting() {
    let (cloud, slow) = Cloud::start_slow().await;
    slow.answer(Manner::Never);
    let start = Instant::now();
    cloud.function("gate-verify").await.ready().await;
    // The client gives up the connection after two attempts of two seconds each.
    assert!(start.elapsed() < Duration::from_secs(4), "{:?}", start.elapsed());
}
