#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: tests_fuzz::lay_out("record_text"), |data: &[u8]| tests_fuzz::record_text(data));
