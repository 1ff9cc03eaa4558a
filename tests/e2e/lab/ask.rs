//! How a user asks a region: `hearth`, `dig`, `curl`.

use super::{Lab, PATIENCE, said, until};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::net::Ipv4Addr;
use std::process::{Command, Output, Stdio};

/// Where DNS answers unless told otherwise.
const DNS: [&str; 3] = ["@127.0.0.1", "-p", "5353"];
/// After which no answer is one, in seconds, for programs inside instances.
const SILENCE_S: &str = "1";

/// An instance of a group.
#[derive(Clone, Debug)]
pub(crate) struct Member {
    pub(crate) id: String,
    pub(crate) public: String,
    pub(crate) private: String,
}

impl Member {
    fn of(instance: &Value) -> Self {
        let text = |key: &str| instance["status"][key].as_str().unwrap_or_default().to_owned();
        Self { id: text("instanceId"), public: text("publicIpAddress"), private: text("privateIpAddress") }
    }
}

impl Lab {
    /// `hearth` with these arguments, whatever comes of it.
    pub(crate) fn hearth(&self, arguments: &[&str]) -> Output {
        self.machine.hearth().args(arguments).stdin(Stdio::null()).output().unwrap()
    }

    /// What a `hearth` that succeeds prints.
    pub(crate) fn ok(&self, arguments: &[&str]) -> String {
        let output = self.hearth(arguments);
        assert!(output.status.success(), "hearth {}: {}", arguments.join(" "), said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// `hearth apply -f -`.
    pub(crate) fn apply(&self, manifest: &str) -> Output {
        let mut command = self.machine.hearth();
        command
            .args(["apply", "-f", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        child.stdin.take().unwrap().write_all(manifest.as_bytes()).unwrap();
        child.wait_with_output().unwrap()
    }

    /// Applies what is known to be right.
    pub(crate) fn applied(&self, manifest: &str) {
        let output = self.apply(manifest);
        assert!(output.status.success(), "{manifest}\n{}", said(&output));
    }

    /// Asks the AWS API of a service, with the account's own key, by `curl`'s own signature.
    pub(crate) fn aws(&self, service: &str, body: &str) -> String {
        let output = self.signed(service, body, None);
        assert!(output.status.success(), "{body}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The same with temporary credentials: key, secret and token; with whatever comes of it.
    pub(crate) fn aws_as(&self, credentials: [&str; 3], service: &str, body: &str) -> Output {
        self.signed(service, body, Some(credentials))
    }

    fn signed(&self, service: &str, body: &str, temporary: Option<[&str; 3]>) -> Output {
        let environment = self.ok(&["env"]);
        let lines = environment.lines().filter_map(|line| line.strip_prefix("export ")?.split_once('='));
        let known: BTreeMap<&str, &str> = lines.collect();
        let own = || format!("{}:{}", known["AWS_ACCESS_KEY_ID"], known["AWS_SECRET_ACCESS_KEY"]);
        let user = temporary.map_or_else(own, |[key, secret, _]| format!("{key}:{secret}"));
        let scope = format!("aws:amz:{}:{service}", known["AWS_REGION"]);
        let mut curl = self.machine.command("curl");
        curl.args(["--silent", "--show-error", "--fail-with-body", "--aws-sigv4", &scope, "--user", &user]);
        curl.args(temporary.map(|[_, _, token]| format!("-HX-Amz-Security-Token: {token}")));
        curl.args(known.get("AWS_CA_BUNDLE").map(|bundle| format!("--cacert={bundle}")));
        curl.args(["--data", body, known["AWS_ENDPOINT_URL"]]).output().unwrap()
    }

    /// One record.
    pub(crate) fn get(&self, kind: &str, name: &str) -> Value {
        serde_json::from_str(&self.ok(&["get", kind, name, "-o", "json"])).unwrap()
    }

    /// All instances by id.
    pub(crate) fn instances(&self) -> BTreeMap<String, Value> {
        let all: Value = serde_json::from_str(&self.ok(&["get", "instances", "-o", "json"])).unwrap();
        let items = all["items"].as_array().unwrap().iter();
        items.map(|it| (it["metadata"]["id"].as_str().unwrap().to_owned(), it.clone())).collect()
    }

    /// One instance, by name or id.
    pub(crate) fn instance(&self, name: &str) -> Member {
        Member::of(&self.get("instance", name))
    }

    /// A group's instances that are in service.
    pub(crate) fn members(&self, group: &str) -> Vec<Member> {
        let group = self.get("auto_scaling_group", group);
        let listed = group["status"]["instances"].as_array().cloned().unwrap_or_default();
        let serving = listed.iter().filter(|it| it["lifecycleState"] == "InService");
        let ids: Vec<&str> = serving.filter_map(|it| it["instanceId"].as_str()).collect();
        let all = self.instances();
        ids.iter().filter_map(|id| all.get(*id)).map(Member::of).collect()
    }

    /// Their public addresses.
    pub(crate) fn member_addresses(&self, group: &str) -> BTreeSet<String> {
        self.members(group).into_iter().map(|member| member.public).collect()
    }

    /// `dig +short` with short patience.
    pub(crate) fn dig(&self, arguments: &[&str]) -> Command {
        let mut command = self.machine.command("dig");
        command.args(DNS).args(["+short", "+time=1", "+tries=1"]).args(arguments);
        command
    }

    /// The lines of an answer; none if there is no answer.
    pub(crate) fn answers(&self, name: &str, record: &str) -> Vec<String> {
        let output = self.dig(&[name, record]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        if output.status.success() { text.lines().map(str::to_owned).collect() } else { Vec::new() }
    }

    /// The addresses at the end of a name's chain.
    pub(crate) fn addresses(&self, name: &str) -> BTreeSet<String> {
        let lines = self.answers(name, "A").into_iter();
        lines.filter(|line| line.parse::<Ipv4Addr>().is_ok()).collect()
    }

    /// `curl` of an instance from the machine.
    pub(crate) fn curl(&self, address: &str) -> Command {
        let mut command = self.machine.command("curl");
        command.args([
            "--silent",
            "--show-error",
            "--fail",
            "--max-time",
            "2",
            &format!("http://{address}/"),
        ]);
        command
    }

    /// Whether the instance at `address` answers with its id.
    pub(crate) fn serves(&self, member: &Member) -> Result<(), String> {
        let output = self.curl(&member.public).output().unwrap();
        tests::wait::same(&String::from_utf8_lossy(&output.stdout).trim(), &member.id.as_str())
            .map_err(|difference| format!("{member:?}: {difference}: {}", said(&output)))
    }

    /// A program inside an instance.
    pub(crate) fn exec(&self, instance: &str, command: &[&str]) -> Output {
        self.hearth(&[&["exec", instance, "--"], command].concat())
    }

    /// The page at `address` as an instance sees it; silence is `None`.
    ///
    /// The limit is `timeout`'s, since busybox' wget has none that works in every build.
    pub(crate) fn page_from(&self, instance: &str, address: &str) -> Option<String> {
        let page = self.asked_from(instance, address);
        page.unwrap_or_else(|said| panic!("neither an answer nor silence: {said}"))
    }

    /// The same; the error is what came instead of both, such as a refusal of a port where nobody listens yet.
    fn asked_from(&self, instance: &str, address: &str) -> Result<Option<String>, String> {
        let url = format!("http://{address}/");
        let output = self.exec(instance, &["timeout", SILENCE_S, "wget", "-q", "-O", "-", &url]);
        match output.status.code() {
            Some(0) => Ok(Some(String::from_utf8(output.stdout).unwrap().trim().to_owned())),
            Some(143) => Ok(None),
            _ => Err(said(&output)),
        }
    }

    /// Waits until the page at `address`, seen from `instance`, is `wanted`.
    pub(crate) fn until_page(&self, instance: &str, address: &str, wanted: Option<&str>) {
        until(&format!("{address} from {instance}"), PATIENCE, || {
            tests::wait::same(&self.asked_from(instance, address)?.as_deref(), &wanted)
        });
    }
}

/// `kill -9`.
pub(crate) fn kill(pid: u32) {
    tests::machine::done(Command::new("kill").args(["-KILL", &pid.to_string()])).unwrap();
}
