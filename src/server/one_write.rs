//! Small answers leave in one piece.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::deadline::Deadline;

/// The most bytes that are joined: the answer to a few calls, with its head.
const SMALL_BYTES: usize = 2048;

/// A stream that joins pieces before it writes them, if they are small, and tells the deadline when they stay.
///
/// The HTTP library hands over a head and a body. To copy a few hundred bytes costs less than to have the kernel look at
/// two pieces.
#[derive(Debug)]
pub(super) struct OneWrite<'d, S> {
    stream: S,
    joined: Vec<u8>,
    deadline: &'d Deadline,
    /// Whether the client has left something of an answer unread for so long that no more can be sent.
    is_unread: bool,
}

impl<'d, S> OneWrite<'d, S> {
    pub(super) const fn new(stream: S, deadline: &'d Deadline) -> Self {
        Self {
            stream,
            joined: Vec::new(),
            deadline,
            is_unread: false,
        }
    }

    /// Notes the first of several writes that have to wait.
    fn note<T>(&mut self, written: Poll<T>) -> Poll<T> {
        if written.is_pending() && !self.is_unread {
            self.is_unread = true;
            self.deadline.begin_unread(clock::monotonic());
        }
        written
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for OneWrite<'_, S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.note(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        pieces: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, joined, .. } = &mut *self;
        if pieces.iter().map(|piece| piece.len()).sum::<usize>() > SMALL_BYTES {
            let written = Pin::new(stream).poll_write_vectored(context, pieces);
            return self.note(written);
        }
        joined.clear();
        for piece in pieces {
            joined.extend_from_slice(piece);
        }
        let written = Pin::new(stream).poll_write(context, joined);
        self.note(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    /// Called once all pieces are written.
    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.is_unread {
            self.is_unread = false;
            self.deadline.end_unread();
        }
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for OneWrite<'_, S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;
    use crate::config::ServerConfig;
    use crate::server::Limits;

    /// Takes so many bytes at once, and says how it was written to.
    struct Taking {
        at_once: usize,
        writes: Vec<String>,
    }

    impl AsyncWrite for Taking {
        fn poll_write(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            bytes: &[u8],
        ) -> Poll<io::Result<usize>> {
            let taken = bytes.len().min(self.at_once);
            self.writes
                .push(format!("one of {}, {taken} taken", bytes.len()));
            Poll::Ready(Ok(taken))
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
            pieces: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            self.writes.push(format!("{} pieces", pieces.len()));
            Poll::Ready(Ok(0))
        }

        fn is_write_vectored(&self) -> bool {
            true
        }

        fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }

        fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
            Poll::Ready(Ok(()))
        }
    }

    #[tokio::test]
    async fn what_is_small_is_joined_and_what_is_large_is_not_copied() {
        let deadline = Deadline::new(
            &Limits::public(&ServerConfig::default()),
            clock::monotonic(),
        );
        let taking = Taking {
            at_once: 7,
            writes: Vec::new(),
        };
        let mut stream = OneWrite::new(taking, &deadline);
        let (small, large) = (vec![0; 1000], vec![0; 2000]);
        for pieces in [[&small, &small], [&small, &large], [&large, &Vec::new()]] {
            let pieces = pieces.map(|piece| IoSlice::new(piece));
            poll_fn(|context| Pin::new(&mut stream).poll_write_vectored(context, &pieces))
                .await
                .unwrap();
        }
        assert_eq!(
            stream.stream.writes,
            ["one of 2000, 7 taken", "2 pieces", "one of 2000, 7 taken"]
        );
    }
}
