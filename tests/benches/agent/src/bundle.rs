//! The root file system that every way starts from, and the OCI bundle around it.

use crate::Failure;
use serde_json::json;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Where Debian's busybox-static is.
const BUSYBOX: [&str; 2] = ["/bin/busybox", "/usr/bin/busybox"];

/// A bundle: `rootfs/` and `config.json`.
pub(crate) struct Bundle {
    folder: PathBuf,
}

impl Bundle {
    pub(crate) fn make(folder: PathBuf) -> Result<Self, Failure> {
        let root = folder.join("rootfs");
        for part in ["bin", "proc", "sys", "dev", "tmp", "etc", "run"] {
            fs::create_dir_all(root.join(part))?;
        }
        let busybox =
            BUSYBOX.iter().find(|path| Path::new(path).is_file()).ok_or("busybox-static is missing")?;
        fs::copy(busybox, root.join("bin/busybox"))?;
        for name in ["true", "sh", "sleep"] {
            symlink("busybox", root.join("bin").join(name))?;
        }
        let bundle = Self { folder };
        bundle.write_config()?;
        Ok(bundle)
    }

    /// What runc itself proposes, running `/bin/true` without a terminal.
    fn write_config(&self) -> Result<(), Failure> {
        if !Command::new("runc").arg("spec").current_dir(&self.folder).status()?.success() {
            return Err("runc spec failed".into());
        }
        let file = self.folder.join("config.json");
        let mut config: serde_json::Value = serde_json::from_slice(&fs::read(&file)?)?;
        config["process"]["terminal"] = json!(false);
        config["process"]["args"] = json!(["/bin/true"]);
        Ok(fs::write(&file, config.to_string())?)
    }

    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.folder.join("rootfs")
    }
}
