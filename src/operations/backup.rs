//! Backups of the SQLite file, and putting one back. PostgreSQL is backed up with its own tools.

use std::path::{Path, PathBuf};

use crate::clock::Clock;
use crate::context::Context;
use crate::store::{self, Db, dialect::maintenance, vault_key};
use crate::vault::{self, Key};

/// Why a backup cannot be made or put back. `Display` is a sentence for the person at the command line.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The target is there already.
    #[error("{} exists already; name a new file", .0.display())]
    Exists(PathBuf),
    /// The file is not a SQLite database, or one of another program.
    #[error("{} is not a Hirewire database: {}", .0.display(), .1)]
    NotOurs(PathBuf, String),
    /// The file is ours, but sealed with other keys.
    #[error("the encryption key does not fit {}: {}", .0.display(), .1)]
    WrongKey(PathBuf, vault::Error),
    /// The file was written by a newer program, or damaged.
    #[error("{} cannot be used: {}", .0.display(), .1)]
    Unusable(PathBuf, String),
    /// The disk did not do what it should.
    #[error("{}: {}", .0.display(), .1)]
    Io(PathBuf, std::io::Error),
    /// The database did not do what it should.
    #[error("the database could not be copied: {0}")]
    Store(#[from] store::Error),
}

/// What a backup file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Data keys that the master key opened.
    pub keys: usize,
}

/// Writes a complete copy of the database to a new file while everything runs. The copy holds secrets only sealed: keep the
/// encryption key apart from it, and keep it.
///
/// # Errors
/// [`Error::Exists`]; [`Error::Store`].
pub async fn write(db: &Db, file: &Path) -> Result<(), Error> {
    if file.exists() {
        return Err(Error::Exists(file.to_owned()));
    }
    // Under another name until it is complete, so that a full disk never leaves half a backup under the right name.
    let partial = with_suffix(file, ".partial");
    let _ = std::fs::remove_file(&partial);
    if let Err(error) = maintenance::copy_into(db, &partial).await {
        let _ = std::fs::remove_file(&partial);
        return Err(error.into());
    }
    let finish = || {
        restrict(&partial)?;
        std::fs::File::open(&partial)?.sync_all()?;
        std::fs::rename(&partial, file)
    };
    finish().map_err(|error| Error::Io(file.to_owned(), error))
}

/// Looks into a backup: is it ours, whole, not newer than this program, and does one of the keys open it?
///
/// # Errors
/// Each of the questions has its variant.
pub async fn inspect(file: &Path, masters: &[Key]) -> Result<Found, Error> {
    let not_ours = |reason: String| Error::NotOurs(file.to_owned(), reason);
    if !file.is_file() {
        return Err(not_ours("there is no such file".to_owned()));
    }
    let db = maintenance::open_read_only(file).await.map_err(|_| not_ours("it is not a SQLite file".to_owned()))?;
    let found = look(&db, file, masters).await;
    db.close().await;
    found
}

async fn look(db: &Db, file: &Path, masters: &[Key]) -> Result<Found, Error> {
    let not_ours = |reason: &str| Error::NotOurs(file.to_owned(), reason.to_owned());
    let rows = vault_key::list_vault_keys(db).await.map_err(|_| not_ours("it lacks the tables of one"))?;
    if db.is_newer().await.map_err(|_| not_ours("it has no list of migrations"))? {
        return Err(Error::Unusable(file.to_owned(), "a newer version of Hirewire made it; use that version".to_owned()));
    }
    maintenance::check_integrity(db).await.map_err(|error| Error::Unusable(file.to_owned(), format!("it is damaged ({error})")))?;
    let mut opener = Context::new(db.clone(), Clock::system());
    opener.masters = masters.to_vec().into();
    for row in &rows {
        opener.unwrap_key(row).map_err(|error| Error::WrongKey(file.to_owned(), error))?;
    }
    Ok(Found { keys: rows.len() })
}

/// Puts a backup in the place of the database file. What was there is kept beside it and named in the answer. Nobody may have the
/// database open.
///
/// # Errors
/// [`Error::Io`]; the old file is in its place then.
pub fn put_back(backup: &Path, database: &Path) -> Result<Option<PathBuf>, Error> {
    let io = |path: &Path| {
        let path = path.to_owned();
        move |error| Error::Io(path.clone(), error)
    };
    let incoming = with_suffix(database, ".restoring");
    std::fs::copy(backup, &incoming).map_err(io(&incoming))?;
    restrict(&incoming).map_err(io(&incoming))?;
    std::fs::File::open(&incoming).and_then(|file| file.sync_all()).map_err(io(&incoming))?;
    let kept = database.exists().then(|| with_suffix(database, ".before-restore"));
    if let Some(kept) = &kept {
        for suffix in ["", "-wal", "-shm"] {
            let (from, to) = (with_suffix(database, suffix), with_suffix(kept, suffix));
            let _ = std::fs::remove_file(&to);
            if from.exists() {
                std::fs::rename(&from, &to).map_err(io(&from))?;
            }
        }
    }
    std::fs::rename(&incoming, database).map_err(io(database))?;
    Ok(kept)
}

/// Only the owner may read it: it holds everything the product knows.
fn restrict(file: &Path) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o600))?;
    }
    #[cfg(not(unix))]
    let _ = file;
    Ok(())
}

fn with_suffix(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::keys;

    async fn database(file: &Path, master: &Key) -> Context {
        let db = Db::open_sqlite(file, 2).await.expect("the file opens");
        db.migrate().await.expect("the schema is made");
        let mut ctx = Context::new(db, Clock::system());
        ctx.masters = vec![master.clone()].into();
        keys::load(&ctx).await.expect("a key is made");
        ctx
    }

    #[tokio::test]
    async fn a_backup_is_whole_and_can_be_put_back() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, copy, master) = (folder.path().join("hirewire.db"), folder.path().join("copy.db"), Key::generate());
        let ctx = database(&file, &master).await;
        let sealed = ctx.seal(b"secret", "row").expect("sealed");
        write(&ctx.store, &copy).await.expect("written while open");
        assert!(matches!(write(&ctx.store, &copy).await, Err(Error::Exists(_))));
        keys::rotate(&ctx).await.expect("the original moves on");
        ctx.store.close().await;
        assert_eq!(inspect(&copy, std::slice::from_ref(&master)).await.expect("ours"), Found { keys: 1 });
        let kept = put_back(&copy, &file).expect("put back").expect("there was a file before");
        assert!(kept.exists());
        let restored = database(&file, &master).await;
        assert!(restored.open(&sealed.bytes, "row").await.is_ok());
        assert_eq!(vault_key::list_vault_keys(&restored.store).await.expect("listed").len(), 1);
    }

    #[tokio::test]
    async fn what_is_not_a_backup_of_ours_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let (file, text) = (folder.path().join("hirewire.db"), folder.path().join("text"));
        let master = Key::generate();
        let ctx = database(&file, &master).await;
        let copy = folder.path().join("copy.db");
        write(&ctx.store, &copy).await.expect("written");
        assert!(matches!(inspect(&copy, &[Key::generate()]).await, Err(Error::WrongKey(..))));
        std::fs::write(&text, "hello, this is not a database at all").expect("written");
        assert!(matches!(inspect(&text, std::slice::from_ref(&master)).await, Err(Error::NotOurs(..))));
        assert!(matches!(inspect(&folder.path().join("nothing"), &[master]).await, Err(Error::NotOurs(..))));
    }
}
