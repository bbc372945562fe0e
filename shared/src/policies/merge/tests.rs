use proptest::prelude::*;
use serde_json::json;

use super::*;

fn policy(json: Value) -> Policy {
    Policy::of(json.as_object().unwrap().clone())
}

/// The session after its policies were merged, and the error if there is one.
fn merged(session: &Value, policies: &[Policy]) -> (Value, Option<Unmet>) {
    let mut fields = session.as_object().unwrap().clone();
    let found = |name: &str| policies.iter().find(|policy| policy.id() == name);
    let error = merge(&mut fields, found, None).err();
    (Value::Object(fields), error)
}

fn gold(id: &str, api: &str, (rate, per): (i64, i64), (max, renewal): (i64, i64)) -> Policy {
    policy(json!({"id": id, "rate": rate, "per": per, "quota_max": max, "quota_renewal_rate": renewal,
                  "access_rights": {api: {"api_id": api, "api_name": "A", "versions": ["Default"]}}}))
}

#[test]
fn a_plain_policy_replaces_what_the_key_has() {
    let session = json!({"apply_policies": ["gold"], "rate": 1000, "per": 1, "quota_max": 9999, "quota_remaining": 5,
                         "access_rights": {"b": {}}});
    let (session, error) = merged(&session, &[gold("gold", "a", (10, 1), (100, 3600))]);
    assert_eq!(error, None);
    let limit = json!({"rate": 10, "per": 1, "quota_max": 100, "quota_renewal_rate": 3600});
    assert_eq!(
        session,
        json!({"apply_policies": ["gold"], "rate": 10, "per": 1, "quota_max": 100, "quota_renewal_rate": 3600,
               "access_rights": {"a": {"versions": ["Default"], "limit": limit}}})
    );
}

#[test]
fn a_missing_policy_matters_only_alone() {
    let gold = gold("gold", "a", (10, 1), (100, 3600));
    let alone = json!({"apply_policies": ["ghost"]});
    assert_eq!(merged(&alone, &[]), (alone.clone(), Some(Unmet::NotFound("ghost".into()))));
    let (session, error) = merged(&json!({"apply_policies": ["ghost", "gold"], "rate": 1000, "per": 1}), &[gold]);
    assert_eq!((error, &session["access_rights"]["a"]["limit"]["rate"]), (None, &json!(10)));
    assert_eq!(merged(&json!({"apply_policies": ["x", "y"]}), &[]).1, Some(Unmet::NoneValid));
}

#[test]
fn policies_that_cannot_be_combined_are_refused_in_the_gateways_words() {
    let of = |id: &str, parts: Value| policy(json!({"id": id, "partitions": parts, "access_rights": {"a": {}}}));
    let (per_api, parted) = (of("pa", json!({"per_api": true})), of("q", json!({"quota": true, "acl": true})));
    let both = of("both", json!({"per_api": true, "quota": true}));
    let all = [per_api, parted, both];
    for (names, error) in [
        (json!(["both"]), "cannot apply policy both which has per_api and any of partitions set"),
        (json!(["pa", "q"]), "cannot apply multiple policies when some have per_api set and some are partitioned"),
        (json!(["q", "pa"]), "cannot apply multiple policies when some have per_api set and some are partitioned"),
    ] {
        assert_eq!(
            merged(&json!({"apply_policies": names}), &all).1.map(|unmet| unmet.to_string()),
            Some(error.into())
        );
    }
}

#[test]
fn a_policy_of_another_organisation_than_the_apis_is_refused() {
    let own = policy(json!({"id": "p", "org_id": "own", "access_rights": {"a": {}}}));
    let refused = |api_org: &str| {
        let mut session = json!({"apply_policies": ["p"]}).as_object().unwrap().clone();
        merge(&mut session, |_| Some(&own), Some(&OrgId::from_stored(api_org))).err()
    };
    assert_eq!((refused("own"), refused("other")), (None, Some(Unmet::OtherOrg)));
}

#[test]
fn an_inline_policy_replaces_the_named_ones() {
    let session = json!({"apply_policies": ["ghost"], "meta_data": {"policies": [
        {"rate": 2, "per": 1, "access_rights": {"a": {"versions": ["Default"]}}}]}});
    let (session, error) = merged(&session, &[]);
    assert_eq!((error, &session["access_rights"]["a"]["limit"]), (None, &json!({"rate": 2, "per": 1})));
    assert_eq!(merged(&json!({"meta_data": {"policies": []}}), &[]).1, Some(Unmet::NoneValid));
    let text = json!({"meta_data": {"policies": "gold"}});
    assert_eq!(merged(&text, &[]), (text.clone(), None), "only an array is read");
    assert_eq!(merged(&json!({"meta_data": {"policies": [null, 7]}}), &[]).1, Some(Unmet::NoneValid));
}

#[test]
fn endpoints_are_united_and_the_looser_limit_applies() {
    let of = |id: &str, endpoints: Value| {
        policy(json!({"id": id, "rate": 1000, "per": 1, "access_rights": {"a": {"endpoints": endpoints}}}))
    };
    let get = |rate: i64| json!({"path": "/get", "methods": [{"name": "GET", "limit": {"rate": rate, "per": 60}}]});
    let post = json!({"path": "/a:b", "methods": [{"name": "POST", "limit": {"rate": 1, "per": 60}}]});
    let session = json!({"apply_policies": ["p", "q"]});
    let (session, _) = merged(&session, &[of("p", json!([get(10)])), of("q", json!([get(20), post]))]);
    assert_eq!(session["access_rights"]["a"]["endpoints"], json!([get(20)]), "a path with a colon is lost");
}

/// A policy for some of three APIs. It governs all parts, or access and others.
fn any_policy() -> impl Strategy<Value = Policy> {
    let parts = prop_oneof![
        Just(json!({})),
        Just(json!({"acl": true})),
        Just(json!({"acl": true, "quota": true})),
        Just(json!({"rate_limit": true})),
        Just(json!({"complexity": true, "acl": true, "rate_limit": true})),
    ];
    let numbers = (-1_i64..30, 0_i64..3, -1_i64..30, 0_i64..100, -1_i64..5);
    let apis = prop::collection::vec(prop::sample::select(vec!["a", "b", "c"]), 1..4);
    let lists = (prop::collection::vec("v[0-3]", 0..3), prop::collection::vec("t[0-3]", 0..3));
    ("p[0-9]", parts, numbers, apis, lists, any::<bool>()).prop_map(
        |(id, parts, numbers, apis, (versions, tags), inactive)| {
            let (rate, per, max, renewal, depth) = numbers;
            let entry = json!({"versions": versions});
            let rights: Map<String, Value> = apis.into_iter().map(|api| (api.to_owned(), entry.clone())).collect();
            policy(json!({"id": id, "rate": rate, "per": per, "quota_max": max, "quota_renewal_rate": renewal,
                      "max_query_depth": depth, "partitions": parts, "access_rights": rights, "tags": tags,
                      "is_inactive": inactive}))
        },
    )
}

/// What no order of policies changes: the limits of each API, the access in any order, the flags.
fn unordered(session: &Value) -> Value {
    let sorted = |list: &Value| {
        let mut texts: Vec<_> = list.as_array().into_iter().flatten().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    let mut rights = session["access_rights"].clone();
    for entry in rights.as_object_mut().into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut) {
        entry.remove("allowance_scope");
        let limit = entry.get_mut("limit").and_then(Value::as_object_mut);
        // Of two rates that are equally fast, the first stays as it is written.
        if let Some((limit, rate)) = limit.map(|limit| (Limit::read(limit).pace(), limit)).map(|(pace, l)| (l, pace)) {
            limit.insert("rate".into(), format!("{rate:.9}").into());
            limit.remove("per");
        }
        let versions = sorted(entry.get("versions").unwrap_or(&Value::Null));
        entry.insert("versions".into(), versions.into());
    }
    json!([rights, sorted(&session["tags"]), session["is_inactive"], session["quota_max"]])
}

proptest! {
    #[test]
    fn merging_again_changes_nothing(policies in prop::collection::vec(any_policy(), 1..4), rate in 0_i64..20, max in -1_i64..20) {
        let names: Vec<_> = policies.iter().map(|policy| policy.id().to_owned()).collect();
        let session = json!({"apply_policies": names, "rate": rate, "per": 1, "quota_max": max, "tags": ["key"]});
        let (once, error) = merged(&session, &policies);
        if error.is_none() {
            prop_assert_eq!(merged(&once, &policies), (once, None));
        }
    }

    #[test]
    fn a_policy_that_is_named_twice_counts_once(policies in prop::collection::vec(any_policy(), 1..4)) {
        let names: Vec<_> = policies.iter().map(|policy| policy.id().to_owned()).collect();
        let twice: Vec<_> = names.iter().flat_map(|name| [name, name]).collect();
        let of = |names: Value| {
            let (mut session, error) = merged(&json!({"apply_policies": names}), &policies);
            session["apply_policies"] = Value::Null;
            (session, error.is_some())
        };
        prop_assume!(names.len() > 1 || !of(json!(names)).1);
        prop_assert_eq!(of(json!(twice)), of(json!(names)));
    }

    #[test]
    fn the_order_of_policies_matters_only_for_names_of_counters(policies in prop::collection::vec(any_policy(), 2..4)) {
        let mut ids: Vec<_> = policies.iter().map(|policy| policy.id().to_owned()).collect();
        ids.dedup();
        prop_assume!(ids.len() == policies.len());
        let backwards: Vec<_> = ids.iter().rev().collect();
        let [one, other] = [json!(ids), json!(backwards)].map(|names| merged(&json!({"apply_policies": names}), &policies));
        prop_assert_eq!(&one.1, &other.1);
        if one.1.is_none() {
            prop_assert_eq!(unordered(&one.0), unordered(&other.0));
        }
    }

    #[test]
    fn no_json_makes_the_merge_panic(text in "[a-z]{0,3}", number in any::<f64>(), list in any::<bool>()) {
        let odd = if list { json!([number, text, null]) } else { json!({"limit": number, "endpoints": [text], "versions": text}) };
        let inline = json!({"id": odd, "rate": odd, "access_rights": {"a": odd, "b": null}, "partitions": odd, "tags": odd, "meta_data": odd});
        let session = json!({"access_rights": odd, "meta_data": {"policies": [inline, odd]}, "tags": odd, "apply_policies": odd});
        let _merged = merged(&session, &[]);
    }
}
