//! Design notes: numbered, one page, always the same four questions.

use crate::sources::{Source, files, none};

const QUESTIONS: [&str; 4] = ["## Problem", "## Choice", "## Cost", "## What would change our mind"];
const MAX_LINES: usize = 60;

fn notes() -> Vec<Source> {
    let notes = files(".md").into_iter().filter(|source| source.path.starts_with("controlplane/design/"));
    notes.collect()
}

fn problems(note: &Source) -> Vec<String> {
    let (number, title) = note.stem().split_once('-').unwrap_or_default();
    let named = number.len() == 4 && number.bytes().all(|byte| byte.is_ascii_digit()) && !title.is_empty();
    let mut problems = Vec::new();
    if !named {
        problems.push(format!("{}: is not called NNNN-title.md", note.path));
    }
    if note.text.lines().count() > MAX_LINES {
        problems.push(format!("{}: is longer than a page ({MAX_LINES} lines)", note.path));
    }
    let missing = QUESTIONS.iter().filter(|question| !note.text.lines().any(|line| line == **question));
    problems.extend(missing.map(|question| format!("{}: has no {question:?}", note.path)));
    problems
}

#[test]
fn every_note_answers_the_same_questions() {
    assert_eq!(problems(&Source::new("controlplane/design/note.md", "## Problem\n")).len(), 4);
    let notes = notes();
    assert!(!notes.is_empty());
    none(notes.iter().flat_map(problems));
}

#[test]
fn numbers_are_used_once_and_in_order() {
    let numbers: Vec<usize> = notes().iter().map(|note| note.stem()[..4].parse().unwrap()).collect();
    assert_eq!(numbers, (1..=numbers.len()).collect::<Vec<_>>());
}
