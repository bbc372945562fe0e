//! Patterns beside what Go's `regexp` makes of them.

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

/// The answers of Go 1.26's own `regexp`: whether a pattern compiles (`regexp.Compile`), and in
/// which texts it is found (`MatchString`). Patterns by hand, then random ones.
const GO_ANSWERS: &str = include_str!("go_answers.jsonl");

#[derive(Deserialize)]
struct GoAnswer {
    pattern: String,
    compiles: bool,
    found_in: Vec<String>,
    not_in: Vec<String>,
}

#[test]
fn patterns_compile_and_match_as_in_go() {
    let mut differences = Vec::new();
    for line in GO_ANSWERS.lines() {
        let go: GoAnswer = serde_json::from_str(line).unwrap();
        let program = Program::new(&go.pattern);
        if program.is_ok() != go.compiles {
            differences.push(format!("{:?} compiles in Go: {}, here {program:?}", go.pattern, go.compiles));
        }
        let Ok(program) = program else { continue };
        let texts = go.found_in.iter().map(|text| (text, true)).chain(go.not_in.iter().map(|text| (text, false)));
        for (text, found) in texts {
            if Searcher::new(program.len()).search(&program, text) != Ok(found) {
                differences.push(format!("{:?} is found in {text:?} by Go: {found}", go.pattern));
            }
        }
    }
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn a_pattern_is_rewritten_as_the_gateway_does_and_then_compiled() {
    for (pattern, path, found) in [
        ("", "/anything", true),
        ("/valid", "/sample/valid/more", true),
        ("^/users/*/orders$", "/users/7/orders", true),
        ("^/users/*/orders$", "/users/7/8/orders", false),
        ("/a/*/*/b", "/a/1/2/b", true),
        ("/a/*/*/b", "/a/1/b", false),
        ("^/u/{id}?$", "/u/7", true),
        ("^/u/{}$", "/u/7", false),
        ("^/u/{}$", "/u/{}", true),
        ("^/files/*", "/files/a/b", true),
        ("^/files/**", "/files/a", false),
        ("^/a{2}$", "/a", false),
        ("^/a{2}$", "/ax", true),
        ("(", "(", false),
    ] {
        let pattern_is_in = Pattern::new(pattern).unwrap().is_in(path, &mut Searcher::new(100));
        assert_eq!(pattern_is_in, Ok(found), "{pattern} in {path}");
    }
}

#[test]
fn a_pattern_that_would_grow_or_nest_without_bounds_is_too_large() {
    let deep = |depth: usize| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Program::new(&deep(100)).is_ok());
    for pattern in [
        "a".repeat(4097),
        deep(101),
        deep(2000),
        "(a{100}){10}".repeat(5),
        "(?:[ab]?){1000}".repeat(3),
        "(){1000}".repeat(500),
        r"\pL".repeat(1000),
        r"(?i)[\x{100}-\x{10ffff}]".repeat(100),
    ] {
        assert_eq!(Program::new(&pattern).unwrap_err(), Unusable::TooLarge, "{pattern:.40}");
    }
}

#[test]
fn repetitions_in_repetitions_do_not_double_with_each_nesting() {
    let nested = format!("{}a{}", "(".repeat(90), ")+".repeat(90));
    assert!(Program::new(&nested).unwrap().len() < 1000);
}

#[test]
fn a_search_ends_within_its_steps() {
    let program = Program::new("(a?){900}b$").unwrap();
    let mut searcher = Searcher::new(program.len());
    assert_eq!(searcher.search(&program, &"a".repeat(100)), Ok(false));
    assert_eq!(searcher.search(&program, &"a".repeat(8000)), Err(Exhausted));
    assert_eq!(searcher.search(&program, &"a".repeat(100)), Err(Exhausted), "one decision, one allowance");
}

proptest! {
    #[test]
    fn any_pattern_and_text_are_answered_without_a_panic(pattern in ".{0,64}", text in ".{0,64}") {
        if let Ok(program) = Program::new(&pattern) {
            let _answer = Searcher::new(program.len()).search(&program, &text);
        }
    }

    #[test]
    fn a_prefix_is_found_as_a_plain_search_finds_it(prefix in "[ab]{1,4}", text in "[ab]{0,12}") {
        let program = Program::new(&prefix).unwrap();
        prop_assert_eq!(Searcher::new(1).search(&program, &text), Ok(text.contains(&prefix)));
        let program = Program::new(&format!("{prefix}$")).unwrap();
        prop_assert_eq!(Searcher::new(2).search(&program, &text), Ok(text.ends_with(&prefix)));
        let program = Program::new(&format!("^{prefix}[b]")).unwrap();
        prop_assert_eq!(Searcher::new(2).search(&program, &text), Ok(text.starts_with(&format!("{prefix}b"))));
    }
}
