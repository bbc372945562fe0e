//! URL patterns of access rules: searched in linear time, bounded in size, never led astray by an odd path.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use regex_lite::RegexBuilder;

/// What a compiled pattern may take up, in bytes. One that is larger matches nothing.
const MAX_PATTERN_BYTES: usize = 64 * 1024;
/// The longest path that is looked at, in bytes.
const MAX_PATH_BYTES: usize = 8 * 1024;

/// Whether the pattern is found in `path`, as it was sent or decoded. In the pattern `{x}` stands for one segment and `/*` for anything below.
///
/// A path that a server behind the gate might read as another one matches nothing: with `.` or `..` as a segment,
/// an encoded dot, slash or backslash, or a control character.
#[must_use]
pub(super) fn matches(pattern: &str, path: &str) -> bool {
    if path.is_empty() || path.len() > MAX_PATH_BYTES || is_ambiguous(path) {
        return false;
    }
    let Ok(path) = percent_decode_str(path).decode_utf8() else { return false };
    let pattern = RegexBuilder::new(&translated(pattern)).size_limit(MAX_PATTERN_BYTES).build();
    pattern.is_ok_and(|pattern| !is_ambiguous(&path) && pattern.is_match(&path))
}

fn translated(pattern: &str) -> String {
    let mut regex = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, inside)) = rest.split_once('{') {
        let Some((_, after)) = inside.split_once('}') else { break };
        regex.push_str(before);
        regex.push_str("[^/]+");
        rest = after;
    }
    regex.push_str(rest);
    match regex.contains("/*") {
        true => regex.replace("/*", "/.*"),
        false => regex,
    }
}

fn is_ambiguous(path: &str) -> bool {
    let lower: Cow<'_, str> = if path.contains('%') { path.to_ascii_lowercase().into() } else { path.into() };
    let encoded = ["%2e", "%2f", "%5c", "%00", "%25"].iter().any(|code| lower.contains(code));
    let dots = path.split('/').any(|segment| matches!(segment, "." | ".."));
    encoded || dots || path.contains(|c: char| c.is_control() || c == '\\')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn patterns_are_searched_unanchored_with_their_two_abbreviations() {
        for (pattern, path, found) in [
            ("^/sample/valid", "/sample/valid", true),
            ("^/sample/valid", "/sample/other", false),
            ("/valid", "/sample/valid/more", true),
            ("^/users/{id}/posts$", "/users/7/posts", true),
            ("^/users/{id}/posts$", "/users/7/8/posts", false),
            ("^/files/*", "/files/a/b", true),
            ("^/a$", "/a/b", false),
            ("", "/anything", true),
            ("^/my files$", "/my%20files", true),
        ] {
            assert_eq!(matches(pattern, path), found, "{pattern} in {path}");
        }
    }

    #[test]
    fn a_path_that_could_mean_another_matches_nothing() {
        for path in
            ["/a/../b", "/a/./b", "/a/%2e%2e/b", "/a/%2E/b", "/a%2fb", "/a%5Cb", "/a\\b", "/a\nb", "/a%252e", ""]
        {
            assert!(!matches("", path), "{path}");
        }
        assert!(!matches("", &"/x".repeat(MAX_PATH_BYTES)));
    }

    #[test]
    fn patterns_that_would_backtrack_or_are_huge_or_broken_cost_no_time() {
        let path = format!("/{}!", "a".repeat(4000));
        assert!(!matches("^/(a+)+$", &path));
        assert!(!matches("((((((a{}{}{}{}", &path));
        assert!(!matches("(", "/"));
        assert!(!matches(&"(a|b)".repeat(100_000), "/"));
    }

    proptest! {
        #[test]
        fn any_pattern_and_path_are_answered_without_a_panic(pattern in ".{0,64}", path in ".{0,64}") {
            let _answer = matches(&pattern, &path);
        }
    }
}
