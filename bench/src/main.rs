//! `bench`: measures everything. `bench instructions`: counts instructions only, and fails if they grew.

use std::process::ExitCode;

use latchkey_bench::{Failure, everything, instructions};

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<ExitCode, Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => everything().await.map(|()| ExitCode::SUCCESS),
        ["instructions"] => {
            let kept = instructions().await?;
            Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }
        _ => Err("usage: bench [instructions]".into()),
    }
}
