//! Sources in, checked sections out.

use std::collections::BTreeMap;

use crate::problem::Fault;
use crate::section::typed;
use crate::tree::{Node, Table, Value, merge};
use crate::{Origin, Problem, Problems, Registration, Section, SectionDoc, Sources};

/// The sections that a configuration may have.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    sections: Vec<Registration>,
}

impl Loader {
    /// A loader that knows the broker's own sections ([`crate::sections`]).
    #[must_use]
    pub fn new() -> Self {
        Self { sections: crate::sections::all().to_vec() }
    }

    /// A loader that knows no section.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Adds a section, after those it has; the first of two with one name wins.
    #[must_use]
    pub fn with(mut self, section: Registration) -> Self {
        if self.sections.iter().all(|known| known.name() != section.name()) {
            self.sections.push(section);
        }
        self
    }

    /// The documentation of every section, in order.
    #[must_use]
    pub fn docs(&self) -> Vec<SectionDoc> {
        self.sections.iter().map(Registration::doc).collect()
    }

    /// Lays the sources over the defaults and checks every section.
    ///
    /// # Errors
    /// Everything that is wrong, in all sources and sections, each with its place.
    pub fn load(&self, sources: &Sources) -> Result<Loaded, Problems> {
        let (layers, mut problems) = sources.layers();
        let docs = self.docs();
        let defaults: Table = docs.iter().map(|doc| (doc.name.to_owned(), doc.default_tree())).collect();
        let mut tree = defaults.clone();
        for layer in layers {
            if let Value::Table(table) = layer.value {
                merge(&mut tree, table);
            }
        }
        problems.extend(self.unknown_sections(&tree));
        let mut effective = BTreeMap::new();
        for section in &self.sections {
            let (Some(node), Some(default)) = (tree.get(section.name()), defaults.get(section.name())) else {
                continue;
            };
            match section.validate(node, default) {
                Ok(values) => {
                    effective.insert(section.name(), values);
                }
                Err(found) => problems.extend(found.into_vec()),
            }
        }
        if problems.is_empty() {
            Ok(Loaded { docs, defaults, tree, effective })
        } else {
            Err(Problems::new(problems))
        }
    }

    fn unknown_sections(&self, tree: &Table) -> Vec<Problem> {
        let known: Vec<String> = self.sections.iter().map(|section| section.name().to_owned()).collect();
        let unknown = tree.iter().filter(|(name, _)| !known.contains(name));
        unknown
            .map(|(name, node)| {
                let place = match (&node.key_origin, &node.value) {
                    (Origin::Default, _) => &node.origin,
                    (place, _) => place,
                };
                Problem::new(Fault::UnknownKey { known: known.clone() }).under(name).or_at(place)
            })
            .collect()
    }
}

/// A configuration that was read and found right.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub(crate) docs: Vec<SectionDoc>,
    defaults: Table,
    pub(crate) tree: Table,
    /// By section, every value that holds, as the file would say it.
    pub(crate) effective: BTreeMap<&'static str, toml::Table>,
}

impl Loaded {
    /// The section `T`, checked.
    ///
    /// # Errors
    /// None for a section that the loader knew: it was checked then. A section that it did not know is read
    /// now, from its defaults alone, and may refuse those.
    pub fn section<T: Section>(&self) -> Result<T, Problems> {
        match (self.tree.get(T::NAME), self.defaults.get(T::NAME)) {
            (Some(tree), Some(defaults)) => typed(tree, defaults),
            _ => {
                let defaults: Node = SectionDoc::of::<T>().default_tree();
                typed(&defaults, &defaults)
            }
        }
    }
}
