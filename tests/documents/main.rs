//! The documents: what their shell blocks print is what they show, and their links lead somewhere.
//!
//! A block that is fenced as `sh` is executed, one fenced as `sh no-run` is not. A fence of `json` or `text` that follows
//! next shows its output. The blocks of one file run in one shell, against a server of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

#[cfg(unix)]
mod alike;
mod links;
mod markdown;
#[cfg(unix)]
mod shell;

use std::fs;
use std::path::{Path, PathBuf};

use regex::Regex;

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_shell_block_runs_and_prints_what_the_document_shows() {
    let documents = documents();
    let runs = documents.iter().map(|document| async { shell::run(&name(document), &read(document)).await });
    let wrong: Vec<_> = futures_util::future::join_all(runs).await.into_iter().flatten().collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[cfg(unix)]
#[tokio::test]
async fn a_block_that_fails_or_prints_something_else_is_reported() {
    for (document, problem) in [
        ("```sh\nfalse\n```\n", "test.md:1: failed"),
        ("```sh\nX=1\n```\n\n```sh\necho $X $Y\n```\n", "test.md:5: failed"),
        ("```sh\necho '{\"a\": 1}'\n```\n```json\n{\"a\": 2}\n```\n", "test.md:1: printed"),
        ("```sh\necho one\n```\nbetween\n```text\ntwo\n```\n", "test.md:1: printed"),
        ("```sh\necho one\n```\n", "test.md:1: printed"),
        ("```console\n$ make\n```\n", "test.md:1: is neither"),
        ("```json\n{\n```\n", "test.md:1: is not JSON"),
    ] {
        let wrong = shell::run("test.md", document).await.unwrap_or_else(|| panic!("{document} passed"));
        assert!(wrong.starts_with(problem), "{wrong}");
    }
    let right = "```sh no-run\nfalse\n```\n```sh\necho '{\"a\":1}'; X=1\n```\n```json\n{\"a\": 1}\n```\n```sh\necho $X\n```\n```text\n1\n```\n";
    assert_eq!(shell::run("test.md", right).await, None);
}

#[test]
fn every_link_leads_to_a_file_and_a_heading() {
    let wrong: Vec<_> = documents().iter().flat_map(|document| links::broken(document, &read(document))).collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_book_has_a_chapter_for_every_page_of_the_docs() {
    let summary = read(&repository().join("docs/SUMMARY.md"));
    for document in documents() {
        let name = name(&document);
        let Some(page) = name.strip_prefix("docs/").filter(|page| *page != "SUMMARY.md") else { continue };
        assert!(summary.contains(&format!("]({page})")), "docs/SUMMARY.md does not list {page}");
    }
}

#[test]
fn the_guarantees_name_tests_and_files_that_exist() {
    let text = read(&repository().join("docs/guarantees.md"));
    let name = Regex::new(r"`([a-z_/]+\.(?:rs|jsonl))`").unwrap();
    for row in text.lines().filter(|line| line.starts_with('|')) {
        for file in name.captures_iter(row).map(|found| found[1].to_owned()) {
            let folder = if file.contains('/') { repository() } else { repository().join("tests/api/gate") };
            assert!(folder.join(&file).exists(), "{file} in {row}");
        }
    }
}

/// Every Markdown file at the top, in `docs/` and in `examples/`.
fn documents() -> Vec<PathBuf> {
    let mut found = Vec::new();
    for folder in [repository(), repository().join("docs"), repository().join("examples/protected-api")] {
        let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    found.sort();
    found
}

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

fn name(document: &Path) -> String {
    document.strip_prefix(repository()).unwrap().display().to_string()
}

fn read(document: &Path) -> String {
    fs::read_to_string(document).unwrap()
}
