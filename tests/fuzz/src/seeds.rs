//! What each target begins with: the request with every member of every action, and the golden requests of a real SDK. Without them
//! most runs would end at the first byte. And the dictionary of what means something to the readers.
//!
//! A target writes its own before libFuzzer looks for them: a program of its own for this would have to be built without
//! instruments, and all of the house with it once more.

use crate::body::{BREAK, calls};
use crate::{dns_answer, record_text, route53};
use controlplane_wire::client::{self, TOKENS};
use controlplane_wire::model::Protocol;
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Write};
use std::path::Path;

/// The folder that is to be filled.
const FOLDER: &str = "HEARTH_FUZZ_SEEDS";

/// Fills the folder that the environment names with the seeds of a target, in a folder of its name, and the dictionary.
///
/// # Panics
///
/// When it cannot be written.
pub fn lay_out(target: &str) {
    if let Some(folder) = std::env::var_os(FOLDER) {
        written(Path::new(&folder), target).expect("the folder of seeds can be written");
    }
}

fn written(folder: &Path, target: &str) -> io::Result<()> {
    let corpus = folder.join(target);
    fs::create_dir_all(&corpus)?;
    for (number, seed) in seeds(target).iter().enumerate() {
        fs::write(corpus.join(format!("seed-{number:04}")), seed)?;
    }
    fs::write(folder.join("tokens.dict"), dictionary())
}

fn seeds(target: &str) -> Vec<Vec<u8>> {
    match target {
        "gzip" => vec![compressed(b"Action=DescribeVpcs&Version=2016-11-15"), compressed(&[0; 5000])],
        "ec2_query" => bodies(Protocol::Ec2Query),
        "query" => bodies(Protocol::Query),
        "rest_xml" => bodies(Protocol::RestXml),
        "rest_json" => bodies(Protocol::RestJson),
        "json" => bodies(Protocol::Json11),
        "cbor" => bodies(Protocol::Cbor),
        "dns_answer" => dns_answer::seeds(),
        "record_text" => record_text::seeds(),
        "change_batch" => route53::batches(),
        "traffic_policy" => route53::documents(),
        _ => heads(),
    }
}

/// A line for each token, as libFuzzer reads them.
fn dictionary() -> String {
    let mut text = String::new();
    for token in TOKENS {
        text.push('"');
        for byte in *token {
            // Writing to a String cannot fail.
            let _ = write!(text, "\\x{byte:02x}");
        }
        text.push_str("\"\n");
    }
    text
}

fn bodies(protocol: Protocol) -> Vec<Vec<u8>> {
    let complete = calls(protocol).zip(0_u16..).filter_map(|(call, index)| {
        let (parts, body) = client::complete_request(call.service, call.operation).ok()?.into_parts();
        let mut seed = index.to_be_bytes().to_vec();
        if protocol.is_rest() {
            seed.extend(parts.uri.to_string().as_bytes());
            for (name, value) in &parts.headers {
                seed.extend([b"\n", name.as_str().as_bytes(), b":", value.as_bytes()].concat());
            }
            seed.push(BREAK);
        }
        seed.extend(&body[..]);
        Some(seed)
    });
    complete.collect()
}

fn heads() -> Vec<Vec<u8>> {
    let golden = include_str!("../../../controlplane/wire/golden/requests.json");
    let cases: Vec<Value> = serde_json::from_str(golden).expect("the golden requests");
    let text = |case: &Value, member: &str| case[member].as_str().unwrap_or_default().to_owned();
    let seed = |case: &Value| {
        let mut seed = format!("{} {}", text(case, "method"), text(case, "uri"));
        for (name, value) in case["headers"].as_object().into_iter().flatten() {
            seed += &format!("\n{name}:{}", value.as_str().unwrap_or_default());
        }
        format!("{seed}\n\n{}", text(case, "body")).into_bytes()
    };
    cases.iter().map(seed).collect()
}

fn compressed(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(plain).and_then(|()| encoder.finish()).unwrap_or_default()
}
