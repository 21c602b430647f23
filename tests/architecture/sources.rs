//! Reads the program's sources as far as paths go: which modules and crates each file names.
//!
//! No parser of the language: names and `::` are enough, once comments, texts and unit tests are
//! left out. A use that hides behind a macro or a re-export is not seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

pub(super) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// A source file, without its unit tests.
pub(super) struct Source {
    pub(super) file: PathBuf,
    /// Where it stands: `["service", "order", "import"]`.
    pub(super) module: Vec<String>,
    tokens: Vec<String>,
}

impl Source {
    pub(super) fn room(&self) -> &str {
        self.module.first().map_or("", String::as_str)
    }

    /// The paths into the program that it names, from the program's root.
    pub(super) fn inside(&self) -> BTreeSet<String> {
        let mut paths = BTreeSet::new();
        for at in self.beginnings() {
            let (prefix, next) = match self.tokens[at].as_str() {
                "crate" => (Vec::new(), at + 2),
                "fidelidade" if self.room() == "main" => (Vec::new(), at + 2),
                "super" => (self.module.clone(), at),
                _ => continue,
            };
            self.walk(next, prefix, &mut paths);
        }
        paths.remove("");
        paths
    }

    /// What other paths begin with: crates, and names that are in scope.
    pub(super) fn outside(&self) -> BTreeSet<String> {
        self.beginnings().map(|at| self.tokens[at].clone()).collect()
    }

    /// Where a path begins: a name before `::` that does not itself stand after one.
    fn beginnings(&self) -> impl Iterator<Item = usize> {
        (0..self.tokens.len()).filter(|at| {
            self.token(at + 1) == "::" && is_name(&self.tokens[*at]) && (*at == 0 || self.token(at - 1) != "::")
        })
    }

    /// Follows a path, and each branch of a group, to the end. Answers where it ended.
    fn walk(&self, mut at: usize, mut prefix: Vec<String>, paths: &mut BTreeSet<String>) -> usize {
        loop {
            if self.token(at) == "{" {
                at += 1;
                while !matches!(self.token(at), "}" | "") {
                    at = self.walk(at, prefix.clone(), paths);
                    while !matches!(self.token(at), "," | "}" | "") {
                        at += 1; // A new name: `as _`.
                    }
                    if self.token(at) == "," {
                        at += 1;
                    }
                }
                return at + 1;
            }
            match self.token(at) {
                "self" => {}
                "super" => drop(prefix.pop()),
                name if is_name(name) => prefix.push(name.to_owned()),
                _ => {}
            }
            if self.token(at + 1) == "::" && is_name(self.token(at)) {
                at += 2;
            } else {
                paths.insert(prefix.join("::"));
                return at + 1;
            }
        }
    }

    fn token(&self, at: usize) -> &str {
        self.tokens.get(at).map_or("", String::as_str)
    }
}

fn is_name(token: &str) -> bool {
    token.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Every source file of the program but those of unit tests.
pub(super) fn sources() -> Vec<Source> {
    let src = root().join("src");
    let mut found = Vec::new();
    let mut folders = vec![src.clone()];
    let mut unit_tests = BTreeSet::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let file = entry.unwrap().path();
            if file.is_dir() {
                folders.push(file);
            } else if file.extension().is_some_and(|ending| ending == "rs") {
                let module = module_of(file.strip_prefix(&src).unwrap());
                let mut tokens = tokens(&fs::read_to_string(&file).unwrap());
                cut_unit_tests(&mut tokens, &module, &mut unit_tests);
                found.push(Source { file, module, tokens });
            }
        }
    }
    found.retain(|source| {
        let ancestors = (1..=source.module.len()).map(|levels| source.module[..levels].join("::"));
        source.module != ["lib"] && !ancestors.into_iter().any(|module| unit_tests.contains(&module))
    });
    assert!(found.len() > 100, "the sources were not found in {}", src.display());
    found
}

fn module_of(file: &Path) -> Vec<String> {
    let mut module: Vec<String> = file
        .with_extension("")
        .iter()
        .map(|part| part.to_string_lossy().into_owned())
        .collect();
    if module.last().is_some_and(|name| name == "mod") {
        module.pop();
    }
    module
}

/// Notes modules that are declared for tests only, and cuts off those that are written in place,
/// which stand last in their file.
fn cut_unit_tests(tokens: &mut Vec<String>, module: &[String], unit_tests: &mut BTreeSet<String>) {
    const MARK: [&str; 7] = ["#", "[", "cfg", "(", "test", ")", "]"];
    for at in 0..tokens.len() {
        let Some(rest) = tokens
            .get(at..)
            .filter(|rest| rest.starts_with(&MARK.map(str::to_owned)))
        else {
            continue;
        };
        let mut rest = rest[MARK.len()..]
            .iter()
            .skip_while(|token| matches!(token.as_str(), "pub" | "(" | "crate" | "super" | ")"));
        if let (Some("mod"), Some(name), Some(next)) = (rest.next().map(String::as_str), rest.next(), rest.next()) {
            if next == "{" {
                tokens.truncate(at);
                return;
            }
            let mut path = module.to_vec();
            path.push(name.clone());
            unit_tests.insert(path.join("::"));
        }
    }
}

/// Names, `::` and single signs of a source text; comments, texts and characters are left out.
fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let length = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if let Some(length) = raw_text(rest) {
            length
        } else if first == '"' {
            quoted(rest, '"')
        } else if first == '\'' && is_character(rest) {
            quoted(rest, '\'')
        } else if first.is_alphanumeric() || first == '_' {
            let end = rest
                .find(|c: char| !c.is_alphanumeric() && c != '_')
                .unwrap_or(rest.len());
            tokens.push(rest[..end].to_owned());
            end
        } else if rest.starts_with("::") {
            tokens.push("::".to_owned());
            2
        } else {
            if !first.is_whitespace() {
                tokens.push(first.to_string());
            }
            first.len_utf8()
        };
        rest = &rest[length..];
    }
    tokens
}

/// The length of `r"…"`, `r#"…"#` and the like.
fn raw_text(rest: &str) -> Option<usize> {
    let hashes = rest.strip_prefix('r')?;
    let body = hashes.trim_start_matches('#');
    let count = hashes.len() - body.len();
    let body = body.strip_prefix('"')?;
    let end = format!("\"{}", "#".repeat(count));
    Some(1 + count + 1 + body.find(&end)? + end.len())
}

/// The length of a text between marks, in which a backslash takes the next sign along.
fn quoted(rest: &str, mark: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == mark => return at + c.len_utf8(),
            _ => {}
        }
    }
    rest.len()
}

/// A character and not a lifetime.
fn is_character(rest: &str) -> bool {
    let mut signs = rest.chars().skip(1);
    signs.next() == Some('\\') || signs.next() == Some('\'')
}

/// Whether a path is a module or something in it: `platform::http::Client` is within `platform`.
pub(super) fn is_within(path: &str, module: &str) -> bool {
    path.strip_prefix(module)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

#[test]
fn paths_are_read_as_the_compiler_reads_them() {
    let source = Source {
        file: PathBuf::new(),
        module: ["service", "order", "import"].map(str::to_owned).to_vec(),
        tokens: tokens(
            r#"
            use crate::{db::begin, graphql::{self, Entrance as _}, mail}; // use crate::feed
            use super::{award, merge};
            fn f<'a>(c: &'a str) -> char { super::super::super::worker::start("crate::http"); '\'' }
            const SLASHES: char = '/'; const TEXT: &str = r"crate::cli"; /* crate::demo */
            type T = Vec<crate::app::App>; use sea_orm::{entity::prelude::*, DbErr};
            "#,
        ),
    };
    let inside = [
        "app::App",
        "db::begin",
        "graphql",
        "graphql::Entrance",
        "mail",
        "service::order::award",
        "service::order::merge",
        "worker::start",
    ];
    assert_eq!(source.inside(), inside.map(str::to_owned).into());
    assert!(source.outside().contains("sea_orm"));
}
