//! The table of store calls and capacity units in the docs.

use std::collections::BTreeMap;

use latchkey_shared::runtime::function::Function;

use crate::sources::{CAPACITY, FUNCTIONS, Measured};

/// Every measured request, with the functions in the order of the template.
pub(crate) fn table(measured: &[Measured]) -> String {
    let of = |function: &'static Function| measured.iter().filter(|one| one.function == function.name);
    let rows = FUNCTIONS.into_iter().flat_map(of).map(|Measured { function, request, calls, more }| {
        format!("| `{function}` | {request} | {} | {} | {more} |\n", kinds(calls), units(calls))
    });
    format!(
        "\n| function | request | store calls | capacity units | more |\n|---|---|---|---|---|\n{}\n",
        rows.collect::<String>()
    )
}

/// Functions that nobody measured, and measured functions that do not exist.
pub(crate) fn problems(measured: &[Measured]) -> Vec<String> {
    let names = FUNCTIONS.map(|function| function.name);
    let lacking = names.iter().filter(|name| measured.iter().all(|one| one.function != **name));
    let lacking = lacking
        .map(|name| format!("{CAPACITY}: add a line for {name}, and assert it in the capacity tests of its dialect"));
    let unknown = measured.iter().filter(|one| !names.contains(&one.function.as_str()));
    lacking.chain(unknown.map(|one| format!("{CAPACITY}: there is no function {}", one.function))).collect()
}

/// How many calls of each kind, such as `2 reads, 1 transaction`.
fn kinds(calls: &[String]) -> String {
    let mut kinds: Vec<(&str, usize)> = Vec::new();
    for kind in calls.iter().map(|call| kind(call)) {
        match kinds.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, count)) => *count += 1,
            None => kinds.push((kind, 1)),
        }
    }
    let plural = |kind: &str| match kind {
        "query" => "queries".to_owned(),
        kind => format!("{kind}s"),
    };
    let shown = |(kind, count)| if count == 1 { format!("1 {kind}") } else { format!("{count} {}", plural(kind)) };
    list(kinds.into_iter().map(shown).collect())
}

/// The kind of a call such as `Keys:PutItem+Audit:PutItem 4`.
fn kind(call: &str) -> &'static str {
    if call.contains("BatchGetItem") {
        "batch read"
    } else if call.contains('+') {
        "transaction"
    } else if call.contains("GetItem") {
        "read"
    } else if call.contains("Query") {
        "query"
    } else if call.contains("Scan") {
        "scan"
    } else {
        "update"
    }
}

/// The units of all calls, such as `1 read, 6 write`.
fn units(calls: &[String]) -> String {
    let mut units = BTreeMap::new();
    for call in calls {
        let side = if matches!(kind(call), "transaction" | "update") { "write" } else { "read" };
        let of_call = call.rsplit(' ').next().and_then(|units| units.parse::<f64>().ok());
        *units.entry(side).or_insert(0.0) += of_call.unwrap_or_default();
    }
    list(units.into_iter().map(|(side, units)| format!("{units} {side}")).collect())
}

fn list(parts: Vec<String>) -> String {
    if parts.is_empty() { "none".to_owned() } else { parts.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_counted_by_kind_and_units_by_side() {
        let calls = ["Keys:GetItem 1", "Organizations:GetItem 1", "Keys:UpdateItem+Audit:PutItem 4.5"];
        let calls = calls.map(str::to_owned);
        assert_eq!(kinds(&calls), "2 reads, 1 transaction");
        assert_eq!(units(&calls), "2 read, 4.5 write");
        let calls = ["OrgKeys:Query 1", "OrgKeys:Query 1", "Keys:BatchGetItem 15"].map(str::to_owned);
        assert_eq!((kinds(&calls), units(&calls)), ("2 queries, 1 batch read".into(), "17 read".into()));
        assert_eq!((kinds(&[]), units(&[])), ("none".into(), "none".into()));
    }
}
