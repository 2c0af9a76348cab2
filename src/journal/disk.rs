//! How much of the disk the journal may take.

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use crate::background;
use crate::config::JournalConfig;
use crate::store::JournalRoom;

/// How often the disk is asked how full it is.
const LOOK: Duration = Duration::from_secs(1);

/// Of a small disk, not `keep_free_bytes` but one of so many parts is left free.
const LEAST_SHARE: u64 = 10;

/// The `-wal` file gets one of so many parts of the journal and of the disk, up to 16 MiB: what is written at once can
/// touch as many pages as it has rows, in each index.
const WAL_SHARE: u64 = 4;
const WAL_SHARE_OF_DISK: u64 = 16;
const MAX_WAL_BYTES: u64 = 16 * 1024 * 1024;

/// The bounds, and what the disk said last.
#[derive(Debug)]
pub(super) struct Disk {
    max: u64,
    keep_free: u64,
    full: DiskUse,
    next_look: Option<Instant>,
}

/// How full a disk is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct DiskUse {
    all: u64,
    free: u64,
    /// What the journal takes of it.
    journal: u64,
}

impl Disk {
    pub(super) const fn new(config: &JournalConfig) -> Self {
        Self {
            max: config.max_bytes,
            keep_free: config.keep_free_bytes,
            // One that does not say how full it is has room.
            full: DiskUse {
                all: u64::MAX,
                free: u64::MAX,
                journal: 0,
            },
            next_look: None,
        }
    }

    /// How much may wait to be sent on: a quarter of the journal.
    pub(super) fn max_outbox_bytes(&self) -> i64 {
        i64::try_from(self.max / 4).unwrap_or(i64::MAX)
    }

    /// What is free on the disk.
    pub(super) const fn free_bytes(&self) -> u64 {
        self.full.free
    }

    /// What the journal may take now: until the next look it can use up what was free, and no more.
    pub(super) async fn room(&mut self, journal: &Path, now: Instant) -> JournalRoom {
        if self.next_look.is_none_or(|next| now >= next) {
            self.next_look = Some(now + LOOK);
            let path = journal.to_owned();
            let asked = background::run("journal", move || ask(&path)).await;
            if let Some(found) = asked.ok().flatten() {
                self.full = found;
            }
        }
        room(self.full, self.max, self.keep_free)
    }
}

fn ask(journal: &Path) -> Option<DiskUse> {
    let disk = rustix::fs::statvfs(journal.parent()?).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    let length = |path: &Path| fs::metadata(path).map_or(0, |file| file.len());
    Some(DiskUse {
        all: bytes(disk.f_blocks),
        free: bytes(disk.f_bavail),
        journal: length(journal) + length(&journal.with_extension("db-wal")),
    })
}

fn room(disk: DiskUse, max: u64, keep_free: u64) -> JournalRoom {
    let left_free = keep_free.min(disk.all / LEAST_SHARE);
    let by_disk = disk
        .journal
        .saturating_add(disk.free)
        .saturating_sub(left_free);
    let wal = (max / WAL_SHARE).min(disk.all / WAL_SHARE_OF_DISK);
    JournalRoom {
        max: max.min(by_disk),
        wal: wal.min(MAX_WAL_BYTES),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const GIB: u64 = 1 << 30;

    #[track_caller]
    fn check(disk: [u64; 3], expected: [u64; 2]) {
        let [all, free, journal] = disk;
        let disk = DiskUse { all, free, journal };
        let JournalRoom { max, wal } = room(disk, 2 * GIB, GIB);
        assert_eq!([max, wal], expected);
    }

    #[test]
    fn a_small_disk_keeps_a_tenth_free_and_a_large_one_what_is_configured() {
        check([100 * GIB, 50 * GIB, 0], [2 * GIB, 16 * MIB]);
        check([100 * GIB, GIB + MIB, 5 * MIB], [6 * MIB, 16 * MIB]);
        check([100 * GIB, GIB - MIB, 5 * MIB], [4 * MIB, 16 * MIB]);
        check([100 * GIB, 0, 5 * MIB], [0, 16 * MIB]);
        check([100 * MIB, 20 * MIB, 30 * MIB], [40 * MIB, 100 * MIB / 16]);
        let unknown = Disk::new(&JournalConfig::default());
        assert_eq!(room(unknown.full, GIB, GIB).max, GIB);
    }
}
