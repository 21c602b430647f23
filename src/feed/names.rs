//! Names of elements: which elements are open, and which namespace a prefix means. More forgiving than the XML
//! namespaces standard, because shops forget or misspell the declaration of `g:`. Used by `reader` only.

use quick_xml::events::BytesStart;

/// Google's namespace for product attributes, without scheme and trailing slash.
const PRODUCT_URI: &str = "base.google.com/ns/1.0";
const CUSTOM_URI: &str = "base.google.com/cns/1.0";
/// No sound feed declares more; the rest is ignored.
const MAX_BINDINGS: usize = 64;
/// Names of open elements are remembered up to this length.
const MAX_NAME: usize = 128;

/// What kind of vocabulary an element belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Space {
    /// Google's product attributes (`g:`).
    Product,
    /// The feed's own vocabulary: RSS, Atom, or no namespace at all.
    Base,
    /// Anything else, which is ignored.
    Foreign,
}

/// The namespace of an element, and whether it took forbearance to tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Resolved {
    pub(super) space: Space,
    /// The prefix `g:` is not declared, or declared as something else than Google's namespace.
    pub(super) lenient: bool,
}

struct Binding {
    prefix: String,
    space: Space,
    depth: usize,
}

/// The namespace declarations in force.
#[derive(Default)]
pub(super) struct Namespaces {
    bindings: Vec<Binding>,
}

impl Namespaces {
    /// Takes in the declarations of an element that opens at `depth`.
    pub(super) fn enter(&mut self, start: &BytesStart<'_>, depth: usize) {
        if !start.attributes_raw().contains("xmlns") {
            return;
        }
        for attribute in start.attributes().with_checks(false).take(MAX_BINDINGS).flatten() {
            let prefix = match attribute.key.as_ref().split_once(':') {
                Some(("xmlns", prefix)) => prefix,
                None if attribute.key.as_ref() == "xmlns" => "",
                _ => continue,
            };
            if self.bindings.len() < MAX_BINDINGS && prefix.len() <= MAX_NAME {
                let space = space_of(&attribute.value);
                self.bindings.push(Binding {
                    prefix: prefix.to_owned(),
                    space,
                    depth,
                });
            }
        }
    }

    /// Forgets the declarations of elements at `depth` and deeper.
    pub(super) fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|binding| binding.depth >= depth) {
            self.bindings.pop();
        }
    }

    pub(super) fn resolve(&self, prefix: &str) -> Resolved {
        let bound = self
            .bindings
            .iter()
            .rev()
            .find(|binding| binding.prefix == prefix)
            .map(|binding| binding.space);
        match (prefix, bound) {
            ("", Some(Space::Product)) => Resolved {
                space: Space::Product,
                lenient: false,
            },
            ("", _) => Resolved {
                space: Space::Base,
                lenient: false,
            },
            ("g", Some(Space::Foreign) | None) => Resolved {
                space: Space::Product,
                lenient: true,
            },
            (_, Some(space)) => Resolved { space, lenient: false },
            (_, None) => Resolved {
                space: Space::Foreign,
                lenient: false,
            },
        }
    }
}

fn space_of(uri: &str) -> Space {
    let uri = uri.trim().to_ascii_lowercase();
    let bare = uri
        .strip_prefix("https://")
        .or_else(|| uri.strip_prefix("http://"))
        .unwrap_or(&uri);
    match bare.trim_end_matches('/') {
        PRODUCT_URI => Space::Product,
        CUSTOM_URI => Space::Foreign,
        "www.w3.org/2005/atom" | "purl.org/atom/ns#" | "purl.org/rss/1.0" => Space::Base,
        _ => Space::Foreign,
    }
}

/// The names of the elements that are open, outermost first. Beyond the limit only their number is kept.
pub(super) struct OpenElements {
    names: String,
    starts: Vec<usize>,
    beyond: usize,
    max: usize,
}

impl OpenElements {
    pub(super) fn new(max: usize) -> Self {
        Self {
            names: String::new(),
            starts: Vec::new(),
            beyond: 0,
            max,
        }
    }

    /// How many elements are open, as far as names are kept.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// Whether elements are open beyond the limit.
    pub(super) fn is_too_deep(&self) -> bool {
        self.beyond > 0
    }

    pub(super) fn push(&mut self, name: &str) {
        if self.starts.len() >= self.max {
            self.beyond += 1;
            return;
        }
        self.starts.push(self.names.len());
        self.names.push_str(shorten(name));
    }

    pub(super) fn name(&self, index: usize) -> Option<&str> {
        let start = *self.starts.get(index)?;
        let end = self.starts.get(index + 1).copied().unwrap_or(self.names.len());
        self.names.get(start..end)
    }

    /// Closes one element beyond the limit, if any is open there.
    pub(super) fn pop_beyond(&mut self) -> bool {
        let was_beyond = self.beyond > 0;
        self.beyond = self.beyond.saturating_sub(1);
        was_beyond
    }

    /// The innermost open element of this name. Case is no matter: `</Title>` closes `<title>`.
    pub(super) fn innermost(&self, name: &str) -> Option<usize> {
        let name = shorten(name);
        (0..self.len())
            .rev()
            .find(|index| self.name(*index).is_some_and(|open| open.eq_ignore_ascii_case(name)))
    }

    /// Closes elements until `len` are open.
    pub(super) fn truncate(&mut self, len: usize) {
        self.beyond = 0;
        if let Some(start) = self.starts.get(len).copied() {
            self.names.truncate(start);
            self.starts.truncate(len);
        }
    }
}

fn shorten(name: &str) -> &str {
    &name[..name.floor_char_boundary(MAX_NAME)]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_means_what_it_is_bound_to() {
        let mut spaces = Namespaces::default();
        let attributes = [
            ("xmlns", "http://www.w3.org/2005/Atom"),
            ("xmlns:c", "https://base.google.com/ns/1.0/"),
            ("xmlns:x", "http://base.google.com/cns/1.0"),
        ];
        spaces.enter(&BytesStart::new("feed").with_attributes(attributes), 0);
        assert_eq!(
            spaces.resolve("c"),
            Resolved {
                space: Space::Product,
                lenient: false
            }
        );
        assert_eq!(spaces.resolve("x").space, Space::Foreign);
        assert_eq!(spaces.resolve("").space, Space::Base);
        assert_eq!(
            spaces.resolve("g"),
            Resolved {
                space: Space::Product,
                lenient: true
            }
        );
        assert_eq!(spaces.resolve("media").space, Space::Foreign);
        spaces.leave(0);
        assert_eq!(spaces.resolve("c").space, Space::Foreign);
    }

    #[test]
    fn elements_beyond_the_limit_are_only_counted() {
        let mut open = OpenElements::new(2);
        for name in ["rss", "channel", "item"] {
            open.push(name);
        }
        assert_eq!((open.len(), open.is_too_deep()), (2, true));
        assert!(open.pop_beyond());
        assert!(!open.pop_beyond());
        assert_eq!(open.innermost("RSS"), Some(0));
        open.truncate(1);
        assert_eq!((open.name(0), open.name(1)), (Some("rss"), None));
    }
}
