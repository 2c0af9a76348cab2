//! Looks at the files on a thread of its own: on a disk that does not answer even `stat` waits, and nobody can stop it.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc as blocking;
use std::thread;
use std::time::Duration;

use tokio::sync::mpsc;

use super::file_stamp::Stamp;

/// How long a look may take. It takes a microsecond where the file system is on this machine.
const LIMIT: Duration = Duration::from_secs(2);

/// Takes [`Stamp`]s of one database.
#[derive(Debug)]
pub(super) struct StatThread {
    path: PathBuf,
    look: StatRequest,
    limit: Duration,
    thread: Option<Looking>,
}

/// How it looks at the files.
type StatRequest = fn(&Path) -> Stamp;

/// A thread that looks when it is asked to, and ends with this.
#[derive(Debug)]
struct Looking {
    asks: blocking::Sender<()>,
    stamps: mpsc::UnboundedReceiver<Stamp>,
    /// Whether an answer is still to come.
    is_asked: bool,
}

/// Why there is no stamp.
#[derive(Debug, thiserror::Error)]
pub(super) enum NoStamp {
    /// `stat` does not come back.
    #[error("its file system has not answered for {} s; look at the disk, or at the network it is reached by", .0.as_secs())]
    Silent(Duration),
    /// The system gives no thread.
    #[error("cannot start a thread that looks at it")]
    NoThread(#[from] io::Error),
}

impl StatThread {
    pub(super) const fn new(path: PathBuf) -> Self {
        Self {
            path,
            look: Stamp::of,
            limit: LIMIT,
            thread: None,
        }
    }

    /// The files as they are now. After a silence the thread is waited for again: there is never more than one.
    pub(super) async fn stamp(&mut self) -> Result<Stamp, NoStamp> {
        let mut looking = match self.thread.take() {
            Some(looking) => looking,
            None => Looking::start(self.path.clone(), self.look)?,
        };
        looking.is_asked = looking.is_asked || looking.asks.send(()).is_ok();
        match tokio::time::timeout(self.limit, looking.stamps.recv()).await {
            Ok(Some(stamp)) => {
                looking.is_asked = false;
                self.thread = Some(looking);
                Ok(stamp)
            }
            Ok(None) => Err(NoStamp::NoThread(io::Error::other("it has ended"))),
            Err(_elapsed) => {
                self.thread = Some(looking);
                Err(NoStamp::Silent(self.limit))
            }
        }
    }
}

impl Looking {
    fn start(path: PathBuf, look: StatRequest) -> io::Result<Self> {
        let (asks, asked) = blocking::channel();
        let (stamped, stamps) = mpsc::unbounded_channel();
        // Not one of the tasks that a shutdown waits for: it may never end.
        let looking = move || while asked.recv().is_ok() && stamped.send(look(&path)).is_ok() {};
        thread::Builder::new()
            .name("look".to_owned())
            .spawn(looking)?;
        Ok(Self {
            asks,
            stamps,
            is_asked: false,
        })
    }
}

#[cfg(test)]
impl StatThread {
    /// One that looks in another way, and is soon out of patience.
    pub(super) fn of_test(path: &Path, look: StatRequest) -> Self {
        Self {
            path: path.to_owned(),
            look,
            limit: Duration::from_millis(500),
            thread: None,
        }
    }
}
