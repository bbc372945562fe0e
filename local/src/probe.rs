//! `latchkey health`: whether a server runs on this machine, for what restarts containers.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use crate::Error;
use crate::options::Place;
use crate::serve::PORT;

/// Less than what a container's health check may take.
const TIMEOUT: Duration = Duration::from_secs(1);

/// Succeeds if the server that listens at this place answers.
pub(crate) async fn probe(place: &Place) -> Result<ExitCode, Error> {
    let client = reqwest::Client::builder().timeout(TIMEOUT).no_proxy().build()?;
    let answer = client.get(format!("http://{}/healthz", reachable(place.listen))).send().await?;
    Ok(if answer.status().is_success() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The address by which this machine reaches a server that listens at `listen`.
fn reachable(listen: Option<SocketAddr>) -> SocketAddr {
    let mut address = listen.unwrap_or_else(|| SocketAddr::from((Ipv4Addr::LOCALHOST, PORT)));
    if address.ip().is_unspecified() {
        address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    address
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_listens_everywhere_is_asked_on_this_machine() {
        for (listen, address) in [
            (None, "127.0.0.1:8080"),
            (Some("0.0.0.0:9000"), "127.0.0.1:9000"),
            (Some("[::]:9000"), "127.0.0.1:9000"),
            (Some("[::1]:9000"), "[::1]:9000"),
        ] {
            assert_eq!(reachable(listen.map(|listen| listen.parse().unwrap())).to_string(), address);
        }
    }
}
