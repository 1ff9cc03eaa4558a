#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: tests_fuzz::lay_out("change_batch"), |data: &[u8]| tests_fuzz::change_batch(data));
