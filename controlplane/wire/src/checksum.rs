//! Checksums that a client sends behind a body: `x-amz-checksum-crc32c` and its like.
//!
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html>

use aws_lc_rs::digest;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crc::Crc;

static CRC32: Crc<u32> = Crc::<u32>::new(&crc::CRC_32_ISO_HDLC);
static CRC32C: Crc<u32> = Crc::<u32>::new(&crc::CRC_32_ISCSI);
static CRC64NVME: Crc<u64> = Crc::<u64>::new(&crc::CRC_64_NVME);

/// The checksum of `data` as the header with this name has it; `None` where there is no such header.
pub(crate) fn of(header: &str, data: &[u8]) -> Option<String> {
    Some(match header.to_ascii_lowercase().strip_prefix("x-amz-checksum-")? {
        "crc32" => STANDARD.encode(CRC32.checksum(data).to_be_bytes()),
        "crc32c" => STANDARD.encode(CRC32C.checksum(data).to_be_bytes()),
        "crc64nvme" => STANDARD.encode(CRC64NVME.checksum(data).to_be_bytes()),
        "sha1" => STANDARD.encode(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, data)),
        "sha256" => STANDARD.encode(digest::digest(&digest::SHA256, data)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::of;

    /// The check values of the catalogue of CRCs, and digests as hashlib has them.
    #[test]
    fn checksums_equal_the_published_ones() {
        for (name, expected) in [
            ("x-amz-checksum-crc32", "y/Q5Jg=="),
            ("X-Amz-Checksum-CRC32C", "4waSgw=="),
            ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
            ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
            ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
        ] {
            assert_eq!(of(name, b"123456789").as_deref(), Some(expected), "{name}");
        }
        assert_eq!(of("x-amz-checksum-md5", b""), None);
        assert_eq!(of("content-md5", b""), None);
    }
}
