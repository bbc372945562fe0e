//! Measures what the README says: the functions' size, cold start and cost of a warm invocation, and the rates of the local
//! server. It runs release builds from the folder that it lies in itself; `make bench` builds them first.

mod client;
mod functions;
mod rates;

use std::path::{Path, PathBuf};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Failure> {
    let binaries = Binaries::beside_this_one()?;
    functions::measure(&binaries).await?;
    rates::measure(&binaries).await
}

/// The folder of the release builds.
struct Binaries(PathBuf);

impl Binaries {
    fn beside_this_one() -> Result<Self, Failure> {
        let this = std::env::current_exe()?;
        Ok(Self(this.parent().unwrap_or(Path::new(".")).to_owned()))
    }

    /// The build of this name.
    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }
}

/// The middle one of some figures.
fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or_default()
}
