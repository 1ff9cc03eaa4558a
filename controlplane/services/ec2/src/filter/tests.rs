use super::*;
use crate::SERVICE;
use crate::tests::World;
use crate::vpc::VpcShape;
use controlplane_wire::model::{self, Structure};
use serde_json::json;

#[test]
fn wildcards() {
    for (pattern, text, expected) in [
        ("", "", true),
        ("", "a", false),
        ("*", "", true),
        ("*", "anything", true),
        ("web", "web", true),
        ("web", "Web", false),
        ("web*", "web-1", true),
        ("*web", "my-web", true),
        ("*web", "web-1", false),
        ("*a*b*", "xxayybzz", true),
        ("*a*b*", "xxbyyazz", false),
        ("w?b", "web", true),
        ("w?b", "wb", false),
        ("w?b", "wéb", true),
        ("a\\*", "a*", true),
        ("a\\*", "ab", false),
        ("a\\", "a\\", true),
        ("*aaab", "aaaaaaaaab", true),
    ] {
        assert_eq!(matches(pattern, text), expected, "{pattern:?} {text:?}");
    }
}

fn shown() -> VpcShape {
    VpcShape {
        vpc_id: "vpc-1".into(),
        is_default: true,
        tags: vec![
            Tag { key: "Name".into(), value: "web".into() },
            Tag { key: "env".into(), value: String::new() },
        ],
        ..VpcShape::default()
    }
}

fn accept(filters: &[(&str, &[&str])]) -> Result<bool, ServiceError> {
    let filters: Vec<Filter> = filters
        .iter()
        .map(|(name, values)| Filter {
            name: (*name).to_owned(),
            values: values.iter().map(|value| (*value).to_owned()).collect(),
        })
        .collect();
    Ok(Filters::<VpcShape>::read(Some(&filters))?.accept(&shown()))
}

#[test]
fn all_filters_and_one_value_of_each() {
    for (filters, expected) in [
        (&[][..], true),
        (&[("vpc-id", &["vpc-2", "vpc-1"][..])], true),
        (&[("vpc-id", &["vpc-2"])], false),
        (&[("is-default", &["true"])], true),
        (&[("tag:Name", &["w*"])], true),
        (&[("tag:Name", &["x"])], false),
        (&[("tag:Nothing", &["*"])], false),
        (&[("tag:env", &[""])], true),
        (&[("tag-key", &["env"])], true),
        (&[("tag-value", &["web"])], true),
        (&[("tag-key", &["web"])], false),
        (&[("vpc-id", &["vpc-1"]), ("tag:Name", &["x"])], false),
    ] {
        assert_eq!(accept(filters).unwrap(), expected, "{filters:?}");
    }
}

#[test]
fn wrong_filters_are_told() {
    let many: Vec<&str> = vec!["x"; MAX_VALUES + 1];
    for (name, values, code) in [
        ("colour", &["red"][..], "InvalidParameterValue"),
        ("tag:", &["red"], "InvalidParameterValue"),
        ("vpc-id", &[], "InvalidParameterValue"),
        ("vpc-id", &many, "FilterLimitExceeded"),
    ] {
        assert_eq!(accept(&[(name, values)]).unwrap_err().code, code, "{name}");
    }
}

/// The actions of `documented.txt` with their filters.
fn documented() -> Vec<(&'static str, Vec<&'static str>)> {
    let mut sections: Vec<(&str, Vec<&str>)> = Vec::new();
    for line in
        include_str!("documented.txt").lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        match line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(action) => sections.push((action, Vec::new())),
            None => sections.last_mut().unwrap().1.push(line),
        }
    }
    sections
}

#[test]
fn every_filter_that_aws_documents_is_known() {
    let mut world = World::new();
    let model = model::by_signing_name("ec2").unwrap();
    let sections = documented();
    for entry in SERVICE.operations {
        let operation = model.operation(entry.name).unwrap();
        let has_filters = |shape: &Structure| shape.index_of("Filters").is_some();
        if model.shape(operation.input).structure().is_some_and(has_filters) {
            let names = sections.iter().find(|(action, _)| *action == entry.name);
            assert!(names.is_some_and(|(_, names)| !names.is_empty()), "{}: no filters listed", entry.name);
        }
    }
    let mut unknown = Vec::new();
    for (action, names) in sections {
        for name in names {
            let input = json!({"Filters": [{"Name": name, "Values": ["x"]}]});
            if let Err(error) = world.call(action, input)
                && error.message.starts_with("The filter")
            {
                unknown.push(format!("{action}: {name}"));
            }
        }
    }
    assert_eq!(unknown, Vec::<String>::new());
}
