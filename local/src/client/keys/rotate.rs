//! `latchkey keys rotate-secret`: a new token with the same configuration, then the old one ends.

use std::collections::BTreeMap;

use http::Method;
use jiff::Timestamp;
use serde::Deserialize;

use super::{change, create};
use crate::client::failure::Failure;
use crate::client::object::Object;
use crate::client::output::{self, Output};
use crate::client::service::Service;
use crate::client::time::Span;
use crate::client::token::KeyName;

/// The key that gets a new token.
#[derive(clap::Args)]
pub struct Rotate {
    #[command(flatten)]
    key: KeyName,
    /// How long the old token goes on working, such as 1h [default: not at all]
    #[arg(long, value_name = "TIME")]
    grace: Option<Span>,
    /// Names this rotation, to make another new key within 24 hours [default: the key's id]
    #[arg(long, value_name = "TEXT")]
    idempotency_key: Option<String>,
}

/// What the service sets itself, or counts.
const NOT_CONFIGURED: [&str; 4] = ["date_created", "last_updated", "quota_remaining", "quota_renews"];
/// The same of an API's own limit.
const NOT_CONFIGURED_PER_API: [&str; 2] = ["quota_remaining", "quota_renews"];
#[derive(Deserialize)]
struct Shown {
    /// Whether the key is bound to a password, a signature or a certificate.
    credential_required: bool,
}

impl Rotate {
    /// Makes the new key, prints its token, and only then ends the old one.
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let key = self.key.read()?;
        let id = key.id(service).await?;
        let shown = service.send(&service.gate(Method::GET, &["v1", "keys", &id.to_string()])?).await?;
        if shown.read::<Shown>()?.credential_required {
            return Err(Failure::usage(
                "the key is bound to a password, a signature or a certificate, and cannot be copied: make a new one",
            ));
        }
        let mut old = change::read(service, &key).await?;
        let call = service.tyk(Method::POST, &["tyk", "keys", "create"])?.json(&configuration(&old)?)?;
        let name = self.idempotency_key.clone().unwrap_or_else(|| format!("rotate-{id}"));
        let made = create::create(service, call, &name).await.map_err(|failure| match failure {
            Failure::Rejected(reason) => Failure::Rejected(format!(
                "{reason}. If the key was rotated before and has changed since, --idempotency-key makes another"
            )),
            other => other,
        })?;
        create::print_token(service, &made, output).await?;
        match self.grace {
            None => {
                let id = id.to_string();
                service.send(&service.gate(Method::DELETE, &["v1", "keys", &id])?).await?;
                output::note(&format!("deleted the old key {id}"));
            }
            Some(grace) => {
                let end = grace.after(Timestamp::now());
                let earlier = old.get("expires").filter(|expires| (1..end).contains(expires));
                old.set("expires", earlier.unwrap_or(end))?;
                change::write(service, &key, &old).await?;
                output::note(&format!("the old key {id} expires at {}", time(earlier.unwrap_or(end))));
            }
        }
        Ok(())
    }
}

/// The session without what only the old key has, so that it is the same at every repetition.
fn configuration(session: &Object) -> Result<Object, Failure> {
    let mut new = session.clone();
    NOT_CONFIGURED.iter().for_each(|name| new.remove(name));
    let Some(mut apis) = new.get::<BTreeMap<String, Object>>("access_rights") else { return Ok(new) };
    for api in apis.values_mut() {
        if let Some(mut limit) = api.get::<Object>("limit") {
            NOT_CONFIGURED_PER_API.iter().for_each(|name| limit.remove(name));
            api.set("limit", limit)?;
        }
    }
    new.set("access_rights", apis)?;
    Ok(new)
}

fn time(second: i64) -> String {
    Timestamp::from_second(second).unwrap_or_default().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_key_used_is_not_part_of_its_configuration() {
        let session = r#"{"rate":1.50,"quota_remaining":3,"quota_renews":9,"last_updated":"1","date_created":"x",
            "access_rights":{"a":{"limit":{"quota_max":9,"quota_remaining":1,"quota_renews":5}},"b":{}}}"#;
        let new = configuration(&serde_json::from_str(session).unwrap()).unwrap();
        let expected = r#"{"rate":1.50,"access_rights":{"a":{"limit":{"quota_max":9}},"b":{}}}"#;
        assert_eq!(serde_json::to_string(&new).unwrap(), expected);
    }
}
