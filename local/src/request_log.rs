//! Logs each request in one line, for people or as JSON.

use latchkey_shared::settings::{InvalidSetting, RequestLog, Setting};
use latchkey_shared::telemetry::logging::Format;
use latchkey_shared::telemetry::{Level, Record};

use crate::health::HEALTH;

/// The setting of how the server writes its log.
pub(crate) const LOG: Setting = Setting {
    name: "LATCHKEY_LOG",
    default: "plain",
    default_is_value: true,
    meaning: "how the local server writes its log: plain for people, json for programs",
};

/// How the log is written.
///
/// # Errors
/// When the setting is wrong.
pub fn format(get: impl Fn(&str) -> Option<String>) -> Result<Format, InvalidSetting> {
    match LOG.value(get).as_deref() {
        None | Some("plain") => Ok(Format::Plain),
        Some("json") => Ok(Format::Json),
        Some(_) => Err(LOG.invalid("must be plain or json")),
    }
}

/// Logs a request that has been answered. Probes come every few seconds, so those that went well
/// are left out.
pub(crate) fn log(record: &Record<'_>, log: RequestLog) {
    let went_well = record.level() == Level::Info;
    if !record.is_logged(log) || (record.function == HEALTH.name && went_well) {
        return;
    }
    macro_rules! line {
        ($level:ident) => {{
            let observed = &record.observed;
            tracing::$level!(
                request_id = record.request_id,
                trace_id = record.trace_id,
                function = record.function,
                route = observed.route.map(|(method, path)| format!("{method} {path}")),
                status = observed.status,
                code = record.code(),
                dialect = record.dialect(),
                caller = observed.caller.as_ref().map(ToString::to_string),
                key_id = observed.key.map(|key| key.to_string()),
                org_id = observed.org.as_ref().map(|org| org.as_str()),
                store_calls = observed.store_calls,
                read_units = observed.read_units,
                write_units = observed.write_units,
                ms = record.millis(),
                warning = observed.warning,
                cause = observed.cause,
                "request"
            )
        }};
    }
    match record.level() {
        Level::Error => line!(error),
        Level::Warn => line!(warn),
        Level::Info => line!(info),
    }
}

/// The id in the header `traceparent` of the W3C, by which other services' logs name the same trace.
pub(crate) fn trace_id(traceparent: &str) -> Option<&str> {
    let mut parts = traceparent.split('-');
    let (version, id) = (parts.next()?, parts.next()?);
    let is_hex = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let is_id = version.len() == 2 && id.len() == 32 && is_hex(version) && is_hex(id) && parts.next()?.len() == 16;
    is_id.then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_id_of_a_trace_is_taken_from_its_header() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        assert_eq!(trace_id(&format!("00-{id}-00f067aa0ba902b7-01")), Some(id));
        for other in ["", "00", "00-a-token-of-somebody-01", &format!("00-{id}"), &format!("0x-{id}-00f067aa0ba902b7")]
        {
            assert_eq!(trace_id(other), None, "{other}");
        }
    }

    #[test]
    fn the_log_is_plain_unless_json_is_wanted() {
        let read = |value: &'static str| format(|_| Some(value.to_owned()));
        assert!(matches!(read(""), Ok(Format::Plain)));
        assert!(matches!(read("json"), Ok(Format::Json)));
        assert!(read("xml").is_err());
    }
}
