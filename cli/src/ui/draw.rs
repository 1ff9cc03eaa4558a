//! The board as a picture.

use super::board::{Board, KINDS};
use controlplane_proto::api::{Column, Row};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Line;
use ratatui::widgets::{Block, Clear, Paragraph, Row as Shown, Table, Tabs};

/// No cell is shown wider.
const WIDEST: usize = 60;
/// Between a description and the edge of the screen.
const MARGIN: u16 = 2;

/// Draws all of it.
pub(super) fn board(frame: &mut Frame<'_>, board: &mut Board) {
    let [top, middle, bottom] =
        Layout::vertical([Constraint::Length(1), Constraint::Min(1), Constraint::Length(1)])
            .areas(frame.area());
    let titles =
        KINDS.iter().enumerate().map(|(place, page)| format!("{} {}", page.title, board.shown(place).len()));
    let tabs = Tabs::new(titles).select(board.chosen).highlight_style(Modifier::REVERSED);
    frame.render_widget(tabs, top);
    page(frame, board, middle);
    frame.render_widget(Paragraph::new(help(board)), bottom);
    if let Some((text, scrolled)) = &board.description {
        description(frame, text, *scrolled);
    }
}

fn help(board: &Board) -> String {
    match (board.filtering, board.filter.is_empty()) {
        (true, _) => format!("only rows with: {}_  (Enter keeps it, Esc drops it)", board.filter),
        (false, false) => format!("only rows with: {}  (Esc drops it)", board.filter),
        (false, true) => "Tab or 1-5: page  Up/Down: row  Enter: describe  /: filter  q: leave".to_owned(),
    }
}

fn page(frame: &mut Frame<'_>, board: &mut Board, area: Rect) {
    let chosen = board.chosen;
    let columns: Vec<(usize, &Column)> = visible(&board.pages[chosen].columns);
    let shown = board.shown(chosen);
    let widths: Vec<Constraint> =
        columns.iter().map(|column| Constraint::Length(width(*column, &shown) as u16)).collect();
    let heading = Shown::new(columns.iter().map(|(_, column)| column.name.clone()))
        .style(Style::new().add_modifier(Modifier::BOLD));
    let rows: Vec<Shown<'_>> = shown
        .iter()
        .map(|row| {
            let cells = columns.iter().map(|(place, _)| row.cells.get(*place).cloned().unwrap_or_default());
            Shown::new(cells).style(colour(row))
        })
        .collect();
    let table =
        Table::new(rows, widths).header(heading).column_spacing(2).row_highlight_style(Modifier::REVERSED);
    let last = shown.len().saturating_sub(1);
    let state = &mut board.pages[chosen].state;
    // Rows may have gone since one was selected.
    if let Some(selected) = state.selected() {
        state.select(Some(selected.min(last)));
    }
    frame.render_stateful_widget(table, area, state);
}

fn visible(columns: &[Column]) -> Vec<(usize, &Column)> {
    columns.iter().enumerate().filter(|(_, column)| !column.wide).collect()
}

fn width((place, column): (usize, &Column), rows: &[&Row]) -> usize {
    let cells = rows.iter().filter_map(|row| row.cells.get(place)).map(|cell| cell.chars().count());
    cells.chain([column.name.chars().count()]).max().unwrap_or_default().min(WIDEST)
}

/// What is well is plain; what is on its way is yellow, what is not well red.
fn colour(row: &Row) -> Style {
    let says =
        |words: &[&str]| row.cells.iter().any(|cell| cell.split(',').any(|word| words.contains(&word)));
    if says(&["NotReady", "Unhealthy", "LaunchFailed", "Failure"]) {
        return Style::new().fg(Color::Red);
    }
    if says(&["pending", "stopping", "shutting-down", "Draining", "Cordoned"]) {
        return Style::new().fg(Color::Yellow);
    }
    if says(&["terminated", "stopped"]) {
        return Style::new().fg(Color::DarkGray);
    }
    Style::new()
}

fn description(frame: &mut Frame<'_>, text: &str, scrolled: u16) {
    let whole = frame.area();
    let area = Rect {
        x: whole.x + MARGIN.min(whole.width),
        y: whole.y + MARGIN.min(whole.height),
        width: whole.width.saturating_sub(2 * MARGIN),
        height: whole.height.saturating_sub(2 * MARGIN),
    };
    let lines: Vec<Line<'_>> = text.lines().map(Line::from).collect();
    let most = (lines.len() as u16).saturating_sub(1);
    let text = Paragraph::new(lines).scroll((scrolled.min(most), 0));
    frame.render_widget(Clear, area);
    frame.render_widget(text.block(Block::bordered().title("Esc: back")), area);
}

#[cfg(test)]
mod tests {
    use super::super::board::tests::{added, columns};
    use super::*;
    use ratatui::Terminal;
    use ratatui::backend::TestBackend;

    fn picture(lab: &mut Board, height: u16) -> String {
        let mut terminal = Terminal::new(TestBackend::new(72, height)).unwrap();
        terminal.draw(|frame| board(frame, lab)).unwrap();
        terminal.backend().to_string()
    }

    #[test]
    fn the_chosen_page_its_rows_and_what_keys_do() {
        let mut lab = Board::default();
        let heads = || columns(&["NAME", "CONDITION"]);
        lab.change(0, heads(), added("rack1-a", &["rack1-a", "Ready"]));
        lab.change(0, heads(), added("rack1-b", &["rack1-b", "Ready,Draining"]));
        let expected = [
            " Nodes 2 │ Groups 0 │ Instances 0 │ Health checks 0 │ Events 0 ",
            "NAME     CONDITION",
            "rack1-a  Ready",
            "rack1-b  Ready,Draining",
            "",
            "Tab or 1-5: page  Up/Down: row  Enter: describe  /: filter  q: leave",
        ];
        let drawn = picture(&mut lab, expected.len() as u16);
        let lines: Vec<&str> = drawn.lines().map(|line| line.trim_matches('"').trim_end()).collect();
        assert_eq!(lines, expected.map(str::trim_end));
        lab.describe("kind: node\nmetadata:\n".to_owned());
        assert!(picture(&mut lab, 12).contains("kind: node"));
        assert!(!picture(&mut lab, 3).is_empty(), "a window with no room for it");
    }
}
