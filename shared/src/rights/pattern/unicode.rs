//! Unicode's categories, scripts and simple case folding, as far as Go's tables know them.

use std::sync::OnceLock;

use regex_syntax::hir::{Class, ClassUnicode, ClassUnicodeRange, HirKind};

use super::set::{LAST, Range, Ranges};

/// No characters, and in no text.
const SURROGATES: Range = (0xd800, 0xdfff);

/// What Go's tables know: what later versions of Unicode added is in no class of Go's.
const KNOWN: &str = r"[\p{age=15.0}--\p{gc=Cn}]";

/// The scripts that Go finds by name. It drops hyphens and underscores from the name that it looks
/// for and not from the names in its table, so it finds none of several words.
const SCRIPTS: &str = "\
    Adlam Ahom Arabic Armenian Avestan Balinese Bamum Batak Bengali Bhaiksuki Bopomofo Brahmi Braille \
    Buginese Buhid Carian Chakma Cham Cherokee Chorasmian Common Coptic Cuneiform Cypriot Cyrillic Deseret \
    Devanagari Dogra Duployan Elbasan Elymaic Ethiopic Georgian Glagolitic Gothic Grantha Greek Gujarati \
    Gurmukhi Han Hangul Hanunoo Hatran Hebrew Hiragana Inherited Javanese Kaithi Kannada Katakana Kawi \
    Kharoshthi Khmer Khojki Khudawadi Lao Latin Lepcha Limbu Lisu Lycian Lydian Mahajani Makasar Malayalam \
    Mandaic Manichaean Marchen Medefaidrin Miao Modi Mongolian Mro Multani Myanmar Nabataean Nandinagari \
    Newa Nko Nushu Ogham Oriya Osage Osmanya Palmyrene Phoenician Rejang Runic Samaritan Saurashtra Sharada \
    Shavian Siddham Sinhala Sogdian Soyombo Sundanese Syriac Tagalog Tagbanwa Takri Tamil Tangsa Tangut \
    Telugu Thaana Thai Tibetan Tifinagh Tirhuta Toto Ugaritic Vai Vithkuqi Wancho Yezidi Yi";

/// The code points of the category or script of this name; `None` when Go knows none.
pub(super) fn named(name: &str) -> Option<Ranges> {
    let name: String = name.chars().filter(|c| !matches!(c, '_' | '-' | ' ')).collect();
    let letters = name.bytes().all(|byte| byte.is_ascii_alphabetic());
    // The library would pass over a leading "is", which Go does not know.
    if !letters || name.is_empty() || name.get(..2).is_some_and(|is| is.eq_ignore_ascii_case("is")) {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    match lower.as_str() {
        "any" => return Some(Ranges::of(&[(0, LAST)])),
        "cs" | "surrogate" => return Some(Ranges::of(&[SURROGATES])),
        "cn" | "unassigned" => return Some(from_library(known()).negated()),
        _ => {}
    }
    let is_script = SCRIPTS.split(' ').any(|script| script.eq_ignore_ascii_case(&name));
    let property = if is_script { "sc" } else { "gc" };
    let mut class = library_class(&format!(r"\p{{{property}={name}}}"))?;
    class.intersect(known());
    let mut ranges = from_library(&class);
    if matches!(lower.as_str(), "c" | "other") {
        ranges.extend(&from_library(known()).negated());
    }
    Some(ranges)
}

/// The code points of `ranges`, and those that differ from one of them in case only.
pub(super) fn folded(ranges: &Ranges) -> Ranges {
    let mut all = ranges.clone();
    if ranges.iter().all(|(_, last)| last < 128) {
        for (first, last) in ranges.iter() {
            fold_ascii(first, last, &mut all);
        }
        return all;
    }
    let mut cased = ClassUnicode::new(ranges.iter().flat_map(library_ranges));
    cased.intersect(known());
    // Fails only without the tables, which the library is built with.
    if cased.try_case_fold_simple().is_ok() {
        cased.intersect(known());
        all.extend(&from_library(&cased));
    }
    all
}

fn fold_ascii(first: u32, last: u32, all: &mut Ranges) {
    const SHIFT: u32 = 'a' as u32 - 'A' as u32;
    for (from, to, up) in [('a' as u32, 'z' as u32, true), ('A' as u32, 'Z' as u32, false)] {
        let (first, last) = (first.max(from), last.min(to));
        if first <= last {
            all.push(if up { (first - SHIFT, last - SHIFT) } else { (first + SHIFT, last + SHIFT) });
            // Beyond ASCII two letters fold into it: the Kelvin sign and the long s.
            for (letter, other) in [(b'k', 0x212a), (b's', 0x017f)] {
                let letter = if up { letter } else { letter.to_ascii_uppercase() };
                if (first..=last).contains(&u32::from(letter)) {
                    all.push((other, other));
                }
            }
        }
    }
}

fn known() -> &'static ClassUnicode {
    static TABLE: OnceLock<ClassUnicode> = OnceLock::new();
    TABLE.get_or_init(|| library_class(KNOWN).unwrap_or_else(ClassUnicode::empty))
}

fn library_class(pattern: &str) -> Option<ClassUnicode> {
    match regex_syntax::parse(pattern).ok()?.into_kind() {
        HirKind::Class(Class::Unicode(class)) => Some(class),
        // The library's form of a class of one character.
        HirKind::Literal(literal) => {
            let c = std::str::from_utf8(&literal.0).ok()?.chars().next()?;
            Some(ClassUnicode::new([ClassUnicodeRange::new(c, c)]))
        }
        _ => None,
    }
}

fn from_library(class: &ClassUnicode) -> Ranges {
    let ranges: Vec<_> = class.ranges().iter().map(|range| (range.start().into(), range.end().into())).collect();
    Ranges::of(&ranges)
}

/// The range without surrogates, which no text contains.
fn library_ranges((first, last): Range) -> impl Iterator<Item = ClassUnicodeRange> {
    let parts = [(first, last.min(SURROGATES.0 - 1)), (first.max(SURROGATES.1 + 1), last)];
    parts
        .into_iter()
        .filter(|(first, last)| first <= last)
        .filter_map(|(first, last)| Some(ClassUnicodeRange::new(char::from_u32(first)?, char::from_u32(last)?)))
}
