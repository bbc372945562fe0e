//! `latchkey keys`: the keys of every dialect.

mod change;
mod create;
mod list;
mod rotate;
pub(super) mod session;

use http::Method;

use super::failure::Failure;
use super::output::{self, Output};
use super::service::Service;
use super::token::KeyName;

/// What is done.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List keys, without their tokens
    List(list::List),
    /// Show a key, without its token
    Get(KeyName),
    /// Make a key, and print its token: nothing shows it again
    ///
    /// The token is all that standard output gets. If no answer arrives, repeat the command with
    /// the --idempotency-key that it prints, and the same key is returned.
    #[command(verbatim_doc_comment)]
    Create(create::Create),
    /// Change a Tyk key; what is not given stays as it is, and what was used stays used
    ///
    /// The key is read and written back. A change that someone else makes in between is lost. The
    /// key is named by its token, or by its id if the service hashes its keys.
    #[command(verbatim_doc_comment)]
    Update(change::Update),
    /// Refuse every call with a Tyk key, until it is resumed
    Pause(KeyName),
    /// Allow calls with a paused Tyk key again
    Resume(KeyName),
    /// Replace the policies that a key of any dialect follows
    SetPolicies(change::SetPolicies),
    /// Replace a Tyk key by one with a new token and the same configuration
    ///
    /// The new token is printed before the old one ends: at once, or after --grace. The new key has
    /// an id, a quota and usage of its own. Until the old key ends the command is safe to repeat: it
    /// prints the same token again for 24 hours. A key that is bound to a password, a signature or
    /// a certificate cannot be copied. The key is named by its token, or by its id if the service
    /// hashes its keys.
    #[command(verbatim_doc_comment)]
    RotateSecret(rotate::Rotate),
    /// Delete a key of any dialect; the next call with it is refused
    Delete(KeyName),
}

impl Command {
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(service, output).await,
            Self::Get(name) => {
                let id = name.read()?.id(service).await?.to_string();
                let answer = service.send(&service.gate(Method::GET, &["v1", "keys", &id])?).await?;
                output.answer(&answer, || output::details_of(&answer))
            }
            Self::Create(create) => create.run(service, output).await,
            Self::Update(update) => update.run(service, output).await,
            Self::Pause(name) => change::set_inactive(name, true, service, output).await,
            Self::Resume(name) => change::set_inactive(name, false, service, output).await,
            Self::SetPolicies(set) => set.run(service, output).await,
            Self::RotateSecret(rotate) => rotate.run(service, output).await,
            Self::Delete(name) => {
                let id = name.read()?.id(service).await?.to_string();
                let answer = service.send(&service.gate(Method::DELETE, &["v1", "keys", &id])?).await?;
                output.answer(&answer, || Ok(format!("{id} deleted")))
            }
        }
    }
}
