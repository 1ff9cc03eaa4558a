//! Where the statements of a document stand in its text, as the simulator tells it.
//!
//! AWS counts lines and columns from 1 and gives the places where its reader was before and after a statement. Before the first
//! one of a list that is right behind the bracket, so on the bracket's line; before a later one, right behind the one before it;
//! before the only one of a document without a list, at its brace. The examples in AWS's reference have the first and the last
//! form; the middle one follows from the same reader.
//!
//! The text is walked again when somebody simulates, so that policies which are only asked do not carry this along.

use std::iter::Peekable;
use std::str::Chars;

/// A place in a text, both counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Position {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

/// Where each statement begins and ends. `text` is a document that was read; of any other text nothing is said.
pub(crate) fn of_statements(text: &str) -> Vec<(Position, Position)> {
    let mut scan = Scan { rest: text.chars().peekable(), at: Position { line: 1, column: 1 } };
    scan.document().unwrap_or_default()
}

struct Scan<'t> {
    rest: Peekable<Chars<'t>>,
    at: Position,
}

impl Scan<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.rest.next()?;
        // A carriage return before a line feed is no line of its own.
        match c == '\n' || (c == '\r' && self.rest.peek() != Some(&'\n')) {
            true => self.at = Position { line: self.at.line + 1, column: 1 },
            false => self.at.column += 1,
        }
        Some(c)
    }

    fn skip(&mut self, also: char) {
        while self.rest.peek().is_some_and(|c| c.is_ascii_whitespace() || *c == also) {
            self.next();
        }
    }

    fn document(&mut self) -> Option<Vec<(Position, Position)>> {
        self.skip(' ');
        self.next().filter(|c| *c == '{')?;
        loop {
            self.skip(',');
            let key = self.text()?;
            self.skip(':');
            if key == "Statement" {
                return self.statements();
            }
            self.value()?;
        }
    }

    fn statements(&mut self) -> Option<Vec<(Position, Position)>> {
        let mut start = self.at;
        if self.rest.peek() != Some(&'[') {
            self.value()?;
            return Some(vec![(start, self.at)]);
        }
        self.next();
        start = self.at;
        let mut found = Vec::new();
        loop {
            self.skip(',');
            if self.rest.peek() == Some(&']') {
                return Some(found);
            }
            self.value()?;
            found.push((start, self.at));
            start = self.at;
        }
    }

    /// A text, without its quotation marks and escapes.
    fn text(&mut self) -> Option<String> {
        let mut written = String::from(self.next().filter(|c| *c == '"')?);
        loop {
            let c = self.next()?;
            written.push(c);
            match c {
                '"' => return serde_json::from_str(&written).ok(),
                '\\' => written.push(self.next()?),
                _ => {}
            }
        }
    }

    /// Passes over a value of any kind.
    fn value(&mut self) -> Option<()> {
        let mut depth = 0_u32;
        loop {
            match *self.rest.peek()? {
                '"' => drop(self.text()?),
                '{' | '[' => {
                    depth += 1;
                    self.next();
                }
                '}' | ']' if depth > 0 => {
                    depth -= 1;
                    self.next();
                }
                // What is around it ends it.
                ',' | '}' | ']' if depth == 0 => return Some(()),
                _ => {
                    self.next();
                    continue;
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, expected: &[[u32; 4]]) {
        let found: Vec<_> = of_statements(text)
            .into_iter()
            .map(|(start, end)| [start.line, start.column, end.line, end.column])
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn statements_stand_where_aws_says() {
        let only = "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": {\n    \"Effect\": \"Allow\",\n    \"Action\": \"a:b\",\n    \
                    \"Resource\": \"*\"\n  }\n}";
        check(only, &[[3, 16, 7, 4]]);
        let list = "{\n    \"Version\": \"2012-10-17\",\n    \"Statement\": [\n        {\n            \"Sid\": \"a\",\n            \
                    \"Effect\": \"Allow\",\n            \"Action\": \"a:b\",\n            \"Resource\": \"*\"\n        }\n    ]\n}";
        check(list, &[[3, 19, 9, 10]]);
    }

    #[test]
    fn texts_do_not_mislead() {
        check(
            r#"{"Statement":[{"Sid":"}],{\"","x":[1,{}]}, {"a":-1.5e3},{}]}"#,
            &[[1, 15, 1, 42], [1, 42, 1, 56], [1, 56, 1, 59]],
        );
        check(
            "{\"Id\":\"{\\\"Statement\\\":{}}\",\r\n\"\\u0053tatement\" : {\"a\":\"ä\"},\"Version\":\"x\"}",
            &[[2, 20, 2, 29]],
        );
        check("{\"Id\":[\"Statement\",{\"Statement\":{}}],\"Statement\":[]}", &[]);
        for text in [
            "",
            "{",
            "[]",
            "7",
            "{\"Statement\"",
            "{\"Statement\":",
            "{\"Statement\":[{",
            "{\"a\":\"\\",
            "{}",
        ] {
            check(text, &[]);
        }
    }
}
