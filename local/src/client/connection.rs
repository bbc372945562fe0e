//! Where the service is, and the admin secret that it takes.

use std::fs::File;
use std::io::{self, Read};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use http::HeaderValue;
use latchkey_shared::settings::{self, ADMIN_SECRET, Setting};
use reqwest::Url;

use super::failure::Failure;
use crate::folder;
use crate::own_settings::OWN_SETTINGS;

/// The service that is asked.
pub(crate) const URL: Setting = Setting {
    name: "LATCHKEY_URL",
    default: "http://127.0.0.1:8080",
    default_is_value: true,
    meaning: "the service that the client commands of latchkey ask",
};

/// Where the admin secret is.
pub(crate) const SECRET_FILE: Setting = Setting {
    name: "LATCHKEY_SECRET_FILE",
    default: "none",
    default_is_value: false,
    meaning: "a file with the admin secret, for the client commands",
};

/// Bytes of the longest file that is read as a secret or a token.
const MOST_BYTES: u64 = 64 * 1024;

/// How to reach a service, and how to print what it answers.
#[derive(clap::Args)]
pub(super) struct Connection {
    /// Where the service is [default: LATCHKEY_URL, else http://127.0.0.1:8080]
    #[arg(long, global = true, help_heading = "Service")]
    url: Option<String>,
    /// A file with the admin secret, or - for standard input
    #[arg(long, value_name = "FILE", global = true, help_heading = "Service")]
    secret_file: Option<PathBuf>,
    /// The data folder of the server on this machine [default: data]
    #[arg(long, value_name = "DIR", global = true, help_heading = "Service")]
    data: Option<PathBuf>,
    /// Send the secret to another machine without encryption
    #[arg(long, global = true, help_heading = "Service")]
    allow_http: bool,
    /// Print what the API answers, as one JSON document
    #[arg(long, global = true)]
    pub(super) json: bool,
}

/// A service, and the secret that it takes. It has no `Debug`, so that the secret is never shown.
pub(super) struct Target {
    pub(super) url: Url,
    pub(super) secret: String,
}

impl Connection {
    /// The service and the secret that the options, then the environment, then the data folder
    /// name. `data` is the folder that stands before the command.
    pub(super) fn target(&self, data: Option<&Path>) -> Result<Target, Failure> {
        let env = settings::environment(OWN_SETTINGS).map_err(Failure::usage)?;
        let url = self.url.clone().or_else(|| URL.value(env)).unwrap_or_else(|| URL.default.to_owned());
        let url = read_url(&url)?;
        if url.scheme() == "http" && !is_local(&url) && !self.allow_http {
            return Err(Failure::usage(
                "the URL is not https, so anyone on the way could read the admin secret; --allow-http sends it anyway",
            ));
        }
        let data = self.data.as_deref().or(data).unwrap_or(Path::new("data"));
        let secret = self.secret(&url, data, env)?;
        HeaderValue::from_str(&secret)
            .ok()
            .filter(|_| !secret.is_empty())
            .ok_or_else(|| Failure::usage("the admin secret is empty, or has characters that no header can carry"))?;
        Ok(Target { url, secret })
    }

    fn secret(&self, url: &Url, data: &Path, env: fn(&str) -> Option<String>) -> Result<String, Failure> {
        if let Some(file) = self.secret_file.clone().or_else(|| SECRET_FILE.value(env).map(PathBuf::from)) {
            return first_line(&file);
        }
        if let Some(secret) = ADMIN_SECRET.value(env) {
            return Ok(newest(&secret));
        }
        let kept = if is_local(url) { folder::kept_secret(data, ADMIN_SECRET.name) } else { Ok(None) };
        kept.map_err(Failure::usage)?.as_deref().map(newest).ok_or_else(|| {
            Failure::NotAuthenticated("no admin secret: give it with --secret-file, or set LATCHKEY_SECRET_FILE".into())
        })
    }
}

/// The first line of a file, or of standard input for `-`.
pub(super) fn first_line(file: &Path) -> Result<String, Failure> {
    Ok(newest(&read(file)?))
}

/// The newest secret of a list of them, which is its first line. What an editor or `echo` adds is not
/// part of it.
fn newest(secrets: &str) -> String {
    secrets.lines().next().unwrap_or_default().trim().to_owned()
}

/// The text of a file, or of standard input for `-`.
pub(super) fn read(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = match file.to_str() {
        Some("-") => io::stdin().take(MOST_BYTES).read_to_string(&mut text),
        _ => File::open(file).and_then(|file| file.take(MOST_BYTES).read_to_string(&mut text)),
    };
    read.map_err(|error| Failure::usage(format!("{}: {error}", file.display())))?;
    Ok(text)
}

/// The URL without a slash at its end.
fn read_url(text: &str) -> Result<Url, Failure> {
    let url = Url::parse(text).map_err(|error| Failure::usage(format!("the URL is not valid: {error}")))?;
    let is_plain = url.query().is_none() && url.fragment().is_none();
    match url.scheme() {
        _ if !url.username().is_empty() || url.password().is_some() => {
            Err(Failure::usage("the URL must not have a name or a password in it"))
        }
        "http" | "https" if url.has_host() && is_plain => Ok(url),
        _ => Err(Failure::usage("the URL must be one of http or https, without a query")),
    }
}

/// Whether only this machine can answer at `url`.
fn is_local(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_loopback_addresses_are_local() {
        for (url, local) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://127.0.0.1.example.org", false),
            ("http://10.0.0.1", false),
            ("https://localhost.example.org", false),
        ] {
            assert_eq!(is_local(&read_url(url).unwrap()), local, "{url}");
        }
    }

    #[test]
    fn a_url_has_neither_credentials_nor_a_query() {
        for url in ["https://me:secret@example.org", "https://example.org/?a=1", "ftp://example.org", "example.org"] {
            let failure = read_url(url).unwrap_err().to_string();
            assert!(!failure.contains("secret"), "{failure}");
        }
        assert!(read_url("https://example.org/base/path/").is_ok());
    }
}
