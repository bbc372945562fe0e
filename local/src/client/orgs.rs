//! `latchkey orgs`: the limits of organisations, which all of their keys share.

use http::Method;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::keys::session::Limits;
use super::object::Object;
use super::output::{self, Output, cell};
use super::pages::Length;
use super::service::{Answer, Call, Service};

/// What is done.
#[derive(clap::Subcommand)]
pub enum Command {
    /// List the organisations that have limits
    List(List),
    /// Show the limits of an organisation
    Get(Org),
    /// Set limits of an organisation; what is not given stays as it is
    ///
    /// The limits are read and written back. A change that someone else makes in between is lost.
    #[command(verbatim_doc_comment)]
    Set(Set),
    /// Delete the limits of an organisation; its keys stay
    Delete(Org),
}

/// An organisation.
#[derive(clap::Args)]
pub struct Org {
    /// The organisation's id
    org: String,
}

/// Which organisations are listed.
#[derive(clap::Args)]
pub struct List {
    /// Those whose ids begin with this
    #[arg(long, value_name = "PREFIX")]
    filter: Option<String>,
    #[command(flatten)]
    length: Length,
}

/// The new limits.
#[derive(clap::Args)]
pub struct Set {
    #[command(flatten)]
    org: Org,
    #[command(flatten)]
    limits: Limits,
    /// Refuse every call with a key of this organisation
    #[arg(long, conflicts_with = "active")]
    inactive: bool,
    /// Allow calls again
    #[arg(long)]
    active: bool,
}

#[derive(Deserialize, Serialize)]
struct Orgs {
    keys: Vec<Box<RawValue>>,
}

impl Command {
    pub(super) async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(list) => list.run(service, output).await,
            Self::Get(org) => {
                let answer = service.send(&org.call(service, Method::GET)?).await?;
                output.answer(&answer, || output::details_of(&answer))
            }
            Self::Set(set) => set.run(service, output).await,
            Self::Delete(org) => {
                let answer = service.send(&org.call(service, Method::DELETE)?).await?;
                output.answer(&answer, || Ok(format!("{} deleted", output::printable(&org.org))))
            }
        }
    }
}

impl Org {
    fn call(&self, service: &Service, method: Method) -> Result<Call, Failure> {
        service.tyk(method, &["tyk", "org", "keys", &self.org])
    }
}

impl List {
    async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let call = service.tyk(Method::GET, &["tyk", "org", "keys"])?.query("filter", self.filter.as_deref());
        let orgs = |answer: &Answer| Ok(answer.read::<Orgs>()?.keys);
        let keys = self.length.fetch(service, call, orgs).await?.rows;
        let rows: Vec<_> = keys.iter().map(|org| vec![cell(org)]).collect();
        output.document(&Orgs { keys }, || Ok(output::table(&["ORG"], rows)))
    }
}

impl Set {
    async fn run(&self, service: &Service, output: Output) -> Result<(), Failure> {
        let mut session = match service.send(&self.org.call(service, Method::GET)?).await {
            Ok(answer) => answer.read::<Object>()?,
            Err(Failure::NotFound(_)) => Object::default(),
            Err(failure) => return Err(failure),
        };
        self.limits.apply(&mut session)?;
        if self.inactive || self.active {
            session.set("is_inactive", self.inactive)?;
        }
        let answer = service.send(&self.org.call(service, Method::PUT)?.json(&session)?).await?;
        output.answer(&answer, || Ok(format!("{} set", output::printable(&self.org.org))))
    }
}
