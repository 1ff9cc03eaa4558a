use super::create_key_pair::{CreateKeyPair, CreateKeyPairInput, CreateKeyPairOutput};
use super::delete_key_pair::{DeleteKeyPair, DeleteKeyPairInput};
use super::describe_key_pairs::{DescribeKeyPairs, DescribeKeyPairsInput};
use super::import_key_pair::{ImportKeyPair, ImportKeyPairInput};
use super::pair::NewPair;
use super::*;
use crate::filter::Filter;
use crate::tests::context;
use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use controlplane_services_kernel::operation::bind;
use controlplane_services_kernel::outcome::run_once;
use controlplane_services_kernel::{Context, Declarative, Operation, Query, Random, ServiceError, record};

const ED25519_LINE: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHH0k072lN7dupfdD7V8jnebJnOPQKYgBUdyuLaUFePi me@home";
const RSA_LINE: &str = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDTWfNM/6RjC6Gc6Gc4MaDqzqLT/TPNd7sXVmsUQSV9pKdVRJeTEnyk2pzb\
    ReXPAx8tzi4o8cQ9xndMK3Elu6eFoG97XA8nnf5lddhPixn1eYTob41s13POai7oI4ndduh1UGWQYKjE9qKjEfNHxNT5eBZ+s5V6ZJkU7a9e4ZuW9Q== t";
/// A curve that EC2 does not take.
const ECDSA_LINE: &str = "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBLF89jNouQXeOaDAPFiJyXDG2\
    UB1bArUMQc+t9c3VnS13CJiv+Bq6RUI84vTzsGANYyBKrsMEFbde+dJIfq3gxA= t";

fn create(name: &str, cx: &mut Context) -> Result<CreateKeyPairOutput, ServiceError> {
    let key_type = Some("ed25519".to_owned());
    let mut input = CreateKeyPairInput { key_name: name.into(), key_type, ..Default::default() };
    CreateKeyPair::prepare(&mut input, &mut Random::from_seed([9; 32]))?;
    CreateKeyPair::run(&input, cx)
}

fn import(name: &str, line: &str, cx: &mut Context) -> Result<String, ServiceError> {
    let input = ImportKeyPairInput {
        key_name: name.into(),
        public_key_material: line.as_bytes().into(),
        ..Default::default()
    };
    ImportKeyPair::run(&input, cx).map(|output| output.key_fingerprint)
}

fn describe(input: DescribeKeyPairsInput, cx: &Context) -> Result<Vec<String>, String> {
    let output = DescribeKeyPairs::run(&input, cx).map_err(|error| error.code.into_owned())?;
    Ok(output.key_pairs.into_iter().map(|pair| pair.key_name).collect())
}

#[test]
fn a_private_key_is_the_file_that_ssh_keygen_writes() {
    let seed = [
        0x41, 0x0a, 0x67, 0xf7, 0xe2, 0xfe, 0xd7, 0xc8, 0x66, 0x28, 0xbb, 0x2f, 0xd1, 0xb2, 0x07, 0x5d, 0x5e,
        0xe2, 0xca, 0xc6, 0x18, 0x23, 0x10, 0xa0, 0xe6, 0x8a, 0xd6, 0x71, 0x5b, 0x5c, 0xf7, 0x38,
    ];
    let pair = NewPair::of_seed(seed, 0x47ba_e9bc).unwrap();
    let (public, pem) = (&pair.public, pair.pem());
    assert_eq!(public.line("me@home"), ED25519_LINE);
    assert_eq!(public.fingerprint(), "5rPocXb93i/E9LFTWotc7L+TLX7rrgGAFMJCG+mVbk4=");
    assert_eq!(sha256(&pem), "7fca5f0aa80b000cb679b4d08bdbc226d1c03eeb5e905b913f626dfe049923fa");
}

/// The digest and not the file, so that no search for leaked keys finds one here.
fn sha256(file: &str) -> String {
    digest(&SHA256, file.as_bytes()).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A key out of a seed, which openssl and puttygen were asked about: the fingerprint, and that they read the files.
#[test]
fn an_rsa_key_is_whole_and_its_fingerprint_is_of_the_private_key() {
    let pair = NewPair::rsa(&mut Random::from_seed([9; 32])).unwrap();
    assert_eq!(pair.public.fingerprint(), "ec:6f:fa:b7:53:6c:8d:fe:1f:5c:81:d4:81:21:4a:84:e4:c8:48:11");
    assert_eq!(sha256(&pair.ppk("k")), "256b024580b3c552a183c53b5d6c424d7b5fdb55596471ce00e6d426f04ee460");
    let pem = pair.pem();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(body).unwrap();
    let key = aws_lc_rs::rsa::KeyPair::from_der(&der).unwrap();
    assert_eq!(key.public_modulus_len(), 256);
    let imported = forms::parse(&pair.public.line("k")).unwrap();
    assert_eq!(imported.blob(), pair.public.blob());
    assert_ne!(
        imported.fingerprint(),
        pair.public.fingerprint(),
        "an imported one is told by its public half"
    );
}

#[test]
fn putty_reads_ed25519_too() {
    let pair = NewPair::ed25519(&mut Random::from_seed([9; 32])).unwrap();
    assert_eq!(sha256(&pair.ppk("k")), "f38fae961dc83570c0c59f918bd48d7facb8d633d727b6775c8f9589242b8604");
}

#[test]
fn a_key_is_the_same_key_in_every_form() {
    const RFC4716: &str = "---- BEGIN SSH2 PUBLIC KEY ----
Comment: \"1024-bit RSA, conv\\
erted: from OpenSSH\"
AAAAB3NzaC1yc2EAAAADAQABAAAAgQDTWfNM/6RjC6Gc6Gc4MaDqzqLT/TPNd7sXVmsUQS
V9pKdVRJeTEnyk2pzbReXPAx8tzi4o8cQ9xndMK3Elu6eFoG97XA8nnf5lddhPixn1eYTo
b41s13POai7oI4ndduh1UGWQYKjE9qKjEfNHxNT5eBZ+s5V6ZJkU7a9e4ZuW9Q==
---- END SSH2 PUBLIC KEY ----
";
    const PEM: &str = "-----BEGIN PUBLIC KEY-----
MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDTWfNM/6RjC6Gc6Gc4MaDqzqLT
/TPNd7sXVmsUQSV9pKdVRJeTEnyk2pzbReXPAx8tzi4o8cQ9xndMK3Elu6eFoG97
XA8nnf5lddhPixn1eYTob41s13POai7oI4ndduh1UGWQYKjE9qKjEfNHxNT5eBZ+
s5V6ZJkU7a9e4ZuW9QIDAQAB
-----END PUBLIC KEY-----
";
    let der: String = PEM.lines().filter(|line| !line.starts_with('-')).collect();
    let line = forms::parse(RSA_LINE).unwrap();
    for form in [RFC4716, PEM, &der] {
        assert_eq!(forms::parse(form).as_ref(), Some(&line), "{form}");
        for cut in 0..form.len() {
            let _ = forms::parse(&form[..cut]);
        }
    }
    let wrong_algorithm = der.replacen("GCSqGSIb3DQEBAQUA", "GCSqGSIb3DQEBBQUA", 1);
    for form in
        [&der[..der.len() - 8], &wrong_algorithm, &format!("{RFC4716}x"), "-----BEGIN RSA PUBLIC KEY-----"]
    {
        assert_eq!(forms::parse(form), None, "{form}");
    }
}

#[test]
fn fingerprints_are_what_aws_shows() {
    let mut cx = context();
    assert_eq!(import("a", ED25519_LINE, &mut cx).unwrap(), "5rPocXb93i/E9LFTWotc7L+TLX7rrgGAFMJCG+mVbk4=");
    assert_eq!(import("b", RSA_LINE, &mut cx).unwrap(), "a4:54:5c:d4:91:e9:8b:46:fd:9a:0a:85:f4:fe:9c:0b");
}

#[test]
fn md5_is_as_in_its_rfc() {
    for (message, expected) in [
        ("", "d41d8cd98f00b204e9800998ecf8427e"),
        ("abc", "900150983cd24fb0d6963f7d28e17f72"),
        (
            "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
            "57edf4a22be3c955ac49da2e2107b67a",
        ),
        (
            "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
            "d174ab98d277d9f5a5611c2c9f419d9f",
        ),
    ] {
        let hex: String = md5::digest(message.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, expected, "{message:?}");
    }
}

#[test]
fn a_private_key_is_handed_out_once_and_stored_nowhere() {
    let mut cx = context();
    let key_type = Some("ed25519".to_owned());
    let input = CreateKeyPairInput { key_name: "secret".into(), key_type, ..Default::default() };
    let mut request = bind::<CreateKeyPair>(input);
    request.prepare(&mut Random::from_seed([9; 32])).unwrap();
    assert!(!format!("{request:?}").contains("PRIVATE"));
    let answer =
        serde_json::to_value(run_once(request.as_ref(), Some("invocation"), &mut cx).unwrap()).unwrap();
    let material = answer["KeyMaterial"].as_str().unwrap();
    assert!(material.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    let body = material.lines().nth(2).unwrap();
    for (key, change) in cx.into_changes().iter() {
        assert!(!format!("{key} {change:?}").contains(body), "{key}");
    }
}

#[test]
fn created_described_and_deleted() {
    let mut cx = context();
    let made = create("mine", &mut cx).unwrap();
    let stored = cx.get::<KeyPair>(&made.key_pair_id).unwrap();
    assert_eq!(forms::parse(&stored.public_key).unwrap().fingerprint(), made.key_fingerprint);
    assert_eq!(record::decode::<KeyPair>(&record::encode(stored)).unwrap(), *stored);
    import("theirs", RSA_LINE, &mut cx).unwrap();
    assert_eq!(describe(DescribeKeyPairsInput::default(), &cx).unwrap().len(), 2);
    let names = |names: &[&str]| DescribeKeyPairsInput {
        key_names: Some(names.iter().map(|name| (*name).to_owned()).collect()),
        ..Default::default()
    };
    assert_eq!(describe(names(&["mine"]), &cx).unwrap(), ["mine"]);
    assert_eq!(describe(names(&["nobody's"]), &cx).unwrap_err(), "InvalidKeyPair.NotFound");
    let filters = Some(vec![Filter { name: "key-name".into(), values: vec!["th*".into()] }]);
    assert_eq!(describe(DescribeKeyPairsInput { filters, ..Default::default() }, &cx).unwrap(), ["theirs"]);
    for _ in 0..2 {
        let input = DeleteKeyPairInput { key_name: Some("mine".into()), ..Default::default() };
        assert!(DeleteKeyPair::run(&input, &mut cx).unwrap().r#return);
    }
    assert!(cx.get::<KeyPair>(&made.key_pair_id).is_none());
}

#[test]
fn what_is_wrong_has_the_code_aws_gives_it() {
    let mut cx = context();
    import("taken", ED25519_LINE, &mut cx).unwrap();
    for (name, line, code) in [
        ("taken", ED25519_LINE, "InvalidKeyPair.Duplicate"),
        ("", ED25519_LINE, "InvalidParameterValue"),
        (" x", ED25519_LINE, "InvalidParameterValue"),
        ("x", "", "InvalidKey.Format"),
        ("x", "ssh-ed25519", "InvalidKey.Format"),
        ("x", "ssh-ed25519 !!!", "InvalidKey.Format"),
        ("x", "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5", "InvalidKey.Format"),
        ("x", ECDSA_LINE, "InvalidKey.Format"),
        ("x", &RSA_LINE.replacen("ssh-rsa", "ssh-ed25519", 1), "InvalidKey.Format"),
        ("x", &"a".repeat(3000), "InvalidParameterValue"),
    ] {
        assert_eq!(import(name, line, &mut cx).unwrap_err().code, code, "{name:?} {line:?}");
    }
    let mut create = |key_type: &str, key_format: &str| {
        let (key_type, key_format) = (Some(key_type.to_owned()), Some(key_format.to_owned()));
        let mut input =
            CreateKeyPairInput { key_name: "x".into(), key_type, key_format, ..Default::default() };
        CreateKeyPair::prepare(&mut input, &mut Random::from_seed([9; 32]))?;
        CreateKeyPair::run(&input, &mut cx).map(|output| output.key_material)
    };
    assert!(create("dsa", "pem").unwrap_err().message.contains("KeyType"));
    assert!(create("ed25519", "jks").unwrap_err().message.contains("KeyFormat"));
    assert!(create("ed25519", "ppk").unwrap().starts_with("PuTTY-User-Key-File-2: ssh-ed25519\n"));
    assert!(DeleteKeyPair::run(&DeleteKeyPairInput::default(), &mut cx).is_err());
}

#[test]
fn a_manifest_imports() {
    let mut cx = context();
    let spec = |line: &str, tag: &str| KeyPairSpec {
        public_key_material: line.into(),
        tags: [("a".to_owned(), tag.to_owned())].into(),
    };
    let id = KeyPair::create("mine", spec(ED25519_LINE, "1"), &mut cx).unwrap();
    assert_eq!(KeyPair::find("mine", &cx), Some(id.clone()));
    KeyPair::update(&id, spec(ED25519_LINE, "1"), spec(ED25519_LINE, "2"), &mut cx).unwrap();
    assert_eq!(crate::tag::get(&id, "a", &cx), Some("2"));
    let key = |line: &str| KeyPair::canonical(spec(line, "2")).unwrap().public_key_material;
    assert_eq!(
        key(&format!("{ED25519_LINE}\n")),
        key(&cx.get::<KeyPair>(&id).unwrap().public_key),
        "comments do not count"
    );
    assert_ne!(key(ED25519_LINE), key(RSA_LINE));
    KeyPair::delete(&id, &mut cx).unwrap();
    assert!(cx.get::<KeyPair>(&id).is_none() && crate::tag::of(&id, &cx).is_empty());
}
