//! The imports between the files of a source tree: their levels and circles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Files, by their path below the tree's folder, each with the files that it imports.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Graph {
    imports: BTreeMap<String, BTreeSet<String>>,
}

impl Graph {
    pub(super) fn add_file(&mut self, file: &str) {
        self.imports.entry(file.to_owned()).or_default();
    }

    /// Adds an import; a file's import of itself is ignored.
    pub(super) fn add_import(&mut self, from: &str, to: &str) {
        self.add_file(to);
        let imports = self.imports.entry(from.to_owned()).or_default();
        if from != to {
            imports.insert(to.to_owned());
        }
    }

    pub(super) fn file_count(&self) -> usize {
        self.imports.len()
    }

    /// Every import as `(from, to)`.
    pub(super) fn imports(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.imports.iter();
        pairs.flat_map(|(from, all)| all.iter().map(|to| (from.as_str(), to.as_str())))
    }

    /// Returns the files level by level, bottom up: each file stands above all files that it imports.
    ///
    /// Files that import each other in a circle share a level.
    pub(super) fn levels(&self) -> Vec<Vec<&str>> {
        let groups = self.groups();
        let mut level_of: BTreeMap<&str, usize> = BTreeMap::new();
        let mut levels: Vec<Vec<&str>> = Vec::new();
        // A group comes after all groups that it imports.
        for group in groups {
            let below = group.iter().flat_map(|file| &self.imports[*file]);
            let level = below
                .filter_map(|file| level_of.get(file.as_str()))
                .max()
                .map_or(0, |level| level + 1);
            if levels.len() <= level {
                levels.resize_with(level + 1, Vec::new);
            }
            level_of.extend(group.iter().map(|file| (*file, level)));
            levels[level].extend(group);
        }
        for level in &mut levels {
            level.sort_unstable();
        }
        levels
    }

    /// Returns the files that import no other file and that no other file imports.
    pub(super) fn apart(&self) -> Vec<&str> {
        let imported: BTreeSet<&str> = self.imports().map(|(_, to)| to).collect();
        let files = self.imports.iter().filter(|(_, all)| all.is_empty());
        files
            .map(|(file, _)| file.as_str())
            .filter(|file| !imported.contains(file))
            .collect()
    }

    /// Returns the shortest circle of each group of files that reach each other.
    pub(super) fn circles(&self) -> Vec<Circle<'_>> {
        let groups = self.groups().into_iter().filter(|group| group.len() > 1);
        groups.map(|group| self.circle(&group)).collect()
    }

    fn circle<'a>(&'a self, group: &[&'a str]) -> Circle<'a> {
        let members: BTreeSet<&str> = group.iter().copied().collect();
        let from_each = members.iter().map(|file| self.way_back(file, &members));
        let files = from_each.min_by_key(Vec::len).unwrap_or_default();
        Circle {
            files,
            group: members.len(),
        }
    }

    /// Returns the shortest way from `start` along imports within `members` back to `start`, in order.
    fn way_back<'a>(&'a self, start: &'a str, members: &BTreeSet<&'a str>) -> Vec<&'a str> {
        let mut came_from: BTreeMap<&str, &str> = BTreeMap::new();
        let mut queue = VecDeque::from([start]);
        while let Some(file) = queue.pop_front() {
            for to in self.imports[file].iter().map(String::as_str) {
                if to == start {
                    let steps = std::iter::successors(Some(file), |at| came_from.get(at).copied());
                    let mut files: Vec<&str> = steps.collect();
                    files.reverse();
                    return files;
                }
                if members.contains(to) && !came_from.contains_key(to) {
                    came_from.insert(to, file);
                    queue.push_back(to);
                }
            }
        }
        Vec::new()
    }

    /// Returns the groups of files that reach each other, lower groups first (Tarjan's algorithm).
    fn groups(&self) -> Vec<Vec<&str>> {
        let mut search = Search {
            graph: self,
            number_of: BTreeMap::new(),
            stack: Vec::new(),
            groups: Vec::new(),
        };
        for file in self.imports.keys() {
            if !search.number_of.contains_key(file.as_str()) {
                search.visit(file);
            }
        }
        search.groups
    }
}

/// Files that import each other in this order; the last one imports the first.
#[derive(Debug, PartialEq)]
pub(super) struct Circle<'a> {
    pub(super) files: Vec<&'a str>,
    /// How many files reach each other, those outside of this circle included.
    pub(super) group: usize,
}

struct Search<'a> {
    graph: &'a Graph,
    number_of: BTreeMap<&'a str, usize>,
    stack: Vec<&'a str>,
    groups: Vec<Vec<&'a str>>,
}

impl<'a> Search<'a> {
    /// Returns the smallest number that `file` reaches on the stack.
    fn visit(&mut self, file: &'a str) -> usize {
        let number = self.number_of.len();
        self.number_of.insert(file, number);
        self.stack.push(file);
        let mut lowest = number;
        for to in &self.graph.imports[file] {
            if !self.number_of.contains_key(to.as_str()) {
                lowest = lowest.min(self.visit(to));
            } else if self.stack.contains(&to.as_str()) {
                lowest = lowest.min(self.number_of[to.as_str()]);
            }
        }
        if lowest == number {
            let start = self.stack.iter().position(|other| *other == file);
            self.groups
                .push(self.stack.split_off(start.unwrap_or_default()));
        }
        lowest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(imports: &[(&str, &str)]) -> Graph {
        let mut graph = Graph::default();
        for (from, to) in imports {
            graph.add_import(from, to);
        }
        graph
    }

    #[test]
    fn a_file_stands_above_all_that_it_imports() {
        let graph = graph(&[("lib", "b"), ("lib", "a"), ("b", "a"), ("c", "a")]);
        assert_eq!(graph.levels(), [vec!["a"], vec!["b", "c"], vec!["lib"]]);
        assert_eq!(graph.circles(), []);
    }

    #[test]
    fn a_circle_is_shown_in_order_and_at_its_shortest() {
        let graph = graph(&[
            ("top", "a"),
            ("a", "b"),
            ("b", "c"),
            ("c", "a"),
            ("c", "d"),
            ("d", "b"),
            ("d", "a"),
            ("b", "bottom"),
            ("d", "c"),
        ]);
        let circle = Circle {
            files: vec!["c", "d"],
            group: 4,
        };
        assert_eq!(graph.circles(), [circle]);
        let levels = [vec!["bottom"], vec!["a", "b", "c", "d"], vec!["top"]];
        assert_eq!(graph.levels(), levels);
    }

    #[test]
    fn a_file_that_names_itself_is_not_a_circle() {
        let graph = graph(&[("a", "a")]);
        assert_eq!(graph.circles(), []);
        assert_eq!(graph.levels(), [vec!["a"]]);
    }
}
