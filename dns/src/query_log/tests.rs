//! Lines, rings and files.

use super::*;
use crate::answer::{Logged, Transport};
use crate::compile::QueryLogs;
use crate::location::Client;
use controlplane_types::dns::name;
use std::fs;
use std::path::Path;
use std::sync::Mutex;

const AT: u64 = 1_513_152_962_130;

fn entry(text: &str, kind: u16, rcode: u8, client: Option<Client>) -> Entry {
    let name = name::parse(text).unwrap();
    let logged = Logged { zone_id: "Z123412341234", name: &name, kind, client };
    let came = (Transport::Udp, "192.168.1.1".parse().unwrap());
    Entry::new(&logged, &[0, 0, 0x84, rcode], Timestamp::from_millis(AT), came).unwrap()
}

fn line(entry: &Entry) -> String {
    let mut text = String::new();
    entry.write("DFW3", &mut text);
    text
}

#[test]
fn lines_are_as_aws_writes_them() {
    let subnet = |address: &str, prefix| Some(Client { address: address.parse().unwrap(), prefix });
    let start = "1.0 2017-12-13T08:16:02.130Z Z123412341234";
    for (entry, rest) in [
        (entry("example.com", 1, 0, None), "example.com A NOERROR UDP DFW3 192.168.1.1 -"),
        (
            entry("Example.COM", 28, 3, subnet("192.168.222.0", 24)),
            "example.com AAAA NXDOMAIN UDP DFW3 192.168.1.1 192.168.222.0/24",
        ),
        (
            entry("\\052.example.com", 255, 2, subnet("2001:db8::", 48)),
            "\\052.example.com ANY SERVFAIL UDP DFW3 192.168.1.1 2001:db8::/48",
        ),
        (entry("a.b", 65_280, 5, None), "a.b TYPE65280 REFUSED UDP DFW3 192.168.1.1 -"),
    ] {
        assert_eq!(line(&entry), format!("{start} {rest}\n"));
    }
    // A name cannot bring a blank or a new line into the log.
    assert!(line(&entry("a\\040b\\012c.example.com", 1, 0, None)).contains(" a\\040b\\012c.example.com A "));
}

/// Keeps what it is given, or refuses it.
#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<(String, String, usize)>>>, bool);

impl LogSink for Kept {
    fn append(&mut self, group: &str, stream: &str, lines: &str) -> io::Result<()> {
        if self.1 {
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.lock().unwrap().push((group.to_owned(), stream.to_owned(), lines.lines().count()));
        Ok(())
    }
}

fn logs() -> QueryLogs {
    [("Z123412341234".into(), "/group".into())].into_iter().collect()
}

#[test]
fn a_full_ring_loses_lines_and_holds_nobody_up() {
    let (recorder, ring) = ring();
    let lost = ring.lost.clone();
    for _ in 0..RING + 7 {
        recorder.record(entry("example.com", 1, 0, None));
    }
    assert_eq!(lost.load(Ordering::Relaxed), 7);
    let kept = Kept::default();
    let mut writer = Writer::new(vec![ring], "ns1".to_owned(), kept.clone());
    writer.write(&logs(), Duration::ZERO);
    let expected = ("/group".to_owned(), "Z123412341234/ns1".to_owned(), RING);
    assert_eq!(*kept.0.lock().unwrap(), [expected]);
    assert_eq!(lost.load(Ordering::Relaxed), 0, "they are counted once");
    recorder.record(entry("example.com", 1, 0, None));
    writer.write(&QueryLogs::default(), Duration::ZERO);
    writer.write(&logs(), Duration::ZERO);
    assert_eq!(kept.0.lock().unwrap().len(), 1, "nobody logs the zone any more");
}

#[test]
fn what_the_sink_refuses_is_lost_and_nothing_stops() {
    let (recorder, ring) = ring();
    let mut writer = Writer::new(vec![ring], "ns1".to_owned(), Kept(Arc::default(), true));
    recorder.record(entry("example.com", 1, 0, None));
    writer.write(&logs(), Duration::ZERO);
    recorder.record(entry("example.com", 1, 0, None));
    writer.write(&logs(), Duration::ZERO);
}

fn files(folder: &Path) -> Vec<(String, u64)> {
    let mut found: Vec<(String, u64)> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap())
        .map(|file| (file.file_name().into_string().unwrap(), file.metadata().unwrap().len()))
        .collect();
    found.sort();
    found
}

#[test]
fn files_are_bounded_in_size_and_number() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = Files::new(folder.path(), Limits { bytes: 100, old: 2 }).unwrap();
    for number in 0..50 {
        sink.append("/aws/route53/x", "Z1/ns1", &format!("{number:09}\n")).unwrap();
    }
    let found = files(&folder.path().join("aws/route53/x/Z1"));
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["ns1.log.1", "ns1.log.2"], "the fifth has been moved, the next begins with a line");
    assert!(found.iter().all(|(_, bytes)| *bytes == 100));
    let newest = fs::read_to_string(folder.path().join("aws/route53/x/Z1/ns1.log.1")).unwrap();
    assert!(newest.starts_with("000000040\n") && newest.ends_with("000000049\n"), "{newest}");

    // A process that starts again goes on where the last one stopped.
    let mut sink = Files::new(folder.path(), Limits { bytes: 100, old: 2 }).unwrap();
    sink.append("/aws/route53/x", "Z1/ns1", "a\n").unwrap();
    let mut sink = Files::new(folder.path(), Limits { bytes: 100, old: 2 }).unwrap();
    sink.append("/aws/route53/x", "Z1/ns1", "b\n").unwrap();
    let current = fs::read_to_string(folder.path().join("aws/route53/x/Z1/ns1.log")).unwrap();
    assert_eq!(current, "a\nb\n");
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let mut sink = Files::new(folder.path(), Limits::default()).unwrap();
    for (group, stream) in [("../x", "Z1/ns1"), ("x", "../../ns1"), ("/x/../..", "a"), ("./../x", "a")] {
        assert!(sink.append(group, stream, "a\n").is_err(), "{group} {stream}");
    }
    assert_eq!(files(folder.path()), []);
    sink.append("//x", "Z1/ns1", "a\n").unwrap();
    assert_eq!(files(&folder.path().join("x/Z1")).len(), 1);
}
