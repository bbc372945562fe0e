//! All that is in the store, without what is random in it.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use latchkey_harness::{TestServer, assert_usage_adds_up};
use latchkey_shared::store::Table;
use regex::Regex;

/// Digests, ids, and what GMI shows of a token.
const RANDOM: &str = r#"[0-9a-f]{64}|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}|partialKey\\":\\"[\w-]+"#;

type Item = HashMap<String, AttributeValue>;

/// The items of all tables, audit records included, in an order that does not depend on what is random.
#[derive(Debug, PartialEq)]
pub(super) struct State {
    items: Vec<String>,
    used: i64,
    /// Keys whose hours and whose quota disagree.
    out_of_step: Vec<String>,
    records: usize,
}

impl State {
    pub(super) async fn of(server: &TestServer) -> Self {
        let random = Regex::new(RANDOM).unwrap();
        let mut named = BTreeMap::new();
        let (mut items, mut used, mut out_of_step, mut records) = (Vec::new(), 0, Vec::new(), 0);
        assert_usage(server).await;
        for table in Table::ALL {
            for item in server.items(table).await {
                records += usize::from(table == Table::Audit);
                if let Some(hours) = item.get("u").and_then(|hours| hours.as_m().ok()) {
                    let of_item = hours.values().map(number).sum::<i64>();
                    used += of_item;
                    let quota = ["ql", "qm"].map(|name| item.get(name).map_or(0, number));
                    if table == Table::Keys && quota[1] == 100 && quota[1] - quota[0] != of_item {
                        out_of_step.push(format!("{item:?}"));
                    }
                }
                // A new key's random id decides in which share of a count it is counted.
                if let Some((policy, _)) = sort_key(&item).and_then(|sort| sort.strip_prefix("named#")?.split_once('#'))
                {
                    let (count, closed) = named.entry(policy.to_owned()).or_insert((0, 0));
                    *count += item.get("n").map_or(0, number);
                    *closed += usize::from(item.contains_key("off"));
                    continue;
                }
                items.push(random.replace_all(&format!("{table:?} {}", shown(&item)), "random").into_owned());
            }
        }
        items.extend(named.iter().map(|(policy, counted)| format!("{policy} was named, and closed: {counted:?}")));
        items.sort();
        Self { items, used, out_of_step, records }
    }

    /// How many changes are recorded.
    pub(super) fn records(&self) -> usize {
        self.records
    }

    /// What was counted as used, in all keys.
    pub(super) fn used(&self) -> i64 {
        self.used
    }

    #[track_caller]
    pub(super) fn assert_is(&self, expected: &Self, what: &str) {
        self.assert_is_one_of(&[expected], what);
    }

    #[track_caller]
    pub(super) fn assert_is_one_of(&self, expected: &[&Self], what: &str) {
        if !expected.contains(&self) {
            let closest = expected[expected.len() - 1];
            let more: Vec<_> = self.items.iter().filter(|item| !closest.items.contains(item)).collect();
            let less: Vec<_> = closest.items.iter().filter(|item| !self.items.contains(item)).collect();
            panic!(
                "{what}: {} audit records, {} expected; there is {more:#?} in place of {less:#?}",
                self.records, closest.records
            );
        }
    }

    /// What is counted as used is what is gone from the quota.
    #[track_caller]
    pub(super) fn assert_in_step(&self, what: &str) {
        assert!(self.out_of_step.is_empty(), "{what}: {:#?}", self.out_of_step);
    }

    /// The same but for use, which may be more: an update whose answer got lost is made again.
    #[track_caller]
    pub(super) fn assert_takes_at_least(&self, expected: &Self, what: &str) {
        self.assert_in_step(what);
        assert!(self.used >= expected.used, "{what}: {} used, {} expected", self.used, expected.used);
        assert_eq!(self.records, expected.records, "{what}");
    }
}

/// Checks usage in one state of the store: a commit that is late may come between two reads.
async fn assert_usage(server: &TestServer) {
    let mut keys = server.items(Table::Keys).await;
    loop {
        let usage = server.items(Table::Usage).await;
        let again = server.items(Table::Keys).await;
        if keys == again {
            return assert_usage_adds_up(&keys, &usage);
        }
        keys = again;
    }
}

fn sort_key(item: &Item) -> Option<&str> {
    item.get("sk").and_then(|sort| sort.as_s().ok()).map(String::as_str)
}

fn number(value: &AttributeValue) -> i64 {
    value.as_n().unwrap().parse().unwrap()
}

fn shown(item: &Item) -> String {
    let sorted: BTreeMap<_, _> = item.iter().collect();
    let attributes = sorted.into_iter().map(|(name, value)| format!("{name}={}", shown_value(value)));
    attributes.collect::<Vec<_>>().join(" ")
}

fn shown_value(value: &AttributeValue) -> String {
    match value {
        AttributeValue::B(_) => "bytes".to_owned(),
        AttributeValue::M(map) => format!("{{{}}}", shown(map)),
        other => format!("{other:?}"),
    }
}
