//! A disk in memory that behaves as badly as POSIX allows, the same way for the same seed.
//!
//! Until synced, each 512-byte sector of a file, its length, and each name in a directory may or may not survive
//! [`SimDisk::crash`], independently of each other. Space can run out, a sync can fail, and the power can go before
//! any chosen operation, or in the middle of it.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, Error, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskFile, Entry, Open, Room};

const SECTOR: usize = 512;

/// What a crash does to what was not synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Crash {
    /// `kill -9`: the kernel goes on, so nothing is lost.
    Process,
    /// Power loss where nothing survives that was not synced.
    LoseAll,
    /// Power loss where chance decides for each sector, length and name; the same seed decides the same.
    Tear(u64),
}

/// The simulated disk. Clones are the same disk.
#[derive(Clone, Default)]
pub struct SimDisk {
    state: Arc<Mutex<State>>,
    /// The one start of the machine that this is good for.
    boot: Option<u64>,
}

#[derive(Debug, Default)]
struct State {
    names: BTreeMap<PathBuf, Node>,
    synced_names: BTreeMap<PathBuf, Node>,
    pending: Vec<NameChange>,
    generation: u64,
    operations: u64,
    power_fails_at: Option<u64>,
    half_done: bool,
    refused: Option<String>,
    sync_fails_in: Option<u64>,
    capacity: Option<u64>,
    locked: BTreeSet<PathBuf>,
}

#[derive(Debug, Clone)]
enum Node {
    Dir,
    File(Arc<Mutex<Content>>),
}

#[derive(Debug, Default)]
struct Content {
    bytes: Vec<u8>,
    synced: Vec<u8>,
    dirty: BTreeSet<usize>,
}

#[derive(Debug, Clone)]
enum NameChange {
    Set(PathBuf, Node),
    Remove(PathBuf),
    Rename(PathBuf, PathBuf),
}

fn guard<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl fmt::Debug for SimDisk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SimDisk")
    }
}

impl SimDisk {
    /// An empty disk.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the machine and starts it again. Files that are open become useless; power is back, faults are gone.
    pub fn crash(&self, how: Crash) {
        let mut state = guard(&self.state);
        let mut chance = Chance::of(how);
        let mut names = state.synced_names.clone();
        for change in std::mem::take(&mut state.pending) {
            if chance.keeps() {
                change.apply(&mut names);
            }
        }
        for node in names.values() {
            if let Node::File(content) = node {
                guard(content).crash(&mut chance);
            }
        }
        state.synced_names.clone_from(&names);
        *state = State {
            synced_names: names.clone(),
            names,
            generation: state.generation + 1,
            operations: state.operations,
            capacity: state.capacity,
            ..State::default()
        };
    }

    /// How many operations have changed the disk so far.
    pub fn operations(&self) -> u64 {
        guard(&self.state).operations
    }

    /// The power goes just before the operation of this number: it and all later ones fail until the crash.
    pub fn power_fails_at(&self, operation: u64) {
        guard(&self.state).power_fails_at = Some(operation);
    }

    /// The same, but a write of this number is done by half, as is the length of a file that is cut.
    pub fn power_fails_in(&self, operation: u64) {
        let mut state = guard(&self.state);
        (state.power_fails_at, state.half_done) = (Some(operation), true);
    }

    /// The first operation that found no power: what it was, and of which file.
    pub fn refused(&self) -> Option<String> {
        guard(&self.state).refused.clone()
    }

    /// The same disk for one process: useless after the next crash, whatever is left of the process still does.
    #[must_use]
    pub fn until_crash(&self) -> Self {
        Self { state: Arc::clone(&self.state), boot: Some(guard(&self.state).generation) }
    }

    /// The `n`th sync from now fails, 0 being the next one.
    pub fn fail_sync(&self, n: u64) {
        guard(&self.state).sync_fails_in = Some(n);
    }

    /// Room for this many bytes in all files together; `None`: no limit.
    pub fn set_capacity(&self, bytes: Option<u64>) {
        guard(&self.state).capacity = bytes;
    }

    /// Bytes in all files together.
    pub fn used(&self) -> u64 {
        guard(&self.state).used()
    }

    /// The bytes of a file.
    pub fn bytes(&self, path: &Path) -> Option<Vec<u8>> {
        match guard(&self.state).names.get(path)? {
            Node::File(content) => Some(guard(content).bytes.clone()),
            Node::Dir => None,
        }
    }

    /// Puts a file there, synced, as if it had always been: the way to damage something.
    pub fn plant(&self, path: &Path, bytes: &[u8]) {
        let mut state = guard(&self.state);
        let content = Content { bytes: bytes.to_vec(), synced: bytes.to_vec(), dirty: BTreeSet::new() };
        let node = Node::File(Arc::new(Mutex::new(content)));
        state.synced_names.insert(path.to_path_buf(), node.clone());
        state.names.insert(path.to_path_buf(), node);
    }

    fn change(&self, what: &str, path: &Path) -> io::Result<MutexGuard<'_, State>> {
        let mut state = guard(&self.state);
        self.check_boot(&state)?;
        if state.power_fails_at.is_some_and(|at| state.operations >= at) {
            if state.refused.is_none() {
                state.refused = Some(format!("{what} {}", path.display()));
            }
            return Err(Error::other("the power is off"));
        }
        state.operations += 1;
        Ok(state)
    }

    fn check_boot(&self, state: &State) -> io::Result<()> {
        if self.boot.is_none_or(|boot| boot == state.generation) {
            Ok(())
        } else {
            Err(Error::other("the process of before the crash"))
        }
    }
}

impl State {
    fn apply(&mut self, change: NameChange) {
        change.apply(&mut self.names);
        self.pending.push(change);
    }

    fn sync_fails(&mut self) -> io::Result<()> {
        match self.sync_fails_in {
            Some(0) => {
                self.sync_fails_in = None;
                Err(Error::from_raw_os_error(5))
            }
            Some(n) => {
                self.sync_fails_in = Some(n - 1);
                Ok(())
            }
            None => Ok(()),
        }
    }

    fn used(&self) -> u64 {
        let sizes = self.names.values().map(|node| match node {
            Node::File(content) => guard(content).bytes.len() as u64,
            Node::Dir => 0,
        });
        sizes.sum()
    }

    fn free(&self) -> u64 {
        self.capacity.map_or(u64::MAX, |capacity| capacity.saturating_sub(self.used()))
    }
}

impl NameChange {
    fn apply(&self, names: &mut BTreeMap<PathBuf, Node>) {
        match self {
            Self::Set(path, node) => {
                names.insert(path.clone(), node.clone());
            }
            Self::Remove(path) => names.retain(|name, _| !name.starts_with(path)),
            Self::Rename(from, to) => {
                let moved: Vec<PathBuf> =
                    names.keys().filter(|name| name.starts_with(from)).cloned().collect();
                for old in moved {
                    if let (Some(node), Ok(rest)) = (names.remove(&old), old.strip_prefix(from)) {
                        let new = if rest.as_os_str().is_empty() { to.clone() } else { to.join(rest) };
                        names.insert(new, node);
                    }
                }
            }
        }
    }

    fn concerns(&self, dir: &Path) -> bool {
        match self {
            Self::Set(path, _) | Self::Remove(path) => path.parent() == Some(dir),
            Self::Rename(from, to) => from.parent() == Some(dir) || to.parent() == Some(dir),
        }
    }
}

impl Content {
    fn write(&mut self, bytes: &[u8], position: usize) {
        let end = position + bytes.len();
        if self.bytes.len() < end {
            self.bytes.resize(end, 0);
        }
        if let Some(target) = self.bytes.get_mut(position..end) {
            target.copy_from_slice(bytes);
        }
        self.dirty.extend(position / SECTOR..end.div_ceil(SECTOR));
    }

    fn sync(&mut self) {
        self.synced.clone_from(&self.bytes);
        self.dirty.clear();
    }

    fn crash(&mut self, chance: &mut Chance) {
        let written = std::mem::take(&mut self.bytes);
        let mut now = self.synced.clone();
        if written.len() != now.len() && chance.keeps() {
            let (short, long) = (written.len().min(now.len()), written.len().max(now.len()));
            now.resize(if chance.keeps() { written.len() } else { short + chance.below(long - short) }, 0);
        }
        for sector in std::mem::take(&mut self.dirty) {
            let start = sector * SECTOR;
            let end = (start + SECTOR).min(written.len()).min(now.len());
            if let (Some(lost), Some(kept)) = (now.get_mut(start..end), written.get(start..end))
                && chance.keeps()
            {
                lost.copy_from_slice(kept);
            }
        }
        self.synced.clone_from(&now);
        self.bytes = now;
    }
}

/// Decides what survives.
enum Chance {
    Always,
    Never,
    Random(u64),
}

impl Chance {
    fn of(how: Crash) -> Self {
        match how {
            Crash::Process => Self::Always,
            Crash::LoseAll => Self::Never,
            Crash::Tear(seed) => Self::Random(seed),
        }
    }

    fn next(state: &mut u64) -> u64 {
        *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = *state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn keeps(&mut self) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Random(state) => Self::next(state) & 1 == 0,
        }
    }

    fn below(&mut self, n: usize) -> usize {
        match self {
            Self::Random(state) if n > 0 => usize::try_from(Self::next(state) % n as u64).unwrap_or_default(),
            _ => 0,
        }
    }
}

impl Disk for SimDisk {
    fn open(&self, path: &Path, how: Open) -> io::Result<Arc<dyn DiskFile>> {
        let missing = !guard(&self.state).names.contains_key(path);
        let made = missing && how == Open::Create;
        let mut state = if made { self.change("create", path)? } else { guard(&self.state) };
        self.check_boot(&state)?;
        if missing && how == Open::Create {
            let parent = path.parent().unwrap_or(Path::new(""));
            if !state.names.contains_key(parent) {
                return Err(ErrorKind::NotFound.into());
            }
            state.apply(NameChange::Set(path.to_path_buf(), Node::File(Arc::default())));
        }
        match state.names.get(path) {
            Some(Node::File(content)) => Ok(Arc::new(SimFile {
                content: Arc::clone(content),
                disk: self.clone(),
                generation: state.generation,
                path: path.to_path_buf(),
                writable: how != Open::Read,
            })),
            Some(Node::Dir) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.change("rename to", to)?;
        if !state.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        state.apply(NameChange::Rename(from.to_path_buf(), to.to_path_buf()));
        Ok(())
    }

    fn remove_file(&self, path: &Path) -> io::Result<()> {
        let mut state = self.change("remove", path)?;
        match state.names.get(path) {
            Some(Node::File(_)) => {
                state.apply(NameChange::Remove(path.to_path_buf()));
                Ok(())
            }
            Some(Node::Dir) => Err(ErrorKind::IsADirectory.into()),
            None => Err(ErrorKind::NotFound.into()),
        }
    }

    fn remove_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.change("remove directory", path)?;
        if !state.names.contains_key(path) {
            return Err(ErrorKind::NotFound.into());
        }
        state.apply(NameChange::Remove(path.to_path_buf()));
        Ok(())
    }

    fn create_dir_all(&self, path: &Path) -> io::Result<()> {
        let mut state = self.change("create directory", path)?;
        let missing: Vec<&Path> =
            path.ancestors().take_while(|dir| !state.names.contains_key(*dir)).collect();
        for dir in missing.into_iter().rev() {
            state.apply(NameChange::Set(dir.to_path_buf(), Node::Dir));
        }
        Ok(())
    }

    fn list(&self, path: &Path) -> io::Result<Vec<Entry>> {
        let state = guard(&self.state);
        self.check_boot(&state)?;
        if !matches!(state.names.get(path), Some(Node::Dir)) {
            return Err(ErrorKind::NotFound.into());
        }
        let children = state.names.iter().filter(|(name, _)| name.parent() == Some(path));
        let entry = |(name, node): (&PathBuf, &Node)| {
            let name = name.file_name()?.to_str()?.to_owned();
            Some(Entry { name, is_dir: matches!(node, Node::Dir) })
        };
        Ok(children.filter_map(entry).collect())
    }

    fn room(&self, _: &Path) -> io::Result<Room> {
        let state = guard(&self.state);
        Ok(Room { total: state.capacity.unwrap_or(u64::MAX), usable: state.free() })
    }

    fn sync_dir(&self, path: &Path) -> io::Result<()> {
        let mut state = self.change("sync directory", path)?;
        state.sync_fails()?;
        let (synced, pending) =
            std::mem::take(&mut state.pending).into_iter().partition(|change| change.concerns(path));
        state.pending = pending;
        let _: &Vec<NameChange> = &synced;
        for change in synced {
            change.apply(&mut state.synced_names);
        }
        Ok(())
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn Any + Send + Sync>> {
        self.open(path, Open::Create)?;
        let mut state = guard(&self.state);
        if !state.locked.insert(path.to_path_buf()) {
            return Err(ErrorKind::WouldBlock.into());
        }
        let generation = state.generation;
        Ok(Box::new(SimLock { disk: self.clone(), generation, path: path.to_path_buf() }))
    }
}

struct SimLock {
    disk: SimDisk,
    generation: u64,
    path: PathBuf,
}

impl Drop for SimLock {
    fn drop(&mut self) {
        let mut state = guard(&self.disk.state);
        if state.generation == self.generation {
            state.locked.remove(&self.path);
        }
    }
}

#[derive(Debug)]
struct SimFile {
    content: Arc<Mutex<Content>>,
    disk: SimDisk,
    generation: u64,
    path: PathBuf,
    writable: bool,
}

impl SimFile {
    fn change(&self, what: &str) -> io::Result<MutexGuard<'_, State>> {
        let state = self.disk.change(what, &self.path)?;
        if self.generation != state.generation {
            return Err(Error::other("opened before the crash"));
        }
        if !self.writable {
            return Err(ErrorKind::PermissionDenied.into());
        }
        Ok(state)
    }

    /// Does half of what the power went away in.
    fn half(&self, half: impl FnOnce(&mut Content)) {
        let mut state = guard(&self.disk.state);
        let is_now = state.half_done && state.power_fails_at == Some(state.operations);
        if is_now && self.generation == state.generation {
            state.half_done = false;
            half(&mut guard(&self.content));
        }
    }
}

impl DiskFile for SimFile {
    fn read_at(&self, into: &mut Vec<u8>, len: usize, position: u64) -> io::Result<usize> {
        let content = guard(&self.content);
        let start = usize::try_from(position).map_or(content.bytes.len(), |at| at.min(content.bytes.len()));
        let end = start.saturating_add(len).min(content.bytes.len());
        into.extend_from_slice(content.bytes.get(start..end).unwrap_or_default());
        Ok(end - start)
    }

    fn write_at(&self, bytes: &[u8], position: u64) -> io::Result<()> {
        let position = usize::try_from(position).map_err(Error::other)?;
        self.half(|content| content.write(bytes.get(..bytes.len() / 2).unwrap_or_default(), position));
        let state = self.change("write")?;
        let free = usize::try_from(state.free()).unwrap_or(usize::MAX);
        let mut content = guard(&self.content);
        let room = content.bytes.len().saturating_add(free).saturating_sub(position);
        let fits = bytes.len().min(room);
        content.write(bytes.get(..fits).unwrap_or_default(), position);
        if fits < bytes.len() { Err(ErrorKind::StorageFull.into()) } else { Ok(()) }
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let len = usize::try_from(len).map_err(Error::other)?;
        self.half(|content| {
            let between = content.bytes.len().midpoint(len);
            content.bytes.resize(between, 0);
        });
        let _state = self.change("set length of")?;
        let mut content = guard(&self.content);
        content.bytes.resize(len, 0);
        Ok(())
    }

    fn length(&self) -> io::Result<u64> {
        Ok(guard(&self.content).bytes.len() as u64)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.change("sync")?;
        state.sync_fails()?;
        guard(&self.content).sync();
        Ok(())
    }
}
