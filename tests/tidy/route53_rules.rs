//! Every numbered rule of Route 53 that is held to has a test, by name: `route53_rules.txt` says which. What is not held to stands
//! there too, with the test that shows it refused.

use crate::attacks::{lines, problems};
use crate::sources::{files, none};
use std::collections::{BTreeMap, BTreeSet};

const LIST: &str = include_str!("route53_rules.txt");

/// Sections of the facts that are listed, and how many rules each has.
const SECTIONS: [(u32, u32); 19] = [
    (1, 17),
    (2, 8),
    (3, 6),
    (4, 8),
    (5, 6),
    (6, 13),
    (7, 10),
    (8, 7),
    (9, 10),
    (10, 6),
    (11, 7),
    (12, 32),
    (13, 13),
    (15, 2),
    (16, 13),
    (17, 13),
    (18, 15),
    (19, 7),
    (20, 7),
];

/// The rules of a list by section, and its lines that begin with none.
fn rules(list: &str) -> (BTreeMap<u32, BTreeSet<u32>>, Vec<String>) {
    let (mut rules, mut wrong) = (BTreeMap::<u32, BTreeSet<u32>>::new(), Vec::new());
    for parts in lines(list) {
        let rule = parts[0].split(' ').next().and_then(|number| number.split_once('.'));
        match rule.map(|(section, rule)| (section.parse(), rule.parse())) {
            Some((Ok(section), Ok(rule))) => {
                rules.entry(section).or_default().insert(rule);
            }
            _ => wrong.push(format!("{}: begins with no rule's number", parts[0])),
        }
    }
    (rules, wrong)
}

fn missing(list: &str, sections: &[(u32, u32)]) -> Vec<String> {
    let (rules, mut wrong) = rules(list);
    for (section, count) in sections {
        let listed = rules.get(section).cloned().unwrap_or_default();
        let absent = (1..=*count).filter(|rule| !listed.contains(rule));
        wrong.extend(absent.map(|rule| format!("rule {section}.{rule} is not listed")));
    }
    let known = |section: &&u32| sections.iter().any(|(known, _)| known == *section);
    wrong.extend(rules.keys().filter(|section| !known(section)).map(|section| format!("section {section}?")));
    wrong
}

#[test]
fn every_rule_is_listed_and_has_its_test() {
    none(missing(LIST, &SECTIONS));
    none(problems(LIST, &files(".rs")));
}

#[test]
fn a_rule_that_is_missing_is_told() {
    let list = "1.1 a | a.rs | one\n1.3 b | a.rs | two\n1.1 c | b.rs | three\n";
    assert_eq!(missing(list, &[(1, 3)]), ["rule 1.2 is not listed"]);
    assert_eq!(missing(list, &[]), ["section 1?"]);
    assert_eq!(missing("x | a.rs | one", &[]).len(), 1);
}
