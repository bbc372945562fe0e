//! Files that only their owner may read. They are never reached through a link.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read};
use std::path::Path;

/// Creates a folder for its owner alone; an existing one stays as it is.
pub(super) fn private_folder(path: &Path) -> io::Result<()> {
    let mut folder = fs::DirBuilder::new();
    folder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut folder, 0o700);
    folder.create(path)
}

/// Opens a file for writing, and creates it for its owner alone if need be. If it must be `new`, an
/// existing one is an error.
pub(super) fn private(path: &Path, new: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).create_new(new);
    no_links(&mut options);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// The text of a file that only its owner may read.
pub(super) fn read_private(path: &Path) -> io::Result<String> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_links(&mut options);
    let mut file = options.open(path)?;
    check(&file)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

/// Makes sure that the names of the files in a folder are on the disk, not only their contents.
pub(super) fn sync_folder(path: &Path) -> io::Result<()> {
    if cfg!(unix) { File::open(path)?.sync_all() } else { Ok(()) }
}

/// Refuses links, and does not wait, for example for the other end of a pipe.
#[cfg(unix)]
fn no_links(options: &mut OpenOptions) {
    use rustix::fs::OFlags;
    use std::os::unix::fs::OpenOptionsExt;
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK;
    options.custom_flags(i32::try_from(flags.bits()).unwrap_or_default());
}

#[cfg(not(unix))]
fn no_links(_: &mut OpenOptions) {}

#[cfg(unix)]
fn check(file: &File) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    let found = file.metadata()?;
    let mode = found.permissions().mode() & 0o777;
    if !found.is_file() {
        return Err(io::Error::other("must be a file"));
    }
    if mode & 0o077 != 0 {
        return Err(io::Error::other(format!(
            "has mode {mode:04o}, so that others than its owner can use it. Set it to 0600, and change the secret if \
             others may have read it"
        )));
    }
    Ok(())
}

#[cfg(not(unix))]
fn check(_: &File) -> io::Result<()> {
    Ok(())
}
