//! The rows that the arguments ask for.

use clap::ValueEnum;

use super::{Client, ROWS, Row};

/// The values of `--only`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    Raw,
    Tidewire,
    RustSocketio,
    Node,
    /// 19,000 connections of one process: tidewire's alone.
    Scale,
}

/// The rows to measure.
pub(crate) struct Wanted {
    pub(crate) rows: Vec<usize>,
    pub(crate) scale: bool,
}

/// Everything, or some clients, or rows whose name has one of these texts. Where there is a row, the raw rows of its measurement
/// are too, for the ratios.
pub(crate) fn wanted(only: &[Part], names: &[String]) -> Wanted {
    let is_wanted = |row: &Row| is_of(row.client, only) && is_named(row, names);
    let wanted: Vec<&Row> = ROWS.iter().filter(|row| is_wanted(row)).collect();
    let is_base = |row: &Row| {
        let mut same = wanted.iter().map(|wanted| wanted.measurement);
        row.client == Client::Raw && same.any(|measurement| measurement == row.measurement)
    };
    let places = 0..ROWS.len();
    Wanted {
        rows: places
            .filter(|&at| is_wanted(&ROWS[at]) || is_base(&ROWS[at]))
            .collect(),
        scale: only.contains(&Part::Scale) || only.is_empty() && names.is_empty(),
    }
}

fn is_of(client: Client, only: &[Part]) -> bool {
    only.is_empty() || only.iter().any(|part| part.client() == Some(client))
}

fn is_named(row: &Row, names: &[String]) -> bool {
    let own = row.name();
    names.is_empty() || names.iter().any(|name| own.contains(name.as_str()))
}

impl Part {
    fn client(self) -> Option<Client> {
        match self {
            Part::Raw => Some(Client::Raw),
            Part::Tidewire => Some(Client::Tidewire),
            Part::RustSocketio => Some(Client::RustSocketio),
            Part::Node => Some(Client::Node),
            Part::Scale => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows::Measurement;

    #[test]
    fn a_part_brings_the_raw_rows_if_it_has_rows_at_all() {
        let scale = wanted(&[Part::Scale], &[]);
        assert_eq!((scale.rows.len(), scale.scale), (0, true));
        let node = wanted(&[Part::Node], &[]);
        assert!(!node.scale);
        assert!(node.rows.iter().any(|&at| ROWS[at].client == Client::Raw));
        let all = wanted(&[], &[]);
        assert_eq!((all.rows.len(), all.scale), (ROWS.len(), true));
    }

    #[test]
    fn a_name_brings_the_raw_rows_of_its_measurement_alone() {
        let wanted = wanted(&[], &["receive: tidewire".to_owned()]);
        let rows: Vec<&Row> = wanted.rows.iter().map(|&at| &ROWS[at]).collect();
        assert!(
            rows.iter()
                .all(|row| row.measurement == Measurement::Receive)
        );
        let of = |client| rows.iter().filter(|row| row.client == client).count();
        assert_eq!((of(Client::Raw), of(Client::Tidewire)), (2, 3));
        assert_eq!((rows.len(), wanted.scale), (5, false));
    }
}
