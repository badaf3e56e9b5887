//! Opening a log: what lies in the directory becomes a log again, see [`crate::recovery`].

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64};
use std::sync::{Arc, Mutex, OnceLock, RwLock};

use super::transactions::NONE_OPEN;
use super::{Log, OpenOptions, Unsynced, Writer};
use crate::config::LogConfig;
use crate::disk::Disk;
use crate::error::OpenError;
use crate::lock;
use crate::recovery::{self, Recovered};

impl Log {
    /// Opens the log in `dir`, making it if there is none, and recovers it as far as needed. All that it holds then
    /// is on disk.
    ///
    /// # Errors
    /// [`OpenError`]; no record was touched for [`OpenError::Damaged`].
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: &Path,
        config: LogConfig,
        options: OpenOptions,
    ) -> Result<Self, OpenError> {
        let dir: Arc<Path> = Arc::from(dir);
        let recovered = recovery::recover(&disk, &dir, &config, options)?;
        Ok(Self::of(disk, dir, config, recovered, options))
    }

    fn of(
        disk: Arc<dyn Disk>,
        dir: Arc<Path>,
        config: LogConfig,
        recovered: Recovered,
        options: OpenOptions,
    ) -> Self {
        let Recovered { segments, active, producers, snapshots, epochs, start, end, fresh } = recovered;
        let writer = Writer {
            closed: false,
            active,
            first_timestamp: None,
            created_ms: options.now_ms,
            producers,
            epochs,
            snapshots,
            unflushed_records: 0,
            epochs_dirty: false,
            used: fresh && end > 0,
            unsynced: Unsynced { dir: fresh, parent: fresh, ..Unsynced::default() },
        };
        let log = Self {
            disk,
            dir,
            config: RwLock::new(Arc::new(config)),
            log_start: AtomicI64::new(start),
            log_end: AtomicI64::new(end),
            durable: AtomicI64::new(end),
            high_watermark: AtomicI64::new(end),
            first_unstable: AtomicI64::new(NONE_OPEN),
            swaps: AtomicU64::new(0),
            segments: RwLock::new(segments),
            writer: Mutex::new(writer),
            sync_turn: Mutex::new(()),
            swap: Mutex::new(()),
            poison: OnceLock::new(),
            abandoned: AtomicBool::new(false),
            removals: Mutex::new(Vec::new()),
        };
        log.note_unstable(&mut lock(&log.writer));
        log
    }
}
