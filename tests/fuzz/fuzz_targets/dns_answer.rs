#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(init: tests_fuzz::lay_out("dns_answer"), |data: &[u8]| tests_fuzz::dns_answer(data));
