#![no_main]

use controlplane_wire::model::Protocol;
use libfuzzer_sys::fuzz_target;

fuzz_target!(init: tests_fuzz::lay_out("json"), |data: &[u8]| tests_fuzz::body(Protocol::Json11, data));
