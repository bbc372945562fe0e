//! The path of a call, and how a server behind the gate might read it.

use percent_encoding::percent_decode_str;

/// Bytes of the longest path that is judged.
const MAX_BYTES: usize = 8 * 1024;

/// A path as rules see it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum CallPath {
    /// The caller did not name it.
    Untold,
    /// A server behind the gate might read it as another path, so no rule allows it.
    Ambiguous,
    /// The decoded path, and how a lax server reads it, which drops parameters, empty segments and
    /// trailing dots.
    Readings(Vec<String>),
}

impl CallPath {
    /// Reads a path, which may be percent-encoded.
    pub(super) fn read(path: &str) -> Self {
        if path.is_empty() {
            return Self::Untold;
        }
        let decoded = if path.len() > MAX_BYTES || has_odd_escape(path) { None } else { decoded(path) };
        match decoded.filter(|path| path.starts_with('/') && !is_absolute(path) && !is_ambiguous(path)) {
            None => Self::Ambiguous,
            Some(path) => {
                let mut readings = vec![simplified(&path), path];
                readings.dedup();
                Self::Readings(readings)
            }
        }
    }
}

/// Whether it names a host, as `http://host/path` and `//host/path` do.
pub(in super::super) fn is_absolute(path: &str) -> bool {
    let scheme = path.split(['/', '?', '#']).next().unwrap_or_default();
    path.starts_with("//") || scheme.contains(':')
}

/// Whether an escape is malformed, or hides a character that belongs to the structure of a path.
fn has_odd_escape(path: &str) -> bool {
    path.split('%').skip(1).any(|rest| {
        let code = rest.get(..2).map(str::to_ascii_lowercase);
        let code = code.filter(|code| code.bytes().all(|byte| byte.is_ascii_hexdigit()));
        code.is_none_or(|code| ["2e", "2f", "5c", "00", "25"].contains(&code.as_str()))
    })
}

fn decoded(path: &str) -> Option<String> {
    percent_decode_str(path).decode_utf8().ok().map(|path| path.into_owned())
}

fn is_ambiguous(path: &str) -> bool {
    path.contains(|c: char| c.is_control() || c == '\\' || is_like_slash(c)) || path.split('/').any(is_like_dots)
}

/// Whether a server may normalise it to a slash or a backslash.
fn is_like_slash(c: char) -> bool {
    matches!(
        c,
        '\u{2044}'
            | '\u{2215}'
            | '\u{2216}'
            | '\u{29f5}'
            | '\u{29f8}'
            | '\u{29f9}'
            | '\u{fe68}'
            | '\u{ff0f}'
            | '\u{ff3c}'
    )
}

/// Whether a server may normalise the segment to dots alone, without its parameters and invisible
/// characters.
fn is_like_dots(segment: &str) -> bool {
    let name = segment.split([';', '?', '#']).next().unwrap_or_default();
    let mut visible = name.chars().filter(|c| !c.is_whitespace() && !is_invisible(*c)).peekable();
    visible.peek().is_some()
        && visible.all(|c| {
            matches!(c, '.' | '\u{2024}'..='\u{2026}' | '\u{3002}' | '\u{fe19}' | '\u{fe52}' | '\u{ff0e}' | '\u{ff61}')
        })
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
}

/// The path as the laxest server reads it: cut at `?` and `#`, without empty segments, and each
/// segment without parameters and trailing dots and spaces.
fn simplified(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    let segments = path.split('/').map(|segment| {
        let name = segment.split(';').next().unwrap_or_default();
        name.trim_end_matches(|c: char| c == '.' || c.is_whitespace())
    });
    let mut simplified: String = segments.filter(|name| !name.is_empty()).flat_map(|name| ["/", name]).collect();
    if path.ends_with('/') {
        simplified.push('/');
    }
    simplified
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_plain_path_has_one_reading_decoded() {
        for (path, reading) in [
            ("/", "/"),
            ("/a/b/", "/a/b/"),
            ("/my%20files/a.b", "/my files/a.b"),
            ("/%C3%A9t%C3%A9", "/été"),
            ("/.hidden/a..b", "/.hidden/a..b"),
            ("/a:b/c", "/a:b/c"),
            ("/g/%5B", "/g/["),
        ] {
            assert_eq!(CallPath::read(path), CallPath::Readings(vec![reading.into()]), "{path}");
        }
        assert_eq!(CallPath::read(""), CallPath::Untold);
    }

    #[test]
    fn what_servers_may_leave_out_is_a_second_reading() {
        for (path, lax) in [
            ("/admin;x=public", "/admin"),
            ("/a;b/c;d", "/a/c"),
            ("/a%3bb", "/a"),
            ("/a//b", "/a/b"),
            ("/a//", "/a/"),
            ("/a%3Fb/c", "/a"),
            ("/a#b", "/a"),
            ("/a./b%20", "/a/b"),
        ] {
            let plain = percent_decode_str(path).decode_utf8_lossy().into_owned();
            assert_eq!(CallPath::read(path), CallPath::Readings(vec![lax.into(), plain]), "{path}");
        }
    }

    #[test]
    fn a_path_that_could_mean_another_matches_nothing() {
        for path in [
            "/a/../b",
            "/a/./b",
            "/a/..",
            "/a/.../b",
            "/a/%2e%2e/b",
            "/a/%2E/b",
            "/a/.%2e/b",
            "/file%2etxt",
            "/a/..;/b",
            "/a/..;x=1/b",
            "/a/..%3b/b",
            "/a/..%3bx/b",
            "/a/.. /b",
            "/a/..%20/b",
            "/a/. ./b",
            "/a/..%09/b",
            "/a/..?/b",
            "/a/..#",
            "/a/%u002e%u002e/b",
            "/a/%uff0e/b",
            "/a/%",
            "/a/%2",
            "/a/%zz",
            "/100%/x",
            "/a/．．/b",
            "/a/%EF%BC%8E%EF%BC%8E/b",
            "/a/․․/b",
            "/a/‥/b",
            "/a/．.;x/b",
            "/a/..\u{200b}/b",
            "/a／b",
            "/a＼b",
            "/a∕b",
            "/a%2fb",
            "/a%5Cb",
            "/a\\b",
            "/a\nb",
            "/a%0ab",
            "/a%7fb",
            "/a\u{85}b",
            "/a%00",
            "/a%252e",
            "/a/%c0%ae%c0%ae/b",
            "/a/%ff",
            "http://host/a",
            "HTTP://host/a",
            "//host/a",
            "https:/a",
            "a/b",
            "*",
            "(",
        ] {
            assert_eq!(CallPath::read(path), CallPath::Ambiguous, "{path}");
        }
        assert_eq!(CallPath::read(&"/x".repeat(MAX_BYTES)), CallPath::Ambiguous);
    }

    proptest! {
        #[test]
        fn no_reading_of_any_path_has_a_segment_of_dots(path in "[/.;%a2eE \\\\?#．‥]{0,24}") {
            if let CallPath::Readings(readings) = CallPath::read(&path) {
                for segment in readings.iter().flat_map(|reading| reading.split('/')) {
                    prop_assert!(segment.is_empty() || segment.contains(|c| c != '.'), "{:?}", readings);
                }
            }
        }

        #[test]
        fn any_path_is_read_without_a_panic(path in any::<String>()) {
            let _read = CallPath::read(&path);
        }
    }
}
