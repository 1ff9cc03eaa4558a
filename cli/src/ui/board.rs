//! What is on the screen, and what keys do to it. Knows nothing of terminals, so a test can press keys.

use crate::watch::Step;
use controlplane_proto::api::row_change::Change;
use controlplane_proto::api::{Column, Row};
use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
use ratatui::widgets::TableState;
use std::collections::BTreeMap;

/// A page of the board.
pub(super) struct Page {
    pub(super) title: &'static str,
    pub(super) kind: &'static str,
}

const fn page(title: &'static str, kind: &'static str) -> Page {
    Page { title, kind }
}

/// The pages, in the order of their keys 1 to 5.
pub(super) const KINDS: [Page; 5] = [
    page("Nodes", "node"),
    page("Groups", "auto_scaling_group"),
    page("Instances", "instance"),
    page("Health checks", "health_check"),
    page("Events", "event"),
];

/// Events are shown newest first.
const EVENTS: usize = KINDS.len() - 1;
/// Rows that page-up and page-down jump.
const LEAP: usize = 10;

/// Rows of one page.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) columns: Vec<Column>,
    pub(super) rows: BTreeMap<String, Row>,
    pub(super) state: TableState,
}

/// The whole.
#[derive(Default)]
pub(super) struct Board {
    pub(super) pages: [Rows; KINDS.len()],
    pub(super) chosen: usize,
    /// A description over the page, and how far it is scrolled.
    pub(super) description: Option<(String, u16)>,
    /// Only rows with this text.
    pub(super) filter: String,
    /// Keys go into the filter.
    pub(super) filtering: bool,
}

/// What a key asks of the outside.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Asked {
    Leave,
    Describe { kind: &'static str, id: String },
}

impl Board {
    /// A record of a page changed.
    pub(super) fn change(&mut self, place: usize, columns: Vec<Column>, step: Step) {
        let page = &mut self.pages[place];
        page.columns = columns;
        match step {
            Step::Synced => {}
            Step::Row(Change::Deleted, row) => drop(page.rows.remove(&row.id)),
            Step::Row(_, row) => drop(page.rows.insert(row.id.clone(), row)),
        }
    }

    /// Rows of a page that the filter lets through, in the order of the screen.
    pub(super) fn shown(&self, place: usize) -> Vec<&Row> {
        let wanted =
            |row: &&Row| self.filter.is_empty() || row.cells.iter().any(|cell| cell.contains(&self.filter));
        let rows = self.pages[place].rows.values();
        let mut shown: Vec<&Row> = rows.filter(wanted).collect();
        match place {
            EVENTS => shown.reverse(),
            _ => shown.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id))),
        }
        shown
    }

    /// Puts a text over the page.
    pub(super) fn describe(&mut self, text: String) {
        self.description = Some((text, 0));
    }

    /// A key was pressed.
    pub(super) fn key(&mut self, key: KeyEvent) -> Option<Asked> {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return Some(Asked::Leave);
        }
        if self.filtering {
            self.key_in_filter(key.code);
            return None;
        }
        if self.description.is_some() {
            self.key_in_description(key.code);
            return None;
        }
        match key.code {
            KeyCode::Char('q') => return Some(Asked::Leave),
            KeyCode::Tab | KeyCode::Right => self.choose(self.chosen + 1),
            KeyCode::BackTab | KeyCode::Left => self.choose(self.chosen + KINDS.len() - 1),
            KeyCode::Char(digit @ '1'..='5') => self.choose(digit as usize - '1' as usize),
            KeyCode::Char('/') => self.filtering = true,
            KeyCode::Esc => self.filter.clear(),
            KeyCode::Enter => return self.asks_for_description(),
            code => self.step(code),
        }
        None
    }

    fn key_in_filter(&mut self, code: KeyCode) {
        match code {
            KeyCode::Char(letter) => self.filter.push(letter),
            KeyCode::Backspace => drop(self.filter.pop()),
            KeyCode::Esc => {
                self.filter.clear();
                self.filtering = false;
            }
            KeyCode::Enter => self.filtering = false,
            _ => {}
        }
    }

    fn key_in_description(&mut self, code: KeyCode) {
        let Some((_, scrolled)) = &mut self.description else { return };
        match code {
            KeyCode::Down | KeyCode::Char('j') => *scrolled = scrolled.saturating_add(1),
            KeyCode::Up | KeyCode::Char('k') => *scrolled = scrolled.saturating_sub(1),
            KeyCode::PageDown => *scrolled = scrolled.saturating_add(LEAP as u16),
            KeyCode::PageUp => *scrolled = scrolled.saturating_sub(LEAP as u16),
            KeyCode::Esc | KeyCode::Enter | KeyCode::Char('q') => self.description = None,
            _ => {}
        }
    }

    fn choose(&mut self, place: usize) {
        self.chosen = place % KINDS.len();
    }

    fn step(&mut self, code: KeyCode) {
        let last = self.shown(self.chosen).len().saturating_sub(1);
        let state = &mut self.pages[self.chosen].state;
        let here = state.selected();
        let there = match (code, here) {
            (KeyCode::Home | KeyCode::Char('g'), _) => 0,
            (KeyCode::End | KeyCode::Char('G'), _) => last,
            (KeyCode::Down | KeyCode::Char('j'), at) => at.map_or(0, |at| at + 1),
            (KeyCode::Up | KeyCode::Char('k'), at) => at.map_or(0, |at| at.saturating_sub(1)),
            (KeyCode::PageDown, at) => at.unwrap_or(0) + LEAP,
            (KeyCode::PageUp, at) => at.unwrap_or(0).saturating_sub(LEAP),
            _ => return,
        };
        state.select(Some(there.min(last)));
    }

    fn asks_for_description(&self) -> Option<Asked> {
        let selected = self.pages[self.chosen].state.selected()?;
        let row = self.shown(self.chosen).get(selected).copied()?;
        Some(Asked::Describe { kind: KINDS[self.chosen].kind, id: row.id.clone() })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(crate) fn added(id: &str, cells: &[&str]) -> Step {
        let cells = cells.iter().map(|cell| (*cell).to_owned()).collect();
        Step::Row(Change::Added, Row { id: id.into(), name: id.into(), cells, ..Row::default() })
    }

    pub(crate) fn columns(names: &[&str]) -> Vec<Column> {
        names.iter().map(|name| Column { name: (*name).to_owned(), wide: false }).collect()
    }

    fn press(board: &mut Board, keys: &str) -> Option<Asked> {
        let code = |letter| match letter {
            '>' => KeyCode::Right,
            '<' => KeyCode::Left,
            '!' => KeyCode::Enter,
            '^' => KeyCode::Esc,
            letter => KeyCode::Char(letter),
        };
        keys.chars().fold(None, |_, letter| board.key(KeyEvent::from(code(letter))))
    }

    fn ids(board: &Board, place: usize) -> Vec<&str> {
        board.shown(place).iter().map(|row| row.id.as_str()).collect()
    }

    fn lab() -> Board {
        let mut board = Board::default();
        for (id, state) in [("b", "running"), ("a", "pending"), ("c", "running")] {
            board.change(2, columns(&["NAME", "STATE"]), added(id, &[id, state]));
        }
        board
    }

    #[test]
    fn rows_come_and_go_in_the_order_of_names_and_events_newest_first() {
        let mut board = lab();
        assert_eq!(ids(&board, 2), ["a", "b", "c"]);
        board.change(2, Vec::new(), Step::Row(Change::Deleted, Row { id: "b".into(), ..Row::default() }));
        assert_eq!(ids(&board, 2), ["a", "c"]);
        board.change(4, Vec::new(), added("1", &[]));
        board.change(4, Vec::new(), added("2", &[]));
        assert_eq!(ids(&board, 4), ["2", "1"]);
    }

    #[test]
    fn keys_choose_pages_rows_and_what_is_described() {
        let mut board = lab();
        assert_eq!(press(&mut board, "<"), None);
        assert_eq!(board.chosen, 4);
        press(&mut board, ">>>");
        assert_eq!((board.chosen, press(&mut board, "!")), (2, None), "nothing is selected yet");
        let asked = press(&mut board, "jj!");
        assert_eq!(asked, Some(Asked::Describe { kind: "instance", id: "b".to_owned() }));
        board.describe("text".to_owned());
        assert_eq!(press(&mut board, "jjkq"), None, "q leaves the description first");
        assert!(board.description.is_none());
        assert_eq!(press(&mut board, "Gj!"), Some(Asked::Describe { kind: "instance", id: "c".to_owned() }));
        assert_eq!(press(&mut board, "q"), Some(Asked::Leave));
    }

    #[test]
    fn a_filter_takes_letters_until_it_is_left() {
        let mut board = lab();
        press(&mut board, "3/runq");
        assert_eq!((board.filter.as_str(), ids(&board, 2).len()), ("runq", 0));
        press(&mut board, "^");
        assert_eq!((board.filter.as_str(), ids(&board, 2).len()), ("", 3));
        press(&mut board, "/running!");
        assert_eq!(ids(&board, 2), ["b", "c"]);
        assert_eq!(press(&mut board, "q"), Some(Asked::Leave));
    }
}
