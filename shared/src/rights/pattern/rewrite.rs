//! The abbreviations in URL patterns, which the gateway rewrites before it compiles them.

/// The pattern as the gateway compiles it: where braces are equal in number, each `{name}` is one
/// segment; then each `/*/` is one segment, and each `/*` that is left anything.
pub(super) fn rewritten(pattern: &str) -> String {
    let is_template = pattern.matches('{').count() == pattern.matches('}').count();
    let named = if is_template { without_names(pattern) } else { pattern.to_owned() };
    named.replace("/*/", "/[^/]+/").replace("/*", "/.*")
}

fn without_names(pattern: &str) -> String {
    let mut rewritten = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some((before, inside)) = rest.split_once('{') {
        rewritten.push_str(before);
        match inside.split_once('}') {
            Some((name, after)) if !name.is_empty() => {
                rewritten.push_str("([^/]+)");
                rest = after;
            }
            _ => {
                rewritten.push('{');
                rest = inside;
            }
        }
    }
    rewritten + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_are_rewritten_as_the_gateway_rewrites_them() {
        for (pattern, expected) in [
            ("", ""),
            ("^/users/{id}/posts$", "^/users/([^/]+)/posts$"),
            ("/u/{id}?", "/u/([^/]+)?"),
            ("/a{2}", "/a([^/]+)"),
            ("/a{2}{", "/a{2}{"),
            ("/a{", "/a{"),
            ("{}", "{}"),
            ("{}{a}", "{}([^/]+)"),
            ("{{a}}", "([^/]+)}"),
            ("}a{", "}a{"),
            ("/users/*/orders", "/users/[^/]+/orders"),
            ("/a/*/*/b", "/a/[^/]+/.*/b"),
            ("/a/*/x/*/b", "/a/[^/]+/x/[^/]+/b"),
            ("/files/*", "/files/.*"),
            ("/**", "/.**"),
        ] {
            assert_eq!(rewritten(pattern), expected, "{pattern}");
        }
    }
}
