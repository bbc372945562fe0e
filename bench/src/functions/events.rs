//! The events that measured functions get, and the answers that count as success.

use std::fs;

use latchkey_harness::ADMIN;
use serde_json::{Value, json};

use crate::Failure;

/// The yardstick: a function that does nothing.
pub(crate) const HELLO: &str = "hello";
/// The functions on the hot paths, after the yardstick.
pub(crate) const MEASURED: [&str; 4] = [HELLO, "gate-verify", "tyk-get-key", "tyk-create-key"];
/// Makes the key that the others read and check.
pub(crate) const UPSERT: &str = "tyk-upsert-key";

/// A limit that no benchmark reaches, so that every check is counted and admitted.
const RATE: u64 = 1_000_000_000;

/// The sample event of a function, from an administrator.
pub(crate) fn event(function: &str) -> Result<String, Failure> {
    // What it is sent does not matter to `hello`, as long as it is as much as the others get.
    let function = if function == HELLO { "gate-verify" } else { function };
    let file = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/../events/{}.json"), function);
    let event = fs::read_to_string(file)?.replace("REPLACE-ME", ADMIN);
    if function != UPSERT {
        return Ok(event);
    }
    let mut event: Value = serde_json::from_str(&event)?;
    let mut key: Value = serde_json::from_str(event["body"].as_str().unwrap_or_default())?;
    key["rate"] = RATE.into();
    key["per"] = 3600.into();
    event["body"] = json!(key.to_string());
    event["headers"]["content-length"] = json!(key.to_string().len().to_string());
    Ok(event.to_string())
}

/// Fails unless the function did what its event asks: an admitted check, the whole key, a new token.
pub(crate) fn check(function: &str, answer: &str) -> Result<(), Failure> {
    let answer: Value = serde_json::from_str(answer)?;
    let text = answer["body"].as_str().unwrap_or_default();
    let body: Value = serde_json::from_str(text).unwrap_or_default();
    let done = match function {
        HELLO => text == "hello",
        "gate-verify" => body["allowed"] == true,
        "tyk-get-key" => body["rate"] == RATE,
        "tyk-create-key" => body["key"].as_str().is_some_and(|token| token.len() > 30),
        UPSERT => body["status"] == "ok",
        _ => false,
    };
    if answer["statusCode"] == 200 && done { Ok(()) } else { Err(format!("{function} answered {answer}").into()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_not_taken_for_an_admission() {
        let answer = |body: &str| json!({"statusCode": 200, "body": body}).to_string();
        assert!(check("gate-verify", &answer(r#"{"allowed":true}"#)).is_ok());
        assert!(check("gate-verify", &answer(r#"{"allowed":false,"code":"rate_exceeded"}"#)).is_err());
    }

    #[test]
    fn an_answer_without_what_was_asked_for_is_no_success() {
        for function in MEASURED {
            assert!(check(function, r#"{"statusCode":200,"body":"{}"}"#).is_err(), "{function}");
            assert!(check(function, r#"{"statusCode":500,"body":"hello"}"#).is_err(), "{function}");
        }
    }
}
