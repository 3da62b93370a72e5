//! The vault's keys in the database: made at the first start, checked at every start, changed while everything runs.
//!
//! Two changes are possible. *Rotation* makes a new data key and seals every secret anew. A new *master key* only wraps the data
//! keys anew: give the new one as `ENCRYPTION_KEY` and the old one in `ENCRYPTION_KEYS_OLD` until every process has been restarted.

use std::io::{self, Write as _};
use std::path::Path;

use secrecy::ExposeSecret as _;

use crate::config;
use crate::context::Context;
use crate::fault::{Fault, Result};
use crate::random;
use crate::store::{credential, vault_key};
use crate::vault::{self, Key};
use crate::webhooks::outbound::subscriptions;

/// The file in the data folder that keeps the master key when none is configured.
pub const FILE: &str = "encryption.key";

/// Reads the master key kept in the data folder; `None` if there is none.
///
/// # Errors
/// If the file is there but cannot be read, or holds no key.
pub fn read_kept(data_dir: &Path) -> io::Result<Option<Key>> {
    match std::fs::read_to_string(data_dir.join(FILE)) {
        Ok(text) => config::parse_encryption_key(text.trim())
            .map(|bytes| Some(Key::new(bytes)))
            .map_err(|error| io::Error::other(error.to_string())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Makes a master key and keeps it in the data folder, readable by its owner only.
///
/// # Errors
/// If the file cannot be written, or is there already.
pub fn make_kept(data_dir: &Path) -> io::Result<Key> {
    let bytes: [u8; 32] = random::bytes();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(data_dir.join(FILE))?;
    file.write_all(hex::encode(bytes).as_bytes())?;
    file.write_all(b"\n")?;
    file.sync_all()?;
    Ok(Key::new(bytes))
}

/// How many rows are sealed anew in one transaction.
const BATCH: i64 = 100;

/// Loads the data keys, making the first one if there is none, and wraps those of an earlier master key with the one in use.
///
/// # Errors
/// [`vault::Error::WrongMasterKey`] (as the source of the fault) if the master key is not this database's; the store's.
pub async fn load(ctx: &Context) -> Result<()> {
    let Some(master) = ctx.masters.first() else { return Err(vault::Error::Empty.into()) };
    let mut tx = ctx.store.begin().await?;
    let rows = vault_key::list_vault_keys_in(&mut tx).await?;
    let mut has_active = false;
    for row in &rows {
        let key = ctx.unwrap_key(row)?;
        has_active |= row.state == "active";
        if row.wrapped_by != master.fingerprint() {
            let wrapped = vault::wrap(master, &key);
            vault_key::rewrap_vault_key(&mut tx, &row.id, &wrapped.wrapped, &wrapped.wrapped_by).await?;
            tracing::info!(key.id = row.id, "a data key was wrapped with the new ENCRYPTION_KEY");
        }
    }
    if !has_active {
        insert(ctx, &mut tx, master).await?;
    }
    tx.commit().await?;
    ctx.reload_keys().await
}

/// What a rotation did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rotation {
    /// The data key that seals from now on.
    pub key_id: String,
    /// Secrets sealed anew.
    pub resealed: u64,
    /// Secrets that could not be opened before and still cannot: they have to be entered again.
    pub unreadable: u64,
}

/// Makes a new data key and seals every secret with it, while everything runs. Secrets that another process stores under the old
/// key meanwhile stay readable and are sealed anew by the next clean-up.
///
/// # Errors
/// The store's. What was sealed anew until then stays so; running it again goes on.
pub async fn rotate(ctx: &Context) -> Result<Rotation> {
    let Some(master) = ctx.masters.first() else { return Err(vault::Error::Empty.into()) };
    let mut tx = ctx.store.begin().await?;
    insert(ctx, &mut tx, master).await?;
    tx.commit().await?;
    reseal(ctx).await
}

/// Seals with the key in use whatever is sealed with another.
///
/// # Errors
/// The store's.
pub async fn reseal(ctx: &Context) -> Result<Rotation> {
    ctx.reload_keys().await?;
    let key_id = ctx.vault.active_key_id().ok_or(vault::Error::Empty)?;
    let mut done = Rotation { key_id: key_id.clone(), ..Rotation::default() };
    reseal_credentials(ctx, &key_id, &mut done).await?;
    let (resealed, unreadable) = subscriptions::reseal(ctx).await?;
    done.resealed += resealed;
    done.unreadable += unreadable;
    Ok(done)
}

async fn reseal_credentials(ctx: &Context, key_id: &str, done: &mut Rotation) -> Result<()> {
    let mut after = None;
    loop {
        let rows = credential::list_credentials_not_under(&ctx.store, key_id, after, BATCH).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(last.id);
        let mut tx = ctx.store.begin().await?;
        for row in &rows {
            let identity = format!("credentials/{}", row.id);
            match ctx.vault.open(&row.sealed, &identity) {
                Ok(plain) => {
                    let sealed = ctx.seal(plain.expose_secret(), &identity)?;
                    // Changed meanwhile: whoever changed it sealed it with a current key, or the next clean-up takes it.
                    done.resealed +=
                        u64::from(credential::reseal_credential(&mut tx, row.id, &row.sealed, &sealed.key_id, &sealed.bytes).await?);
                }
                Err(error) => {
                    tracing::warn!(%error, integration.id = %row.integration_id, "a stored credential cannot be opened");
                    done.unreadable += 1;
                }
            }
        }
        tx.commit().await?;
    }
}

async fn insert(ctx: &Context, tx: &mut crate::store::Tx, master: &Key) -> Result<(), Fault> {
    let wrapped = vault::wrap(master, &Key::generate());
    vault_key::insert_active_vault_key(tx, &wrapped.id, &wrapped.wrapped, &wrapped.wrapped_by, ctx.clock.now()).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::clock::Clock;
    use crate::domain::error::ErrorCode;
    use crate::store::Db;

    async fn context(folder: &tempfile::TempDir, masters: &[&Key]) -> Context {
        let db = Db::open_sqlite(&folder.path().join("test.db"), 2).await.expect("the file opens");
        db.migrate().await.expect("the schema is made");
        let mut ctx = Context::new(db, Clock::system());
        ctx.masters = masters.iter().map(|key| (*key).clone()).collect::<Vec<_>>().into();
        ctx
    }

    #[tokio::test]
    async fn the_first_start_makes_a_key_and_the_next_one_finds_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let master = Key::generate();
        let first = context(&folder, &[&master]).await;
        load(&first).await.expect("made");
        let sealed = first.seal(b"secret", "row").expect("sealed");
        let second = context(&folder, &[&master]).await;
        load(&second).await.expect("found");
        assert_eq!(second.open(&sealed.bytes, "row").await.expect("opened").expose_secret(), b"secret");
        assert_eq!(vault_key::list_vault_keys(&second.store).await.expect("listed").len(), 1);
    }

    #[tokio::test]
    async fn a_wrong_master_key_is_named() {
        let folder = tempfile::tempdir().expect("a folder");
        load(&context(&folder, &[&Key::generate()]).await).await.expect("made");
        let fault = load(&context(&folder, &[&Key::generate()]).await).await.expect_err("another key");
        assert_eq!(fault.code, ErrorCode::Internal);
        assert!(fault.detail.contains("ENCRYPTION_KEY"), "{}", fault.detail);
    }

    #[tokio::test]
    async fn a_new_master_key_takes_over_while_the_old_one_is_named_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let (old, new) = (Key::generate(), Key::generate());
        let before = context(&folder, &[&old]).await;
        load(&before).await.expect("made");
        let sealed = before.seal(b"secret", "row").expect("sealed");
        load(&context(&folder, &[&new, &old]).await).await.expect("wrapped anew");
        let after = context(&folder, &[&new]).await;
        load(&after).await.expect("the new key is enough now");
        assert!(after.open(&sealed.bytes, "row").await.is_ok());
    }

    #[tokio::test]
    async fn another_process_meets_a_new_key_and_loads_it() {
        let folder = tempfile::tempdir().expect("a folder");
        let master = Key::generate();
        let (one, two) = (context(&folder, &[&master]).await, context(&folder, &[&master]).await);
        load(&one).await.expect("made");
        load(&two).await.expect("found");
        let rotation = rotate(&one).await.expect("rotated");
        assert_eq!((rotation.resealed, rotation.unreadable), (0, 0));
        assert_eq!(one.vault.active_key_id(), Some(rotation.key_id));
        let sealed = one.seal(b"secret", "row").expect("sealed with the new key");
        assert!(two.vault.open(&sealed.bytes, "row").is_err());
        assert!(two.open(&sealed.bytes, "row").await.is_ok());
    }

    #[test]
    fn a_kept_key_is_found_again_and_never_overwritten() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(read_kept(folder.path()).expect("no file is no failure").is_none());
        let made = make_kept(folder.path()).expect("made");
        assert_eq!(read_kept(folder.path()).expect("read").expect("there").fingerprint(), made.fingerprint());
        assert!(make_kept(folder.path()).is_err());
        std::fs::write(folder.path().join(FILE), "not a key").expect("written");
        assert!(read_kept(folder.path()).is_err());
    }

    #[tokio::test]
    async fn without_a_master_key_nothing_is_made() {
        let folder = tempfile::tempdir().expect("a folder");
        let mut ctx = context(&folder, &[]).await;
        ctx.masters = Arc::default();
        assert!(load(&ctx).await.is_err());
    }
}
