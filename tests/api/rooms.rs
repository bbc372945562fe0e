//! The rooms of `shared` stand in the order that their documentation gives, and what they share is spelled once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// A source file: its path below the folder that was read, and its code without tests and comments.
struct Source {
    path: PathBuf,
    code: String,
}

impl Source {
    /// The room it belongs to: the folder or the file at the top.
    fn room(&self) -> &str {
        let top = self.path.components().next().unwrap().as_os_str().to_str().unwrap();
        top.trim_end_matches(".rs")
    }

    fn is_in_a_room(&self) -> bool {
        !["lib", "mod"].contains(&self.room())
    }

    /// Every path that begins with `root`, as the names behind it: `["store", "Table"]` of `crate::store::Table`, and one
    /// path for each name in braces.
    fn paths(&self, root: &str) -> Vec<Vec<String>> {
        let is_in_path = |c: char| c.is_alphanumeric() || "_:".contains(c);
        let mut paths = Vec::new();
        for (at, _) in self.code.match_indices(root) {
            if self.code[..at].ends_with(is_in_path) {
                continue;
            }
            let rest = &self.code[at + root.len()..];
            let path = &rest[..rest.find(|c| !is_in_path(c)).unwrap_or(rest.len())];
            let path: Vec<_> = path.split("::").filter(|name| !name.is_empty()).map(str::to_owned).collect();
            match rest.find('{').filter(|brace| rest[..*brace].chars().all(is_in_path)) {
                Some(brace) => {
                    let names = rest[brace + 1..].split('}').next().unwrap().split(',').map(str::trim);
                    let names = names.filter(|name| !name.is_empty());
                    paths.extend(names.map(|name| [path.clone(), vec![name.to_owned()]].concat()));
                }
                None => paths.push(path),
            }
        }
        paths
    }
}

/// The folder `path` of the repository, without generated code.
fn sources(path: &str) -> Vec<Source> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    let (mut folders, mut sources) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
                let code = code.lines().filter(|line| !line.trim_start().starts_with("//"));
                let code = code.collect::<Vec<_>>().join("\n");
                sources.push(Source { path: path.strip_prefix(&root).unwrap().to_owned(), code });
            }
        }
    }
    assert!(sources.len() > 10, "too few files in {path}");
    sources
}

/// The rooms in their order, from the sentence in the documentation of the module in `path`.
fn documented_order(path: &str) -> Vec<String> {
    let file = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")).join(path);
    let text = fs::read_to_string(file).unwrap();
    let doc: Vec<_> = text.lines().map_while(|line| line.strip_prefix("//!")).collect();
    let doc = doc.join(" ");
    let (_, sentence) = doc.split_once("Imports go one way, from top to bottom:").expect("the order of the rooms");
    let sentence = sentence.split('.').next().unwrap();
    sentence.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The imports against `order`, as `from -> to (file)`.
fn upward(order: &[String], imports: impl Iterator<Item = (String, String, PathBuf)>) -> BTreeSet<String> {
    let rank = |room: &str| {
        order.iter().position(|known| known == room).unwrap_or_else(|| panic!("{room} is missing from the order"))
    };
    let upward = imports.filter(|(from, to, _)| rank(to) < rank(from));
    upward.map(|(from, to, path)| format!("{from} -> {to} ({})", path.display())).collect()
}

#[test]
fn imports_between_rooms_go_one_way() {
    let order = documented_order("shared/src/lib.rs");
    let sources = sources("shared/src");
    let imports = sources.iter().filter(|source| source.is_in_a_room()).flat_map(|source| {
        let rooms = source.paths("crate::").into_iter().map(|mut path| path.remove(0));
        rooms.map(|to| (source.room().to_owned(), to, source.path.clone()))
    });
    let imports: Vec<_> = imports.collect();
    assert!(imports.len() > 200, "only {} imports were found", imports.len());
    assert_eq!(upward(&order, imports.into_iter()), BTreeSet::new());
}

#[test]
fn imports_within_the_store_go_one_way() {
    let order = documented_order("shared/src/store/mod.rs");
    let sources = sources("shared/src/store");
    let root = sources.iter().find(|source| source.path == Path::new("mod.rs")).unwrap();
    // What `mod.rs` exports again belongs to the room that it is from.
    let mut exports = BTreeMap::new();
    for line in root.code.lines().filter_map(|line| line.strip_prefix("pub use ")) {
        let (path, names) = line.trim_end_matches(['}', ';']).rsplit_once("::").unwrap();
        let room = path.split("::").next().unwrap();
        exports.extend(names.trim_start_matches('{').split(", ").map(|name| (name.to_owned(), room.to_owned())));
    }
    assert!(exports.len() > 30, "only {} names are exported", exports.len());
    let imports = sources.iter().filter(|source| source.is_in_a_room()).flat_map(|source| {
        let is_file = source.path.components().count() == 1;
        let of_root = if is_file { source.paths("super::") } else { Vec::new() };
        let paths = source.paths("crate::store::").into_iter().chain(of_root);
        let names = paths.map(|mut path| path.remove(0)).filter(|name| name != "Store");
        let rooms = names.map(|name| exports.get(&name).cloned().unwrap_or(name));
        rooms.map(|to| (source.room().to_owned(), to, source.path.clone())).collect::<Vec<_>>()
    });
    let imports: Vec<_> = imports.collect();
    assert!(imports.len() > 100, "only {} imports were found", imports.len());
    assert_eq!(upward(&order, imports.into_iter()), BTreeSet::new());
}

#[test]
fn the_prefix_of_a_key_in_the_store_is_spelled_in_one_file() {
    let prefixes =
        ["org", "key", "user", "member", "invited", "windows", "live", "moved", "gone", "report", "idempotency"];
    let spelled = |source: &Source| prefixes.iter().filter(|name| source.code.contains(&format!("\"{name}#"))).count();
    let mut found = BTreeMap::new();
    for folder in ["shared/src", "functions/src", "local/src"] {
        let sources = sources(folder);
        let spelling = sources.iter().map(|source| (Path::new(folder).join(&source.path), spelled(source)));
        found.extend(spelling.filter(|(_, count)| *count > 0));
    }
    assert_eq!(found, BTreeMap::from([("shared/src/store/items/primary_key.rs".into(), prefixes.len())]));
}
