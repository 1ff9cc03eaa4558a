use super::*;

fn listing(max_results: Option<i32>, next_token: Option<&str>) -> Listing<'_> {
    Listing { max_results, next_token, ..Listing::default() }
}

fn numbers(count: usize) -> impl Iterator<Item = String> {
    (0..count).map(|number| format!("{number:04}"))
}

#[test]
fn pages_join_to_the_whole() {
    for (count, length, pages) in [(0, 5, 1), (5, 5, 1), (6, 5, 2), (12, 5, 3)] {
        let (mut all, mut token, mut seen) = (Vec::new(), None::<String>, 0);
        loop {
            let listing = listing(Some(length), token.as_deref());
            let (page, next) = listing.cut("thing", numbers(count), Clone::clone).unwrap();
            all.extend(page);
            seen += 1;
            token = next;
            if token.is_none() {
                break;
            }
        }
        assert_eq!((all, seen), (numbers(count).collect(), pages), "{count} by {length}");
    }
}

#[test]
fn without_a_bound_a_page_is_still_bounded() {
    let (page, token) = listing(None, None).cut("thing", numbers(MAX_PAGE + 1), Clone::clone).unwrap();
    assert_eq!((page.len(), token.is_some()), (MAX_PAGE, true));
}

#[test]
fn wrong_pages_are_told() {
    let other = write_token("other", "0001");
    for (max, token, code) in [
        (Some(4), None, "InvalidParameterValue"),
        (Some(1001), None, "InvalidParameterValue"),
        (Some(-1), None, "InvalidParameterValue"),
        (None, Some("not base64!"), "InvalidNextToken"),
        (None, Some(other.as_str()), "InvalidNextToken"),
    ] {
        let error = listing(max, token).cut("thing", numbers(1), Clone::clone).unwrap_err();
        assert_eq!(error.code, code, "{max:?} {token:?}");
    }
}
