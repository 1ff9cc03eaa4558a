#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: tests_fuzz::lay_out("traffic_policy"), |data: &[u8]| tests_fuzz::traffic_policy(data));
