//! The main job: the example of `manifests/examples/two-tier` becomes real and is found by name.

use crate::lab::{Lab, PATIENCE, same, until};

/// 70 of 100, give or take five standard deviations of 200 questions.
const WEIGHTED_SHARE: std::ops::RangeInclusive<usize> = 54..=86;
const QUESTIONS: usize = 200;

#[test]
fn the_two_tiers_serve_and_are_found_by_name_and_leave_no_trace() {
    let lab = Lab::with_two_tier();
    every_instance_answers_with_its_id(&lab);
    weighted_names_share(&lab);
    failover_leads_to_the_standby_and_back(&lab);
    assert!(lab.apply(&example()).status.success());
    assert_eq!(lab.end(), Vec::<String>::new());
}

fn example() -> String {
    std::fs::read_to_string(tests::checkout().join("manifests/examples/two-tier/04-instances.yaml")).unwrap()
}

fn every_instance_answers_with_its_id(lab: &Lab) {
    let (web, standby) = (lab.members("web"), lab.members("standby"));
    assert_eq!((web.len(), standby.len()), (3, 1));
    for member in web.iter().chain(&standby) {
        until("an instance serves", PATIENCE, || lab.serves(member));
    }
    let app = lab.instance("app");
    lab.until_page(&web[0].id, &app.private, Some(&app.id));
}

fn weighted_names_share(lab: &Lab) {
    let questions = ["canary.hearth.test", "CNAME"].repeat(QUESTIONS);
    let output = lab.dig(&questions).output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(text.lines().count(), QUESTIONS);
    let share = 100 * text.lines().filter(|line| *line == "web.hearth.test.").count() / QUESTIONS;
    assert!(WEIGHTED_SHARE.contains(&share), "{share} %");
}

/// The check of the shop is turned round, as an operator does who wants to move everybody away.
fn failover_leads_to_the_standby_and_back(lab: &Lab) {
    for (inverted, target) in
        [(false, "web.hearth.test."), (true, "standby.hearth.test."), (false, "web.hearth.test.")]
    {
        lab.applied(&health_check(inverted));
        until("www leads elsewhere", PATIENCE, || {
            same(&lab.answers("www.hearth.test", "CNAME"), &vec![target.to_owned()])
        });
    }
}

fn health_check(inverted: bool) -> String {
    format!(
        "kind: HealthCheck
metadata: {{name: web}}
spec:
  type: HTTP
  fullyQualifiedDomainName: web.hearth.test
  port: 80
  resourcePath: /health
  requestInterval: 1
  failureThreshold: 2
  inverted: {inverted}
"
    )
}
