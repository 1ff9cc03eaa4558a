//! Columns that people choose: `NAME:.metadata.name,STATE:.status.state`.

use super::template::{found, path};
use controlplane_proto::api::{Column, Row};
use serde_json::Value;
use serde_json_path::JsonPath;

/// Headings and where their cells come from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Columns(Vec<(String, JsonPath)>);

impl Columns {
    /// Reads `HEADING:PATH` with commas between.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let columns = text.split(',').map(|column| match column.split_once(':') {
            Some((heading, field)) if !heading.is_empty() => {
                let field =
                    field.strip_prefix('{').and_then(|field| field.strip_suffix('}')).unwrap_or(field);
                Ok((heading.to_owned(), path(field)?))
            }
            _ => Err(format!("{column:?} is no column: HEADING:.path.to.field")),
        });
        columns.collect::<Result<_, _>>().map(Self)
    }

    pub(super) fn headings(&self) -> Vec<Column> {
        self.0.iter().map(|(heading, _)| Column { name: heading.clone(), wide: false }).collect()
    }

    /// The row with these cells.
    pub(super) fn row(&self, row: &Row, object: &Value) -> Row {
        let cells = self.0.iter().map(|(_, path)| match found(path, object) {
            text if text.is_empty() => "<none>".to_owned(),
            text => text,
        });
        Row { cells: cells.collect(), ..row.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn cells_are_fields() {
        let columns = Columns::parse("NAME:.metadata.name,COUNT:{.status.count},GONE:.status.gone").unwrap();
        let headings: Vec<_> = columns.headings().into_iter().map(|column| column.name).collect();
        assert_eq!(headings, ["NAME", "COUNT", "GONE"]);
        let object = json!({"metadata": {"name": "a"}, "status": {"count": 3}});
        assert_eq!(columns.row(&Row::default(), &object).cells, ["a", "3", "<none>"]);
    }

    #[test]
    fn what_is_wrong_is_named() {
        for text in ["", "NAME", ":.metadata.name", "NAME:name", "NAME:.a,"] {
            assert!(Columns::parse(text).is_err(), "{text}");
        }
    }
}
