//! Packets sent from inside containers. Refusal is silence, so every silence is set against an answer over the same
//! wire.

use crate::lab::{Lab, PATIENCE, until};
use std::io::Read;
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

const AT_ONCE: Duration = Duration::from_secs(2);

#[test]
fn security_groups_and_vpcs_keep_what_they_promise() {
    let lab = Lab::with_two_tier();
    a_reference_lets_members_in_and_nobody_else(&lab);
    the_same_addresses_twice_do_not_meet(&lab);
    a_removed_rule_cuts_connections(&lab);
}

fn a_reference_lets_members_in_and_nobody_else(lab: &Lab) {
    let (web, standby, app) =
        (lab.members("web").remove(0), lab.members("standby").remove(0), lab.instance("app"));
    assert_eq!(lab.page_from(&web.id, &app.private).as_ref(), Some(&app.id));
    assert_eq!(lab.page_from(&standby.id, &web.private), Some(web.id), "the stranger's own network works");
    assert_eq!(lab.page_from(&standby.id, &app.private), None);
    let ping = lab.exec(&standby.id, &["ping", "-c", "1", "-W", "1", &app.private]);
    assert!(!ping.status.success(), "{}", crate::lab::said(&ping));
}

/// A second VPC with the first one's blocks and, inside, an instance with the address of `app`. Between its instances,
/// all of one subnet, a group reference decides too.
fn the_same_addresses_twice_do_not_meet(lab: &Lab) {
    let (web, app) = (lab.members("web").remove(0), lab.instance("app"));
    lab.applied(&twin(&app.private));
    for name in ["twin", "friend", "stranger"] {
        lab.ok(&["wait", "instance", name, "--for=status.state=running"]);
    }
    let twin = lab.instance("twin");
    assert_eq!(twin.private, app.private);
    lab.until_page("friend", &app.private, Some(&twin.id));
    assert_eq!(lab.page_from(&web.id, &app.private), Some(app.id), "each VPC sees its own");
    assert_eq!(lab.page_from("stranger", &app.private), None, "also within one subnet");
    let friend = lab.instance("friend").private;
    assert_eq!(
        lab.page_from("stranger", &friend),
        Some(lab.instance("friend").id),
        "the stranger's network works"
    );
    assert_eq!(lab.page_from("stranger", &web.private), None, "the other VPC is out of reach");
}

fn twin(address: &str) -> String {
    format!(
        "kind: Vpc
metadata: {{name: twin}}
spec: {{cidrBlock: 10.0.0.0/16}}
---
kind: Subnet
metadata: {{name: twin}}
spec: {{vpcId: twin, availabilityZone: us-east-1a, cidrBlock: 10.0.10.0/24}}
---
kind: SecurityGroup
metadata: {{name: open}}
spec:
  vpcId: twin
  description: Anybody
  ingress: [{{ipProtocol: tcp, fromPort: 80, toPort: 80, cidrIp: 0.0.0.0/0}}]
---
kind: SecurityGroup
metadata: {{name: guarded}}
spec:
  vpcId: twin
  description: Friends
  ingress: [{{ipProtocol: tcp, fromPort: 80, toPort: 80, sourceGroupId: friends}}]
---
kind: SecurityGroup
metadata: {{name: friends}}
spec: {{vpcId: twin, description: Who may}}
---
kind: Instance
metadata: {{name: twin}}
spec: {{imageId: hearth/web, instanceType: t3.nano, subnetId: twin, securityGroupIds: [guarded], privateIpAddress: {address}}}
---
kind: Instance
metadata: {{name: friend}}
spec: {{imageId: hearth/web, instanceType: t3.nano, subnetId: twin, securityGroupIds: [friends, open]}}
---
kind: Instance
metadata: {{name: stranger}}
spec: {{imageId: hearth/web, instanceType: t3.nano, subnetId: twin, securityGroupIds: [open]}}
"
    )
}

/// New ones, and one over which something is being said.
fn a_removed_rule_cuts_connections(lab: &Lab) {
    let (web, app) = (lab.members("web").remove(0), lab.instance("app"));
    lab.applied(&app_group(&[80, 9000]));
    let _listener = Talk::start(lab, "app", "nc -l -p 9000 -e cat");
    let speaker = format!(
        "while :; do (while echo said; do sleep 0.05; done) | nc {} 9000; sleep 0.1; done",
        app.private
    );
    let talk = Talk::start(lab, &web.id, &speaker);
    talk.until_heard();
    lab.applied(&app_group(&[]));
    until("new connections are refused", AT_ONCE, || match lab.page_from(&web.id, &app.private) {
        None => Ok(()),
        Some(page) => Err(page),
    });
    talk.until_silent();
    lab.applied(&app_group(&[80]));
    lab.until_page(&web.id, &app.private, Some(&app.id));
}

fn app_group(ports: &[u16]) -> String {
    let rule = |port| format!("{{ipProtocol: tcp, fromPort: {port}, toPort: {port}, sourceGroupId: web}}");
    let ingress = ports.iter().map(rule).collect::<Vec<_>>().join(", ");
    format!(
        "kind: SecurityGroup
metadata: {{name: app}}
spec:
  vpcId: shop
  description: Only the web tier may ask the application
  ingress: [{ingress}]
"
    )
}

/// A shell inside an instance that goes on, and how much it has printed.
struct Talk {
    process: Child,
    heard: Arc<AtomicUsize>,
}

impl Talk {
    fn start(lab: &Lab, instance: &str, script: &str) -> Self {
        let mut command = lab.machine.hearth();
        command
            .args(["exec", instance, "--", "sh", "-c", script])
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let heard = Arc::new(AtomicUsize::new(0));
        let (mut stdout, count) = (process.stdout.take().unwrap(), heard.clone());
        std::thread::spawn(move || {
            let mut buffer = [0; 1024];
            while let Ok(length @ 1..) = stdout.read(&mut buffer) {
                count.fetch_add(length, Ordering::Relaxed);
            }
        });
        Self { process, heard }
    }

    fn heard(&self) -> usize {
        self.heard.load(Ordering::Relaxed)
    }

    fn until_heard(&self) {
        const SOME: usize = 20;
        until("the connection carries something", PATIENCE, || match self.heard() {
            heard if heard > SOME => Ok(()),
            heard => Err(format!("{heard} bytes")),
        });
    }

    /// A window without a byte, ten times as long as the pauses of the speaker.
    fn until_silent(&self) {
        const WINDOW: Duration = Duration::from_millis(500);
        until("the connection is cut", AT_ONCE, || {
            let before = self.heard();
            std::thread::sleep(WINDOW);
            if self.heard() == before { Ok(()) } else { Err("it still carries".to_owned()) }
        });
    }
}

impl Drop for Talk {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
