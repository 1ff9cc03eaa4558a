use crate::client::{Client, Target};
use crate::complete;
use crate::error::{CliError, Kind};
use crate::names::{Named, records};
use crate::output;
use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use controlplane_proto::api::{GetRequest, KindsRequest, Row};
use std::collections::{BTreeMap, BTreeSet};

/// Show which records belong to which: networks with what is in them, groups with their members, zones with their names
///
/// Example: hearth tree vpc/shop
#[derive(Args, Debug)]
pub(crate) struct Tree {
    /// Only this record and what belongs to it: kind and name or id, or KIND/NAME
    #[arg(num_args = 0..=2, value_name = "WHAT", add = ArgValueCompleter::new(complete::what))]
    what: Vec<String>,
}

/// Kinds that have no place in a tree: what happened, and who may speak.
const LEFT_OUT: [&str; 5] = ["event", "scaling_activity", "certificate", "join_token", "region"];

/// A kind and an id.
type Place = (String, String);

/// Every record, and what belongs to it.
#[derive(Default)]
struct Forest {
    /// What is shown of each.
    labels: BTreeMap<Place, String>,
    belongings: BTreeMap<Place, BTreeSet<Place>>,
    roots: BTreeSet<Place>,
}

impl Tree {
    pub(crate) async fn run(self, target: &Target) -> Result<(), CliError> {
        let mut client = target.connect().await?;
        let only = match self.what.is_empty() {
            true => None,
            false => Some(found(&records(&self.what)?, &mut client).await?),
        };
        let forest = Forest::of(every_row(&mut client).await?)?;
        let roots = only.map_or_else(|| forest.roots.clone(), |one| BTreeSet::from([one]));
        let text: String = forest.in_order(&roots).into_iter().map(|root| forest.drawn(root)).collect();
        output::write(&text)
    }
}

async fn found(wanted: &[Named], client: &mut Client) -> Result<Place, CliError> {
    let [Named { kind, name }] = wanted else {
        return Err(CliError::new(Kind::Usage, "one record can be shown at a time, or all of them"));
    };
    let request = GetRequest { kind: kind.clone(), name: name.clone(), ..GetRequest::default() };
    let rows = client.get(request).await?.into_inner().rows;
    let row = rows.into_iter().next();
    row.map(|row| (row.kind, row.id))
        .ok_or_else(|| CliError::new(Kind::NotFound, format!("there is no {kind} {name}")))
}

async fn every_row(client: &mut Client) -> Result<Vec<Row>, CliError> {
    let kinds = client.kinds(KindsRequest {}).await?.into_inner().kinds;
    let mut rows = Vec::new();
    for kind in kinds.into_iter().filter(|kind| !LEFT_OUT.contains(&kind.name.as_str())) {
        let request = GetRequest { kind: kind.name, ..GetRequest::default() };
        rows.extend(client.get(request).await?.into_inner().rows);
    }
    Ok(rows)
}

impl Forest {
    fn of(rows: Vec<Row>) -> Result<Self, CliError> {
        let mut forest = Self::default();
        let mut owners = Vec::with_capacity(rows.len());
        for row in rows {
            let object = output::object(&row)?;
            let text = |field: &str| object["metadata"]["owner"][field].as_str().map(str::to_owned);
            let place = (row.kind.clone(), row.id.clone());
            owners.push((place.clone(), text("kind").zip(text("id"))));
            forest.labels.insert(place, label(&row));
        }
        for (place, owner) in owners {
            // An owner nobody may see owns nothing here.
            match owner.filter(|owner| forest.labels.contains_key(owner)) {
                Some(owner) => drop(forest.belongings.entry(owner).or_default().insert(place)),
                None => drop(forest.roots.insert(place)),
            }
        }
        Ok(forest)
    }

    /// By what is shown of them: ids mean nothing to people.
    fn in_order<'p>(&self, places: impl IntoIterator<Item = &'p Place>) -> Vec<&'p Place> {
        let mut places: Vec<&Place> = places.into_iter().collect();
        places.sort_by_key(|place| self.labels.get(*place));
        places
    }

    fn drawn(&self, root: &Place) -> String {
        let mut text = format!("{}\n", self.labels.get(root).map_or("", String::as_str));
        self.draw_below(root, "", &mut BTreeSet::from([root.clone()]), &mut text);
        text
    }

    /// `seen` ends what should never be: records that own each other.
    fn draw_below(&self, place: &Place, indent: &str, seen: &mut BTreeSet<Place>, text: &mut String) {
        let below = self.in_order(self.belongings.get(place).into_iter().flatten());
        for (number, one) in below.iter().enumerate() {
            let (branch, trunk) =
                if number + 1 == below.len() { ("└─ ", "   ") } else { ("├─ ", "│  ") };
            text.push_str(&format!("{indent}{branch}{}\n", self.labels.get(*one).map_or("", String::as_str)));
            if seen.insert((*one).clone()) {
                self.draw_below(one, &format!("{indent}{trunk}"), seen, text);
            }
        }
    }
}

fn label(row: &Row) -> String {
    match row.name.is_empty() || row.name == row.id {
        true => format!("{}/{}", row.kind, row.id),
        false => format!("{}/{} ({})", row.kind, row.name, row.id),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row(kind: &str, id: &str, owner: Option<(&str, &str)>) -> Row {
        let mut object = json!({"metadata": {}});
        if let Some((kind, id)) = owner {
            object["metadata"]["owner"] = json!({"kind": kind, "id": id});
        }
        Row { kind: kind.into(), id: id.into(), json: object.to_string(), ..Row::default() }
    }

    #[test]
    fn records_stand_below_their_owners() {
        let rows = vec![
            row("subnet", "s1", Some(("vpc", "v1"))),
            row("vpc", "v1", None),
            row("instance", "i1", Some(("subnet", "s1"))),
            row("instance", "i2", Some(("subnet", "gone"))),
            row("subnet", "s2", Some(("vpc", "v1"))),
        ];
        let forest = Forest::of(rows).unwrap();
        let text: String = forest.roots.iter().map(|root| forest.drawn(root)).collect();
        assert_eq!(text, "instance/i2\nvpc/v1\n├─ subnet/s1\n│  └─ instance/i1\n└─ subnet/s2\n");
    }

    #[test]
    fn records_that_own_each_other_end_somewhere() {
        let rows = vec![row("a", "1", Some(("b", "1"))), row("b", "1", Some(("a", "1")))];
        let forest = Forest::of(rows).unwrap();
        assert_eq!(forest.drawn(&("a".into(), "1".into())), "a/1\n└─ b/1\n   └─ a/1\n");
    }
}
