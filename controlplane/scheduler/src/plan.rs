//! A whole batch at once.

use crate::filter::fits;
use crate::score::{Score, Spread, score};
use crate::{Node, Request, Standing};

/// The name of the node each request gets, in the order of the requests; `None` where nothing fits.
///
/// Deterministic: the order of `nodes` and `standing` does not matter. The cost is one filter and one score per
/// request and node.
pub fn plan(nodes: &[Node], standing: &[Standing], requests: &[Request]) -> Vec<Option<String>> {
    let mut nodes = nodes.to_vec();
    nodes.sort_by(|a, b| a.name.cmp(&b.name));
    let mut spread = Spread::new(&nodes, standing, requests);
    let mut places = Vec::with_capacity(requests.len());
    for request in requests {
        let best = best(&nodes, &spread, request);
        if let Some(index) = best {
            nodes[index].reserve(request);
            spread.add(request.group.as_deref(), index);
        }
        places.push(best.map(|index| nodes[index].name.clone()));
    }
    places
}

fn best(nodes: &[Node], spread: &Spread<'_>, request: &Request) -> Option<usize> {
    let members = spread.of(request);
    let candidates = nodes.iter().enumerate().filter(|(_, node)| fits(node, request));
    let scored = candidates.map(|(index, node)| (score(node, index, request, members), index));
    scored.min_by_key(|(score, index): &(Score, usize)| (*score, *index)).map(|(_, index)| index)
}
