//! What must be true of the tables of use at any time: totals are the sum of rows, and whatever is still in a key's item
//! can be found from its organisation.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;

type Item = HashMap<String, AttributeValue>;

/// Fails unless an organisation's use can be known without reading every key: of the items of `Keys` and of `Usage`.
#[track_caller]
pub fn assert_usage_adds_up(keys: &[Item], usage: &[Item]) {
    let (mut rows, mut totals, mut open) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
    for item in usage {
        let (org, sort) = (text(item, "org"), text(item, "sk"));
        match *sort.split('#').collect::<Vec<_>>() {
            ["open", day, id] => assert!(open.insert((org.clone(), day_number(day), id.to_owned()))),
            ["total", day, dialect, slice] => add(&mut totals, [&org, day, dialect, slice], item),
            [day, id] => add(&mut rows, [&org, day, &text(item, "d"), &id[..1]], item),
            _ => panic!("{sort} is no row of Usage"),
        }
    }
    assert_eq!(rows, totals, "the sums of rows, and the totals");
    for item in keys.iter().filter(|item| item.contains_key("u")) {
        let id = text(item, "id").replace("key#", "");
        for hour in item["u"].as_m().unwrap().keys() {
            let day = (format!("org#{}", text(item, "o")), hour.parse::<i64>().unwrap() / 24, id.clone());
            assert!(open.contains(&day), "{day:?} is not open, but {hour} is in {item:?}");
        }
    }
}

/// Adds the counters of `item` to those of its total.
fn add(sums: &mut BTreeMap<Vec<String>, i128>, name: [&str; 4], item: &Item) {
    for (counter, value) in item.iter().filter(|(name, _)| name.ends_with(|last: char| last.is_ascii_digit())) {
        let of: Vec<_> = name.into_iter().chain([counter.as_str()]).map(str::to_owned).collect();
        let sum = sums.entry(of.clone()).or_default();
        *sum += value.as_n().unwrap().parse::<i128>().unwrap();
        if *sum == 0 {
            sums.remove(&of);
        }
    }
}

/// Days since 1970 of one such as `2026-01-15`.
fn day_number(day: &str) -> i64 {
    let [year, month, day] = *day.split('-').map(|part| part.parse::<i64>().unwrap()).collect::<Vec<_>>() else {
        panic!("{day} is no day");
    };
    // A year that begins in March has its leap day at its end.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_years = year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    of_years + (153 * month + 2) / 5 + day - 719_469
}

fn text(item: &Item, name: &str) -> String {
    item[name].as_s().unwrap().clone()
}
