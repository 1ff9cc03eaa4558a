//! What an instance uses, and ports that lead into it: steps of the tour through the command line.

use crate::lab::{Lab, PATIENCE, said, until};
use serde_json::Value;
use std::process::Stdio;
use tests::process::Process;

pub(crate) fn top_measures(lab: &Lab) {
    let id = lab.instance("small").id;
    let work = ["exec", "small", "--", "sh", "-c", "while :; do :; done"];
    let mut busy = lab.machine.hearth().args(work).stdin(Stdio::null()).spawn().unwrap();
    until("its work shows", PATIENCE, || {
        let text = lab.ok(&["top", "i/small", "-o", "json"]);
        let usage = serde_json::from_str::<Value>(&text).unwrap()["usage"].clone();
        let number = |name: &str| usage[name].as_u64().unwrap_or(0);
        let seen = number("cpuMillis") > 100 && number("memoryBytes") > 0 && number("tasks") > 1;
        if seen { Ok(()) } else { Err(text) }
    });
    busy.kill().unwrap();
    busy.wait().unwrap();
    let table = lab.ok(&["top", "instances", "-l", "role=test", "--sort-by", "cpu"]);
    assert!(table.starts_with("NAME") && table.contains(&id) && !table.contains("unknown"), "{table}");
    assert_eq!(lab.ok(&["top", "i", "-l", "role=other", "-o", "name"]), "");
    let nodes = lab.ok(&["top", "nodes", "--sort-by", "memory"]);
    assert_eq!(nodes.lines().count(), 2, "{nodes}");
    assert!(nodes.contains('%') && !nodes.contains("unknown"), "{nodes}");
    assert_eq!(lab.hearth(&["top", "vpcs"]).status.code(), Some(4));
}

pub(crate) fn ports_are_forwarded(lab: &Lab) {
    let mut command = lab.machine.hearth();
    command.args(["port-forward", "small", ":80", ":81"]);
    let forward = Process::start(command, &lab.machine.folder().join("forward.log"));
    let address = |remote: &str| {
        until("it listens", PATIENCE, || {
            let log = forward.log();
            let line = log.lines().find(|line| line.ends_with(&format!(" -> {remote}")));
            line.and_then(|line| line.split(' ').nth(2)).map(str::to_owned).ok_or(log)
        })
    };
    let ask = |address: &str| {
        let mut curl = lab.machine.command("curl");
        let output = curl.args(["-s", "-m", "10", &format!("http://{address}/")]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (web, nothing, id) = (address("80"), address("81"), lab.instance("small").id);
    let (served, page) = ask(&web);
    assert!(served && page.contains(&id), "{page}");
    assert!(!ask(&nothing).0, "nothing listens there");
    assert!(ask(&web).0, "the forward goes on");
    let told = forward.log();
    assert!(told.contains("port 81: ") && told.contains("connection refused"), "{told}");
    assert_eq!(lab.hearth(&["port-forward", "nobody", "80"]).status.code(), Some(3));
    assert_eq!(lab.hearth(&["port-forward", "small", "0"]).status.code(), Some(2));
}

/// From a profile to a request that a program inside signs as the role.
pub(crate) fn programs_take_on_the_role(lab: &Lab) {
    let trust = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"}}"#;
    for body in [
        &format!("Action=CreateRole&RoleName=reader&AssumeRolePolicyDocument={trust}")[..],
        "Action=AttachRolePolicy&RoleName=reader&PolicyArn=arn:aws:iam::aws:policy/AmazonEC2ReadOnlyAccess",
        "Action=CreateInstanceProfile&InstanceProfileName=web",
        "Action=AddRoleToInstanceProfile&InstanceProfileName=web&RoleName=reader",
    ] {
        lab.aws("iam", &format!("{body}&Version=2010-05-08"));
    }
    let id = lab.instance("small").id;
    let associate = "Action=AssociateIamInstanceProfile&Version=2016-11-15&IamInstanceProfile.Name=web";
    lab.aws("ec2", &format!("{associate}&InstanceId={id}"));
    let url = "http://169.254.169.254/latest/meta-data/iam/security-credentials/reader";
    let given = until("the metadata service has credentials", PATIENCE, || {
        let output = lab.exec("small", &["wget", "-qO-", url]);
        serde_json::from_slice::<Value>(&output.stdout).map_err(|_| said(&output))
    });
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let (key, secret, token) = (text("AccessKeyId"), text("SecretAccessKey"), text("Token"));
    let ask = |service: &str, body: &str| {
        let output = lab.aws_as([&key, &secret, &token], service, body);
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    let who = ask("sts", "Action=GetCallerIdentity&Version=2011-06-15");
    assert!(who.contains(&format!(":assumed-role/reader/{id}</Arn>")), "{who}");
    let seen = ask("ec2", "Action=DescribeInstances&Version=2016-11-15");
    assert!(seen.contains(&id), "{seen}");
    let refused = ask("ec2", &format!("Action=TerminateInstances&Version=2016-11-15&InstanceId.1={id}"));
    assert!(refused.contains("UnauthorizedOperation"), "{refused}");
    let message = refused.split("failure message: ").nth(1).and_then(|rest| rest.split('<').next()).unwrap();
    let decode = format!("Action=DecodeAuthorizationMessage&Version=2011-06-15&EncodedMessage={message}");
    let decoded = lab.aws("sts", &decode);
    assert!(decoded.contains("ec2:TerminateInstances") && decoded.contains(&id), "{decoded}");
}
