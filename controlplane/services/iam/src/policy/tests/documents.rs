//! Texts that are no policy, and one that is.

use super::*;

#[test]
fn what_is_no_policy_is_refused_with_awss_words() {
    let statement = |statement: Value| json!({"Version": "2012-10-17", "Statement": statement});
    for (document, message) in [
        (json!([]), "Syntax errors in policy."),
        (json!({}), "Syntax errors in policy."),
        (json!({"Version": "2012-10-17"}), "Syntax errors in policy."),
        (
            json!({"Version": "2013-01-01", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}),
            "Syntax",
        ),
        (statement(json!([])), "Syntax errors in policy."),
        (statement(json!({"Effect": "Maybe", "Action": "*", "Resource": "*"})), "Syntax errors in policy."),
        (statement(json!({"Action": "*", "Resource": "*"})), "Syntax errors in policy."),
        (statement(json!({"Effect": "Allow", "Resource": "*"})), "must contain actions"),
        (statement(json!({"Effect": "Allow", "Action": "*"})), "must contain resources"),
        (statement(json!({"Effect": "Allow", "Action": [], "Resource": "*"})), "Syntax errors in policy."),
        (statement(json!({"Effect": "Allow", "Action": "*", "NotAction": "a:b", "Resource": "*"})), "Syntax"),
        (
            statement(json!({"Effect": "Allow", "Action": "RunInstances", "Resource": "*"})),
            "prefaced by a vendor",
        ),
        (statement(json!({"Effect": "Allow", "Action": "ec2:Run Instances", "Resource": "*"})), "vendor"),
        (
            statement(json!({"Effect": "Allow", "Action": "*", "Resource": "i-1"})),
            "Resource i-1 must be in ARN format",
        ),
        (
            statement(json!({"Effect": "Allow", "Action": "*", "Resource": "arn:aws:ec2:::${aws:username"})),
            "Syntax",
        ),
        (statement(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Else": 1})), "Syntax"),
        (
            statement(json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Principal": "*"})),
            "not specify a principal",
        ),
        (
            statement(json!({"Sid": "a b", "Effect": "Allow", "Action": "*", "Resource": "*"})),
            "alpha-numeric",
        ),
        (
            statement(json!([
                {"Sid": "a", "Effect": "Allow", "Action": "*", "Resource": "*"},
                {"Sid": "a", "Effect": "Deny", "Action": "*", "Resource": "*"},
            ])),
            "must be unique",
        ),
    ] {
        let found = read(&document, Purpose::Identity).unwrap_err();
        assert!(found.contains(message), "{document}: {found}");
    }
    for text in [
        "",
        "{",
        "null",
        r#"{"Statement": {"Effect": "Deny", "Effect": "Allow", "Action": "*", "Resource": "*"}}"#,
        r#"{"Statement": {"Effect": "Allow", "Action": null, "Resource": "*"}}"#,
    ] {
        assert_eq!(
            Policy::parse(text, Purpose::Identity).unwrap_err().0,
            "Syntax errors in policy.",
            "{text}"
        );
    }
    let deep = format!("{{\"Statement\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert!(Policy::parse(&deep, Purpose::Identity).is_err());
}

#[test]
fn conditions_that_are_none_are_refused() {
    for (operator, keys) in [
        ("StringIs", json!({"aws:username": "a"})),
        ("ForSomeValues:StringEquals", json!({"aws:username": "a"})),
        ("ForAnyValue:Null", json!({"aws:username": "true"})),
        ("NullIfExists", json!({"aws:username": "true"})),
        ("StringEquals", json!({"username": "a"})),
        ("StringEquals", json!({"aws:username": {"a": "b"}})),
        ("StringEquals", json!("a")),
        ("NumericLessThan", json!({"aws:n": "x"})),
        ("NumericLess", json!({"aws:n": "1"})),
        ("DateLessThan", json!({"aws:CurrentTime": "soon"})),
        ("Bool", json!({"aws:SecureTransport": "yes"})),
        ("IpAddress", json!({"aws:SourceIp": "10.0.0.0/33"})),
        ("ArnLike", json!({"aws:SourceArn": "bucket"})),
        ("BinaryEquals", json!({"aws:k": "***"})),
    ] {
        let condition = Value::Object([(operator.to_owned(), keys)].into_iter().collect());
        let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition});
        let found = read(&json!({"Statement": statement}), Purpose::Identity);
        assert!(found.is_err(), "{operator} {statement}");
    }
}

#[test]
fn a_document_is_kept_as_it_was_given() {
    let text = " {\"Statement\" : {\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"*\"} }";
    let document = Document::new(text.to_owned(), Purpose::Identity).unwrap();
    let bytes = minicbor::to_vec(&document).unwrap();
    let back: Document = minicbor::decode(&bytes).unwrap();
    assert_eq!((&back, back.text()), (&document, text));
    assert_eq!(back.policy(), document.policy());
    assert!(Document::new("{}".to_owned(), Purpose::Identity).is_err());
}
