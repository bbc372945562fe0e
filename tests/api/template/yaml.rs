//! CloudFormation's YAML as JSON, its short forms written out: `!Ref A` is `{"Ref": "A"}`.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Value, json};

/// Parses one document.
pub(super) fn parse(text: &str) -> Value {
    let documents = Yaml::load_from_str(text).unwrap();
    assert_eq!(documents.len(), 1);
    value(&documents[0])
}

fn value(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Null) => Value::Null,
        Yaml::Value(Scalar::Boolean(flag)) => json!(flag),
        Yaml::Value(Scalar::Integer(number)) => json!(number),
        Yaml::Value(Scalar::FloatingPoint(number)) => json!(number.into_inner()),
        Yaml::Value(Scalar::String(text)) => json!(text),
        Yaml::Sequence(items) => items.iter().map(value).collect(),
        Yaml::Mapping(entries) => {
            let entries = entries.iter().map(|(name, entry)| (name.as_str().unwrap().to_owned(), value(entry)));
            Value::Object(entries.collect())
        }
        Yaml::Tagged(tag, inner) => {
            let name = if matches!(&*tag.suffix, "Ref" | "Condition") {
                tag.suffix.clone()
            } else {
                format!("Fn::{}", tag.suffix)
            };
            json!({ name: value(inner) })
        }
        Yaml::Representation(..) | Yaml::Alias(_) | Yaml::BadValue => panic!("not CloudFormation's YAML: {yaml:?}"),
    }
}
