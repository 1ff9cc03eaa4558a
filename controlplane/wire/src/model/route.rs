//! REST routing: `POST /2013-04-01/hostedzone/{Id}/rrset/` to an operation.
//!
//! A request path matches with or without a trailing slash, because SDKs differ. Where several templates match, the
//! one with the most literal segments wins, so `/healthcheck/{Id}/status` is never taken for something with a label
//! there. Segments are compared as sent; only labels are percent-decoded, and later, so an encoded slash inside a
//! label cannot change the route.

use http::Method;

/// A path template with labels, and the query keys that select the operation.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Template {
    segments: Vec<Segment>,
    trailing_slash: bool,
    /// `?key` or `?key=value` in the template: the request must carry exactly these.
    query: Vec<(String, Option<String>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Literal(String),
    Label(String),
    /// `{Key+}`: the rest of the path, slashes included.
    Greedy(String),
}

impl Template {
    /// Reads `/path/{Label}/{Rest+}?key=value`.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let path = path.strip_prefix('/').ok_or_else(|| format!("{text} does not start with a slash"))?;
        let trimmed = path.strip_suffix('/').unwrap_or(path);
        let segments: Vec<Segment> = split(trimmed).map(Segment::parse).collect();
        if segments.iter().rev().skip(1).any(|segment| matches!(segment, Segment::Greedy(_))) {
            return Err(format!("{text} has a greedy label before its end"));
        }
        let query = query.split('&').filter(|pair| !pair.is_empty()).map(pair).collect();
        Ok(Self { segments, trailing_slash: path.len() > trimmed.len(), query })
    }

    /// Names of the labels in order.
    pub fn labels(&self) -> impl Iterator<Item = &str> {
        self.segments.iter().filter_map(|segment| match segment {
            Segment::Literal(_) => None,
            Segment::Label(name) | Segment::Greedy(name) => Some(name.as_str()),
        })
    }

    /// Whether the template itself claims this query key.
    pub(crate) fn claims_query(&self, key: &str) -> bool {
        self.query.iter().any(|(name, _)| name == key)
    }

    /// The path with `labels` (already encoded) filled in, and the template's own query pairs.
    pub(crate) fn fill(&self, labels: &[String]) -> String {
        let mut labels = labels.iter();
        let mut path = String::new();
        for segment in &self.segments {
            path.push('/');
            path.push_str(match segment {
                Segment::Literal(text) => text,
                Segment::Label(_) | Segment::Greedy(_) => labels.next().map_or("", String::as_str),
            });
        }
        if self.trailing_slash || path.is_empty() {
            path.push('/');
        }
        for (index, (key, value)) in self.query.iter().enumerate() {
            path.push(if index == 0 { '?' } else { '&' });
            path.push_str(key);
            if let Some(value) = value {
                path.extend(["=", value]);
            }
        }
        path
    }

    /// What the labels hold, if path and query fit.
    fn matches<'p>(&self, path: &'p str, query: &str) -> Option<Vec<&'p str>> {
        let path = path.strip_prefix('/')?;
        if !self.query.iter().all(|wanted| query.split('&').map(pair).any(|given| given == *wanted)) {
            return None;
        }
        if let Some(Segment::Greedy(_)) = self.segments.last() {
            return self.match_greedy(path);
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        if split(path).count() != self.segments.len() {
            return None;
        }
        match_each(&self.segments, split(path))
    }

    fn match_greedy<'p>(&self, path: &'p str) -> Option<Vec<&'p str>> {
        let fixed = &self.segments[..self.segments.len() - 1];
        let mut parts = path.splitn(self.segments.len(), '/');
        let mut labels = match_each(fixed, parts.by_ref().take(fixed.len()))?;
        labels.push(parts.next().filter(|rest| !rest.is_empty())?);
        Some(labels)
    }

    /// Higher is tried first.
    fn weight(&self) -> (usize, usize, bool) {
        let literals = self.segments.iter().filter(|segment| matches!(segment, Segment::Literal(_))).count();
        let greedy = matches!(self.segments.last(), Some(Segment::Greedy(_)));
        (self.query.len(), literals, !greedy)
    }
}

impl Segment {
    fn parse(text: &str) -> Self {
        let label = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
        match label.map(|label| (label, label.strip_suffix('+'))) {
            None => Self::Literal(text.to_owned()),
            Some((_, Some(greedy))) => Self::Greedy(greedy.to_owned()),
            Some((label, None)) => Self::Label(label.to_owned()),
        }
    }
}

/// The segments of a path; the empty path has none.
fn split(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(move |_| !path.is_empty())
}

fn pair(text: &str) -> (String, Option<String>) {
    match text.split_once('=') {
        Some((key, value)) => (key.to_owned(), Some(value.to_owned()).filter(|value| !value.is_empty())),
        None => (text.to_owned(), None),
    }
}

fn match_each<'p>(segments: &[Segment], parts: impl Iterator<Item = &'p str>) -> Option<Vec<&'p str>> {
    let mut labels = Vec::new();
    for (segment, part) in segments.iter().zip(parts) {
        match segment {
            Segment::Literal(text) if text == part => {}
            Segment::Label(_) if !part.is_empty() => labels.push(part),
            _ => return None,
        }
    }
    Some(labels)
}

/// All templates of a service, the most particular first.
#[derive(Debug, Default)]
pub(super) struct Router {
    routes: Vec<(Template, Method, Box<str>)>,
}

impl Router {
    pub(super) fn add(&mut self, name: &str, method: &Method, template: &Template) {
        self.routes.push((template.clone(), method.clone(), name.into()));
    }

    pub(super) fn sort(&mut self) {
        self.routes
            .sort_by(|left, right| right.0.weight().cmp(&left.0.weight()).then_with(|| left.2.cmp(&right.2)));
    }

    pub(super) fn find<'p>(
        &self,
        method: &Method,
        path: &'p str,
        query: &str,
    ) -> Option<(&str, Vec<&'p str>)> {
        let mut routes = self.routes.iter().filter(|(_, allowed, _)| allowed == method);
        routes.find_map(|(template, _, name)| Some((&**name, template.matches(path, query)?)))
    }
}
