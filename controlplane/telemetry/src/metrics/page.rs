//! Values that are written when somebody looks.

use super::Metric;
use std::fmt::Write;

/// A piece of a metrics page, in Prometheus's text form.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
    last: &'static str,
}

impl Page {
    /// Adds a value. All values of a metric have to come one after another.
    pub fn add(&mut self, metric: &Metric, values: &[&str], value: f64) {
        debug_assert_eq!(metric.labels.len(), values.len(), "labels of {}", metric.name);
        if self.last != metric.name {
            self.last = metric.name;
            // Writing to a String cannot fail, here and below.
            let _ = writeln!(self.text, "# HELP {} {}", metric.name, metric.help);
            let _ = writeln!(self.text, "# TYPE {} {}", metric.name, metric.kind.name());
        }
        self.text.push_str(metric.name);
        for (index, (name, value)) in metric.labels.iter().zip(values).enumerate() {
            let _ = write!(self.text, "{}{name}=\"{}\"", if index == 0 { '{' } else { ',' }, escaped(value));
        }
        let closing = if metric.labels.is_empty() { "" } else { "}" };
        let _ = writeln!(self.text, "{closing} {value}");
    }

    /// The page.
    pub fn into_text(self) -> String {
        self.text
    }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
