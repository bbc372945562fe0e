//! For tests: what an update does to an item, as DynamoDB evaluates it.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::conditions::Expressions;
use super::update::Update;
use crate::store::items::attributes::{Item, n};

/// The item after `update`; `None` if its conditions are not true.
pub(in crate::store) fn applied(update: Update, item: &Item) -> Option<Item> {
    let (expression, Expressions { condition, names, values }) = update.into_expressions();
    let (names, values) = (names.unwrap_or_default(), values.unwrap_or_default());
    let before = View { item, names: &names, values: &values };
    if !condition.is_none_or(|condition| condition.split(" AND ").all(|term| before.is_true(term))) {
        return None;
    }
    let (set, remove) = expression.split_once("REMOVE ").unwrap_or((&expression, ""));
    let mut after = item.clone();
    for action in set.trim_end().trim_start_matches("SET ").split(", #").filter(|action| !action.is_empty()) {
        let (path, value) = action.split_once(" = ").unwrap();
        let path = before.path(&format!("#{}", path.trim_start_matches('#')));
        *entry(&mut after, &path) = before.value(value).unwrap();
    }
    for path in remove.split(", ").filter(|path| !path.is_empty()) {
        take_out(&mut after, &before.path(path));
    }
    Some(after)
}

/// An item as expressions see it.
struct View<'a> {
    item: &'a Item,
    names: &'a HashMap<String, String>,
    values: &'a HashMap<String, AttributeValue>,
}

impl<'a> View<'a> {
    fn is_true(&self, term: &str) -> bool {
        if let Some(terms) = term.strip_prefix('(') {
            return terms.trim_end_matches(')').split(" OR ").any(|term| self.is_true(&closed(term)));
        }
        if let Some(path) = term.strip_prefix("attribute_exists(") {
            return self.value(path.trim_end_matches(')')).is_some();
        }
        if let Some(path) = term.strip_prefix("attribute_not_exists(") {
            return self.value(path.trim_end_matches(')')).is_none();
        }
        if let Some((path, most)) = term.strip_prefix("size(").and_then(|term| term.split_once(") < ")) {
            let map = self.value(path);
            return map.is_some_and(|map| (map.as_m().unwrap().len() as i128) < self.number(most));
        }
        let [left, operator, right] = term.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let (left, right) = (self.value(left), self.value(right));
        let (Some(left), Some(right)) = (left, right) else { return false };
        match operator {
            "=" => left == right,
            "<" => number(&left) < number(&right),
            "<=" => number(&left) <= number(&right),
            ">" => number(&left) > number(&right),
            ">=" => number(&left) >= number(&right),
            _ => panic!("{operator}"),
        }
    }

    fn value(&self, text: &str) -> Option<AttributeValue> {
        if let Some((left, right)) = text.split_once(" + ") {
            return Some(n(self.number(left) + self.number(right)));
        }
        if let Some((path, none)) = text.strip_prefix("if_not_exists(").and_then(|text| text.split_once(", ")) {
            return self.value(path).or_else(|| self.value(none.trim_end_matches(')')));
        }
        if let Some(value) = self.values.get(text) {
            return Some(value.clone());
        }
        let (last, maps) = self.path(text).split_last().map(|(last, maps)| (last.clone(), maps.to_vec())).unwrap();
        let mut item = self.item;
        for name in maps {
            item = item.get(&name)?.as_m().unwrap();
        }
        item.get(&last).cloned()
    }

    fn number(&self, text: &str) -> i128 {
        number(&self.value(text).unwrap())
    }

    fn path(&self, text: &str) -> Vec<String> {
        text.split('.').map(|name| self.names[name].clone()).collect()
    }
}

/// A term of alternatives, with the bracket of its function that went with theirs.
fn closed(term: &str) -> String {
    let open = term.contains('(') && !term.contains(')');
    if open { format!("{term})") } else { term.to_owned() }
}

fn number(value: &AttributeValue) -> i128 {
    value.as_n().unwrap().parse().unwrap()
}

fn entry<'a>(item: &'a mut Item, path: &[String]) -> &'a mut AttributeValue {
    let value = item.entry(path[0].clone()).or_insert_with(|| AttributeValue::M(Item::new()));
    match (path, value) {
        ([_], value) => value,
        ([_, rest @ ..], AttributeValue::M(map)) => entry(map, rest),
        _ => panic!("no map: {path:?}"),
    }
}

fn take_out(item: &mut Item, path: &[String]) {
    match path {
        [name] => drop(item.remove(name)),
        [name, rest @ ..] => {
            if let Some(AttributeValue::M(map)) = item.get_mut(name) {
                take_out(map, rest);
            }
        }
        [] => {}
    }
}
