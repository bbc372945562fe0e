//! What the server prints once it listens: everything that the first request needs.

use std::net::SocketAddr;
use std::path::Path;

use latchkey::folder::Folder;
use latchkey_functions::table::FUNCTIONS;
use latchkey_shared::settings::{ADMIN_SECRET, ADMIN_SECRET_ARN, Setting};

/// Prints where the server, the keys and the secret are. It never prints the secret itself.
#[expect(clippy::print_stdout, reason = "this is what the command prints")]
pub(crate) fn greet(address: SocketAddr, folder: &Folder, memory: bool) {
    println!("Latchkey {} on http://{address}", env!("CARGO_PKG_VERSION"));
    println!("keys:    {}", if memory { "in memory only".into() } else { quoted(&folder.database_file()) });
    let is_set = |setting: Setting| std::env::var_os(setting.name).is_some_and(|value| !value.is_empty());
    let secret = match (is_set(ADMIN_SECRET), is_set(ADMIN_SECRET_ARN)) {
        (true, _) => format!("${}", ADMIN_SECRET.name),
        (false, true) => format!(
            "$(aws secretsmanager get-secret-value --secret-id ${} --query SecretString --output text | head -n 1)",
            ADMIN_SECRET_ARN.name
        ),
        (false, false) => format!("$(cat {})", quoted(&folder.secret_file(ADMIN_SECRET.name))),
    };
    println!("secret:  {secret}");
    println!("docs:    http://{address}/docs");
    println!("routes:");
    for function in FUNCTIONS {
        for route in function.routes {
            println!("  {:<6} {:<50} {}", route.method, route.path.replace("+}", "}"), function.name);
        }
    }
    println!("try:");
    println!("  curl -s http://{address}/tyk/keys/create -H \"X-Tyk-Authorization: {secret}\" \\");
    println!(
        r#"    -d '{{"org_id":"default","rate":1000,"per":60,"quota_max":-1,"access_rights":{{"test":{{"api_id":"test","versions":["Default"]}}}}}}'"#
    );
}

/// The path, quoted for a shell if need be.
fn quoted(path: &Path) -> String {
    let path = path.display().to_string();
    let plain = |c: char| c.is_alphanumeric() || "/._-+,:@%".contains(c);
    if path.chars().all(plain) && !path.starts_with('-') {
        return path;
    }
    format!("'{}'", path.replace('\'', r"'\''"))
}
