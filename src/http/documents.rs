//! Documents that first-party clients were built with, by their hash: what their manifests say.
//!
//! Knows the three forms that tools write, and nothing of requests. The composition loads them once at
//! the start; `graphql` looks a document up for each request that names one.

use std::{
    collections::HashMap,
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use async_graphql::parser::parse_query;
use serde::Deserialize;

/// Documents by their hash. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Documents(Option<Arc<HashMap<String, Arc<str>>>>);

/// Why a manifest cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    /// The file or folder cannot be read.
    #[error("http.persisted_documents: {} cannot be read: {error}", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is none of the forms.
    #[error(
        "{}: not a manifest of Apollo (generate-persisted-query-manifest) nor an object of hashes and documents \
         (relay-compiler, graphql-codegen): {error}",
        path.display()
    )]
    Form {
        /// Which file.
        path: PathBuf,
        /// What was unexpected.
        error: serde_json::Error,
    },
    /// A document in it is not GraphQL.
    #[error("{}: the document {id} is not GraphQL: {message}", path.display())]
    Document {
        /// Which file.
        path: PathBuf,
        /// Its hash.
        id: String,
        /// What the parser says.
        message: String,
    },
    /// Two files say different things of one hash.
    #[error("{}: the document {id} differs from one of the same hash in another file", path.display())]
    Ambiguous {
        /// The later file.
        path: PathBuf,
        /// The hash.
        id: String,
    },
}

/// The forms of a manifest. Relay and graphql-codegen write the same one.
#[derive(Deserialize)]
#[serde(untagged)]
enum Manifest {
    Apollo { operations: Vec<Operation> },
    Flat(HashMap<String, String>),
}

#[derive(Deserialize)]
struct Operation {
    id: String,
    body: String,
}

impl Documents {
    /// Reads a manifest, or every `.json` of a folder, in the order of their names. An empty path means that there are
    /// none, and that requests which name one are told so.
    pub fn load(path: &Path) -> Result<Self, DocumentsError> {
        if path.as_os_str().is_empty() {
            return Ok(Self::default());
        }
        let mut all = HashMap::new();
        for file in files(path)? {
            let text = fs::read(&file).map_err(|error| unreadable(&file, error))?;
            let documents = read(&text).map_err(|error| DocumentsError::Form {
                path: file.clone(),
                error,
            })?;
            for (id, text) in documents {
                let id = bare(&id).to_owned();
                if let Err(error) = parse_query(&text) {
                    let (path, message) = (file, error.to_string());
                    return Err(DocumentsError::Document { path, id, message });
                }
                let known = all.entry(id.clone()).or_insert_with(|| Arc::<str>::from(text.as_str()));
                if **known != *text {
                    return Err(DocumentsError::Ambiguous { path: file, id });
                }
            }
        }
        Ok(Self(Some(Arc::new(all))))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.as_ref().map_or(0, |documents| documents.len())
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any manifest was configured.
    pub(super) fn are_kept(&self) -> bool {
        self.0.is_some()
    }

    pub(super) fn get(&self, id: &str) -> Option<Arc<str>> {
        self.0.as_ref()?.get(bare(id)).cloned()
    }
}

/// Some tools write which hash it is before it.
fn bare(id: &str) -> &str {
    id.strip_prefix("sha256:").unwrap_or(id)
}

fn read(text: &[u8]) -> Result<Vec<(String, String)>, serde_json::Error> {
    Ok(match serde_json::from_slice(text)? {
        Manifest::Apollo { operations } => operations.into_iter().map(|one| (one.id, one.body)).collect(),
        Manifest::Flat(documents) => documents.into_iter().collect(),
    })
}

fn files(path: &Path) -> Result<Vec<PathBuf>, DocumentsError> {
    let unreadable = |error| unreadable(path, error);
    if !fs::metadata(path).map_err(unreadable)?.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).map_err(unreadable)?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>, io::Error>>()
        .map_err(unreadable)?;
    files.retain(|file| file.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

fn unreadable(path: &Path, error: io::Error) -> DocumentsError {
    DocumentsError::Unreadable {
        path: path.to_owned(),
        error,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
    use super::*;

    const APOLLO: &str = r#"{ "format": "apollo-persisted-query-manifest", "version": 1,
        "operations": [{ "id": "aa", "name": "A", "type": "query", "body": "query A { a }" }] }"#;
    const FLAT: &str = r#"{ "sha256:bb": "query B { b }", "aa": "query A { a }" }"#;

    fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        folder
    }

    #[test]
    fn manifests_of_apollo_relay_and_codegen_are_read_from_a_folder_or_a_file() {
        let folder = folder(&[
            ("apollo.json", APOLLO),
            ("relay.json", FLAT),
            ("README.md", "no manifest"),
        ]);
        let documents = Documents::load(folder.path()).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!(documents.get("bb").as_deref(), Some("query B { b }"));
        let documents = Documents::load(&folder.path().join("apollo.json")).unwrap();
        assert_eq!(documents.get("aa").as_deref(), Some("query A { a }"));
        assert_eq!(documents.get("bb"), None);
        assert!(!Documents::load(Path::new("")).unwrap().are_kept());
    }

    #[test]
    fn what_cannot_be_used_is_named() {
        let refused = |files| Documents::load(folder(files).path()).unwrap_err().to_string();
        assert!(refused(&[("a.json", "[]")]).contains("a.json: not a manifest"));
        assert!(refused(&[("a.json", r#"{ "aa": "query {" }"#)]).contains("the document aa is not GraphQL"));
        let other = r#"{ "aa": "query A { other }" }"#;
        assert!(refused(&[("a.json", APOLLO), ("b.json", other)]).contains("b.json: the document aa differs"));
        let nowhere = Documents::load(Path::new("/nowhere/at/all")).unwrap_err().to_string();
        assert!(
            nowhere.contains("http.persisted_documents: /nowhere/at/all"),
            "{nowhere}"
        );
    }
}
