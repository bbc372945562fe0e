//! Killed at any moment under load, the store holds all that was acknowledged, each change with its audit record.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::path::Path;
use std::sync::Arc;

use futures_util::future::join_all;
use latchkey_harness::key;
use latchkey_shared::store::Table;
use reqwest::Method;
use serde_json::Value;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::process::{Process, Signal};
use crate::tables::{Item, items, keys, text};

const ROUNDS: usize = 6;
const CLIENTS: usize = 6;
/// Few names for each client, so that they are replaced, deleted and made again.
const NAMES: usize = 8;

/// What a key was last set to: its alias and its organisation; `None` when it is not there.
type State = Option<(String, String)>;

/// A change whose answer never came: it may have happened or not.
struct InFlight {
    /// `None` for a token that only the answer would have told.
    token: Option<String>,
    to: State,
}

/// One caller, with keys that nobody else touches, and its memory of what it was told of them.
#[derive(Default)]
struct Client {
    name: usize,
    keys: BTreeMap<String, State>,
    acknowledged: usize,
    in_flight: Option<InFlight>,
}

impl Client {
    /// Changes keys until the server is gone, and reports each answer.
    async fn work(mut self, server: Arc<Process>, told: UnboundedSender<()>) -> Self {
        loop {
            let (method, path, change) = self.next();
            let body = change.to.as_ref().map_or_else(String::new, |(alias, org)| {
                let mut body = key(org);
                body["alias"] = alias.as_str().into();
                body.to_string()
            });
            let Some(answer) = server.try_admin(method, &path, body).await else {
                self.in_flight = Some(change);
                return self;
            };
            let answer: Value = serde_json::from_str(&answer).unwrap();
            self.keys.insert(answer["key"].as_str().unwrap().to_owned(), change.to);
            self.acknowledged += 1;
            let _killed = told.send(());
        }
    }

    /// Makes up the next request: any change that makes sense where the key stands.
    fn next(&self) -> (Method, String, InFlight) {
        let to = |org: &str| Some((format!("{}-{}", self.name, fastrand::u64(..)), org.to_owned()));
        if fastrand::u8(..8) == 0 {
            return (Method::POST, "/tyk/keys/create".into(), InFlight { token: None, to: to("default") });
        }
        let token = format!("default-client{}-key{}", self.name, fastrand::usize(..NAMES));
        let exists = self.keys.get(&token).is_some_and(Option::is_some);
        let (method, to) = match fastrand::u8(..4) {
            _ if !exists => (Method::POST, to("default")),
            0 => (Method::DELETE, None),
            1 => (Method::PUT, to("other")),
            _ => (Method::PUT, to("default")),
        };
        (method, format!("/tyk/keys/{token}"), InFlight { token: Some(token), to })
    }

    /// Compares its memory with what is there, and takes over what became of the change in flight.
    async fn check(&mut self, server: &Process) {
        let in_flight = self.in_flight.take();
        if let Some(token) = in_flight.as_ref().and_then(|change| change.token.clone()) {
            self.keys.entry(token).or_default();
        }
        for (token, known) in &mut self.keys {
            let found = state(server, token).await;
            let uncertain = in_flight.as_ref().filter(|change| change.token.as_ref() == Some(token));
            let happened = uncertain.is_some_and(|change| change.to == found);
            assert!(found == *known || happened, "{token}: acknowledged {known:?}, found {found:?}");
            *known = found;
        }
        // What only the answer would have named is found by its alias.
        if let Some(InFlight { token: None, to: Some((alias, org)) }) = in_flight {
            for token in listed(server).await.into_iter().filter(|token| !self.keys.contains_key(token)) {
                let found = state(server, &token).await;
                if found.as_ref().is_some_and(|found| *found == (alias.clone(), org.clone())) {
                    self.keys.insert(token, found);
                    return;
                }
            }
        }
    }

    fn live(&self) -> impl Iterator<Item = String> {
        self.keys.iter().filter(|(_, state)| state.is_some()).map(|(token, _)| token.clone())
    }
}

async fn state(server: &Process, token: &str) -> State {
    let reply = server.admin("GET", &format!("/tyk/keys/{token}"), ()).await;
    if reply.status == 404 {
        return None;
    }
    let reply = reply.expect(200);
    Some((reply.text_of("alias"), reply.text_of("org_id")))
}

async fn listed(server: &Process) -> Vec<String> {
    let list = server.admin("GET", "/tyk/keys", ()).await.expect(200).json();
    let tokens: Vec<_> = list["keys"].as_array().unwrap().iter().map(|key| key.as_str().unwrap().to_owned()).collect();
    assert_eq!(tokens.iter().collect::<BTreeSet<_>>().len(), tokens.len(), "a key is listed twice");
    tokens
}

#[tokio::test]
async fn a_killed_server_loses_nothing_it_acknowledged_and_audits_each_change_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut clients: Vec<_> = (0..CLIENTS).map(|name| Client { name, ..Client::default() }).collect();
    let (mut uncertain, mut tombstones) = (0, 0);
    for round in 0..ROUNDS {
        let server = Arc::new(Process::start(folder.path()).await);
        let (told, mut answers) = unbounded_channel();
        let work = clients.into_iter().map(|client| tokio::spawn(client.work(Arc::clone(&server), told.clone())));
        let work: Vec<_> = work.collect();
        for _ in 0..fastrand::usize(50..300) {
            answers.recv().await.unwrap();
        }
        // Anywhere between two answers.
        tokio::time::sleep(std::time::Duration::from_micros(fastrand::u64(..3000))).await;
        server.signal(Signal::KILL);
        clients = join_all(work).await.into_iter().map(Result::unwrap).collect();
        let ended = Arc::into_inner(server).unwrap().ended().await;
        assert_eq!(ended.status.code(), None, "it was to be killed, but ended by itself: {}", ended.stderr);
        uncertain += clients.iter().filter(|client| client.in_flight.is_some()).count();

        let server = Process::start(folder.path()).await;
        for client in &mut clients {
            client.check(&server).await;
        }
        let live: BTreeSet<_> = clients.iter().flat_map(Client::live).collect();
        assert_eq!(listed(&server).await.into_iter().collect::<BTreeSet<_>>(), live, "round {round}");
        server.stop().await;

        let changes = audited_changes(folder.path()).await;
        let acknowledged: usize = clients.iter().map(|client| client.acknowledged).sum();
        assert!((acknowledged..=acknowledged + uncertain).contains(&changes), "{changes} of {acknowledged}");
        tombstones = assert_listed_once(folder.path()).await;
    }
    assert!(tombstones > 0, "nothing was deleted");
}

/// Checks that every revision of every key has its audit record, and that there is no other; tells how many.
async fn audited_changes(folder: &Path) -> usize {
    let mut records = HashMap::new();
    for record in items(folder, Table::Audit).await {
        let change = (text(&record, "subject").to_owned(), text(&record, "v").parse::<usize>().unwrap());
        let previous = records.insert(change, record);
        assert!(previous.is_none(), "one change, two records: {previous:?}");
    }
    let changes = records.len();
    for key in keys(folder).await {
        let subject = text(&key, "id").replace("key#", "key:");
        for revision in 1..=text(&key, "v").parse().unwrap() {
            let record = records.remove(&(subject.clone(), revision));
            assert!(record.is_some(), "{subject} has no record of revision {revision}");
        }
    }
    assert!(records.is_empty(), "records of changes that never were: {records:?}");
    changes
}

/// Checks that each live key has its row among the live, each tombstone among the deleted, both where the key was made, that
/// one which moved has a row where it is now, and that nothing else has one; tells how many are tombstones.
async fn assert_listed_once(folder: &Path) -> usize {
    let keys = keys(folder).await;
    let rows_of = |key| {
        let (made, id) = (text(key, "m"), text(key, "id").trim_start_matches("key#").to_owned());
        let row = |org: &str, group| (format!("tyk#{org}"), format!("{group}#{made:0>13}#{id}"));
        let (org, moved) = (text(key, "o"), Item::contains_key(key, "h"));
        let home = if moved { text(key, "h") } else { org };
        let listed = row(home, if Item::contains_key(key, "off") { "gone" } else { "live" });
        std::iter::once(listed).chain(moved.then(|| row(org, "moved"))).collect::<Vec<_>>()
    };
    let expected: BTreeSet<_> = keys.iter().flat_map(rows_of).collect();
    let rows = items(folder, Table::OrgKeys).await;
    let rows: BTreeSet<_> = rows.iter().map(|row| (text(row, "org").to_owned(), text(row, "sk").to_owned())).collect();
    assert_eq!(rows, expected);
    rows.iter().filter(|(_, row)| row.starts_with("gone#")).count()
}
