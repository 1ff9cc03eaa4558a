//! A machine's certificates, as files.

use super::{Authority, Fingerprint, Holder, KeyAndRequest, PkiError, PublicKey, Role, server_names};
use controlplane_services_native::certificate::Term;
use controlplane_types::{Runtime, Timestamp};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use std::fs;
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

const BUNDLE: &str = "ca.pem";
const AUTHORITY_KEY: &str = "ca.key";
/// Keys are for their owner only.
const SECRET: u32 = 0o600;
const PUBLIC: u32 = 0o644;

/// The folder with a machine's certificates.
#[derive(Clone, Debug)]
pub struct Folder(PathBuf);

/// The first server of a cluster, which nobody can let in.
#[derive(Clone, Debug)]
pub struct FirstServer {
    /// Its number.
    pub number: u64,
    /// Addresses it answers to, `HOST:PORT`.
    pub addresses: Vec<String>,
    /// How long certificates live.
    pub life: Duration,
}

impl Folder {
    /// Certificates that are in `dir`, or will be.
    pub fn at(dir: impl Into<PathBuf>) -> Self {
        Self(dir.into())
    }

    /// Makes what a first server lacks: the authority, its own certificate, and an administrator's, with which everything
    /// else on this machine comes in. What is there and usable stays.
    pub fn ensure(dir: &Path, first: &FirstServer, runtime: &dyn Runtime) -> Result<Self, PkiError> {
        let folder = Self(dir.to_owned());
        if !folder.path(BUNDLE).exists() {
            let (certificate, key) = Authority::generate(runtime.now())?;
            folder.write(AUTHORITY_KEY, &key, SECRET)?;
            folder.write(BUNDLE, &certificate, PUBLIC)?;
        }
        let number = first.number.to_string();
        for (role, name) in [(Role::Server, number.as_str()), (Role::Client, "admin")] {
            // A folder copied from another server holds that one's certificate.
            let another = role == Role::Server && folder.holder(role).is_ok_and(|holder| holder.name != name);
            if another || !folder.is_usable(role, runtime.now()) {
                folder.sign(role, name, first, runtime)?;
            }
        }
        Ok(folder)
    }

    /// Whether there is a certificate for `role` that has not ended.
    pub fn is_usable(&self, role: Role, now: Timestamp) -> bool {
        self.holder(role).is_ok_and(|holder| holder.not_after > now) && self.is_whole(role)
    }

    /// What the certificate of `role` says.
    pub fn holder(&self, role: Role) -> Result<Holder, PkiError> {
        let text = self.read(&file(role))?;
        let unusable = |reason: String| PkiError::Unusable { path: self.path(&file(role)), reason };
        let der =
            CertificateDer::from_pem_slice(text.as_bytes()).map_err(|error| unusable(error.to_string()))?;
        Holder::read(&der).map_err(|error| unusable(error.to_string()))
    }

    /// Certificate chain and key of `role`, and the authorities trusted here, as PEM.
    pub(super) fn pem(&self, role: Role) -> Result<(String, String), PkiError> {
        Ok((self.read(&file(role))?, self.read(BUNDLE)?))
    }

    /// The authority, if this machine has its key.
    pub fn authority(&self) -> Result<Authority, PkiError> {
        let unusable = |error: PkiError| PkiError::Unusable {
            path: self.path(AUTHORITY_KEY),
            reason: error.to_string(),
        };
        Authority::from_pem(&self.read(BUNDLE)?, &self.read(AUTHORITY_KEY)?).map_err(unusable)
    }

    /// The authority's key, for another server.
    pub(crate) fn authority_key(&self) -> Result<String, PkiError> {
        self.read(AUTHORITY_KEY)
    }

    /// The authorities trusted here, as PEM.
    pub fn authorities(&self) -> Result<String, PkiError> {
        self.read(BUNDLE)
    }

    /// Where they are, for programs that take a file.
    pub fn authorities_path(&self) -> PathBuf {
        self.path(BUNDLE)
    }

    /// Keeps a certificate with its key, and whom to trust.
    pub fn install(
        &self,
        role: Role,
        certificate: &str,
        key: &str,
        authorities: &str,
    ) -> Result<(), PkiError> {
        self.write(BUNDLE, authorities, PUBLIC)?;
        self.write(&file(role), &format!("{certificate}{key}"), SECRET)
    }

    /// Forgets the key that was asked with. To be called when nothing that was given with the certificate could be lost any
    /// more: who asks again with another key is somebody else.
    pub fn forget_pending_key(&self, role: Role) -> Result<(), PkiError> {
        let path = self.path(&pending(role));
        match fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => Err(PkiError::File { path, source }),
            _ => Ok(()),
        }
    }

    /// The key that a machine asks with until it has its certificate: the same one after a crash, so that it is known for
    /// the one who asked before.
    pub(super) fn pending_key(&self, role: Role) -> Result<KeyAndRequest, PkiError> {
        let name = pending(role);
        if self.path(&name).exists() {
            return KeyAndRequest::of_key(&self.read(&name)?);
        }
        let own = KeyAndRequest::generate()?;
        self.write(&name, &own.key, SECRET)?;
        Ok(own)
    }

    /// Fingerprints of the authorities trusted here; none when this machine has come in nowhere yet.
    pub fn trusted(&self) -> Result<Vec<Fingerprint>, PkiError> {
        if !self.path(BUNDLE).exists() {
            return Ok(Vec::new());
        }
        let unusable = |error: rustls::pki_types::pem::Error| PkiError::Unusable {
            path: self.path(BUNDLE),
            reason: error.to_string(),
        };
        let text = self.read(BUNDLE)?;
        let certificates = CertificateDer::pem_slice_iter(text.as_bytes());
        certificates.map(|der| Ok(Fingerprint::of(&der.map_err(unusable)?))).collect()
    }

    /// Whether this machine can sign: it is, or was, a server.
    pub fn has_authority_key(&self) -> bool {
        self.path(AUTHORITY_KEY).exists()
    }

    /// Keeps the authority's key: this machine is becoming a server.
    pub fn install_authority_key(&self, key: &str) -> Result<(), PkiError> {
        self.write(AUTHORITY_KEY, key, SECRET)
    }

    fn is_whole(&self, role: Role) -> bool {
        let key = |text: String| rustls::pki_types::PrivateKeyDer::from_pem_slice(text.as_bytes()).is_ok();
        self.read(&file(role)).is_ok_and(key)
    }

    /// Before there is a log that could decide it; it is recorded as soon as there is one.
    fn sign(
        &self,
        role: Role,
        name: &str,
        first: &FirstServer,
        runtime: &dyn Runtime,
    ) -> Result<(), PkiError> {
        let authority = self.authority()?;
        let own = KeyAndRequest::generate()?;
        let term = Term { life: first.life, last: authority.not_after() };
        let (not_before, not_after) = term.from(runtime.now());
        let mut number = [0; 16];
        runtime.fill_random(&mut number);
        let serial = format!("4{}", &format!("{:032x}", u128::from_be_bytes(number))[1..]);
        let holder = Holder { role, name: name.to_owned(), serial, not_before, not_after };
        let names = server_names(first.addresses.iter().map(String::as_str));
        let chain = authority.sign(&PublicKey::of_request(&own.request)?, &holder, &names)?;
        self.write(&file(role), &format!("{chain}{}", own.key), SECRET)
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    fn read(&self, name: &str) -> Result<String, PkiError> {
        let path = self.path(name);
        fs::read_to_string(&path).map_err(|source| PkiError::File { path, source })
    }

    /// Writes aside and renames, so that no half file is ever found.
    fn write(&self, name: &str, text: &str, mode: u32) -> Result<(), PkiError> {
        let path = self.path(name);
        self.write_aside(name, text, mode).map_err(|source| PkiError::File { path, source })
    }

    fn write_aside(&self, name: &str, text: &str, mode: u32) -> io::Result<()> {
        fs::create_dir_all(&self.0)?;
        let aside = self.path(&format!("{name}.new"));
        // One left behind by a crash may have another mode.
        match fs::remove_file(&aside) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(mode).open(&aside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&aside, self.path(name))?;
        fs::File::open(&self.0)?.sync_all()
    }
}

/// A key without its certificate yet.
fn pending(role: Role) -> String {
    format!("{}.joining", role.as_str())
}

/// Certificate and key together: two files could be of different generations after a crash.
fn file(role: Role) -> String {
    format!("{}.pem", role.as_str())
}
