//! What is on its way to a journal that several servers share: each piece that is written here stands in `outbox` as well,
//! in the same transaction, until it is there.

use sqlx::{Connection as _, Row as _};

use super::super::StoreError;
use super::super::connection::{number, within};
use super::decisions::Piece;
use super::{CALL_LIMIT, JournalFile};

/// What a piece has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PieceKind {
    /// New answers.
    New,
    /// Answers given again.
    Repeated,
    /// Calls that agents took.
    Taken,
}

/// A piece that waits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxPiece {
    /// Its number, which only rises.
    pub seq: i64,
    /// What it has.
    pub kind: PieceKind,
    /// A JSON array.
    pub rows: String,
}

/// What waits, the oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outbox {
    /// Whose pieces they are: another one for each `journal.db`.
    pub source: String,
    /// Some of them.
    pub pieces: Vec<OutboxPiece>,
    /// How many there are in all.
    pub waiting: i64,
}

/// How many pieces are taken at once, and how many bytes of them at most, unless one has more.
const MAX_PIECES: i64 = 100;
const MAX_BYTES: usize = 1024 * 1024;

/// Pieces go from the front only, so they need not be counted, of which there may be very many.
const WAITING: &str = "select coalesce(max(seq) - min(seq) + 1, 0) from outbox";

impl PieceKind {
    const ALL: [Self; 3] = [Self::New, Self::Repeated, Self::Taken];

    /// As it stands in the file.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Repeated => "repeated",
            Self::Taken => "taken",
        }
    }
}

impl JournalFile {
    /// From now on keeps what is written until it was sent.
    #[must_use]
    pub fn with_outbox(mut self) -> Self {
        self.has_outbox = true;
        self
    }

    /// Writes a piece here, and puts it on its way.
    pub(super) async fn write_and_put_out(
        &mut self,
        piece: &Piece,
        kind: PieceKind,
    ) -> Result<(), StoreError> {
        let connection = &mut self.connection;
        let writing = async move {
            let mut transaction = connection.begin_with("begin immediate").await?;
            sqlx::query(piece.statement())
                .bind(piece.rows())
                .execute(&mut *transaction)
                .await?;
            sqlx::query("insert into outbox (kind, rows) values (?1, ?2)")
                .bind(kind.name())
                .bind(piece.rows())
                .execute(&mut *transaction)
                .await?;
            transaction.commit().await
        };
        within(CALL_LIMIT, &self.path, "write decisions", writing).await
    }

    /// What waits, the oldest first.
    pub async fn outbox(&mut self) -> Result<Outbox, StoreError> {
        let doing = "read what is on its way to PostgreSQL";
        let connection = &mut self.connection;
        let reading = async move {
            let oldest = "select seq, kind, rows from outbox order by seq limit ?1";
            let rows = sqlx::query(oldest)
                .bind(MAX_PIECES)
                .fetch_all(&mut *connection)
                .await?;
            let source = sqlx::query_scalar("select id from outbox_source");
            let source: String = source.fetch_one(&mut *connection).await?;
            let waiting = number(connection, WAITING).await?;
            Ok::<_, sqlx::Error>((rows, source, waiting))
        };
        let (rows, source, waiting) = within(CALL_LIMIT, &self.path, doing, reading).await?;
        let (mut pieces, mut bytes) = (Vec::new(), 0);
        for row in rows {
            let kind: &str = row.get("kind");
            let Some(kind) = PieceKind::ALL
                .into_iter()
                .find(|known| known.name() == kind)
            else {
                continue;
            };
            let rows: String = row.get("rows");
            bytes += rows.len();
            if bytes > MAX_BYTES && !pieces.is_empty() {
                break;
            }
            let seq = row.get("seq");
            pieces.push(OutboxPiece { seq, kind, rows });
        }
        Ok(Outbox {
            source,
            pieces,
            waiting,
        })
    }

    /// Pieces up to this one have arrived.
    pub async fn clear_outbox(&mut self, seq: i64) -> Result<(), StoreError> {
        let cleared = sqlx::query("delete from outbox where seq <= ?1").bind(seq);
        let clearing = cleared.execute(&mut self.connection);
        within(CALL_LIMIT, &self.path, "clear what was sent", clearing)
            .await
            .map(drop)
    }

    /// Drops the oldest pieces beyond so many bytes; how many.
    pub async fn limit_outbox(&mut self, max_bytes: i64) -> Result<u64, StoreError> {
        let limit = "
            delete from outbox where seq <= (select max(seq) from (
                select seq, sum(length(rows)) over (order by seq desc) as bytes from outbox
            ) where bytes > ?1)";
        let limit = sqlx::query(limit).bind(max_bytes);
        let limited = limit.execute(&mut self.connection);
        within(CALL_LIMIT, &self.path, "limit what is to be sent", limited)
            .await
            .map(|done| done.rows_affected())
    }
}

#[cfg(test)]
mod tests {
    use super::super::{DecisionBatch, RepeatedDecision};
    use super::*;

    fn batch(key: i64) -> DecisionBatch {
        let again = RepeatedDecision {
            key,
            asks: 1,
            last_at: jiff::Timestamp::UNIX_EPOCH,
        };
        DecisionBatch::new(&[], &[again])
    }

    #[tokio::test]
    async fn what_is_written_waits_until_it_was_sent() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal.db");
        let mut file = JournalFile::open(&path).await.unwrap();
        file.write(&batch(1)).await.unwrap();
        assert_eq!(file.outbox().await.unwrap().waiting, 0, "nobody shares it");
        let mut file = file.with_outbox();
        for key in 2..200 {
            file.write(&batch(key)).await.unwrap();
        }
        let first = file.outbox().await.unwrap();
        assert_eq!((first.pieces.len(), first.waiting), (100, 198));
        assert!(first.pieces[0].rows.contains("\"key\":2,"));
        assert_eq!(first.pieces[0].kind, PieceKind::Repeated);
        file.clear_outbox(first.pieces[99].seq).await.unwrap();
        file.close().await.unwrap();
        let mut file = JournalFile::open(&path).await.unwrap().with_outbox();
        let second = file.outbox().await.unwrap();
        assert_eq!((second.waiting, second.source), (98, first.source));
        assert!(second.pieces[0].seq > first.pieces[99].seq);
        file.clear_outbox(i64::MAX).await.unwrap();
        file.write(&batch(300)).await.unwrap();
        let third = file.outbox().await.unwrap();
        assert!(third.pieces[0].seq > second.pieces[97].seq, "never again");
        assert_eq!(file.limit_outbox(1 << 20).await.unwrap(), 0);
        assert_eq!(file.limit_outbox(1).await.unwrap(), 1);
    }
}
