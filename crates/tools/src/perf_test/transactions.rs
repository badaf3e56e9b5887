//! `--transactional-id` and `--transaction-duration-ms`: a run's records in transactions, each for so long.

use std::collections::HashMap;
use std::time::Duration;

use millstream_client::{Client, ProducerIdentity, Transactional};
use millstream_cluster::random_id;
use millstream_wire::records::BatchBuilder;
use tokio::time::Instant;

use crate::bootstrap::Settings;
use crate::failure::Failure;

/// After this much of a transaction it is committed, if nobody says otherwise.
const DURATION_MS: i64 = 3000;
/// `transaction.timeout.ms` of Kafka's producer.
const TIMEOUT: Duration = Duration::from_secs(60);

/// What was asked for.
#[derive(Debug, clap::Args)]
pub(super) struct TransactionFlags {
    /// Send in transactions, under this id
    #[arg(long, value_name = "ID")]
    transactional_id: Option<String>,
    /// Commit a transaction after so many ms: 3000 if there is a transactional id
    #[arg(long, value_name = "MS", allow_negative_numbers = true)]
    transaction_duration_ms: Option<i64>,
}

/// As whom records are sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mode {
    /// As nobody: what is sent twice is written twice.
    Plain,
    /// As an idempotent producer.
    Idempotent,
    /// In transactions of this id, each of this duration, aborted after that time.
    Transactional(String, Duration, Duration),
}

impl TransactionFlags {
    /// What flags and settings say; Kafka's producer is idempotent by default, unless acks or requests in flight say
    /// otherwise.
    pub(super) fn mode(&self, settings: &Settings, can_be_idempotent: bool) -> Result<Mode, Failure> {
        let duration = self.transaction_duration_ms;
        if duration.is_some_and(|duration| duration <= 0) {
            return Err(Failure::new("--transaction-duration-ms should be greater than zero."));
        }
        let wanted = match settings.get("enable.idempotence") {
            None => None,
            Some("true") => Some(true),
            Some("false") => Some(false),
            Some(other) => {
                return Err(Failure::new(format!("enable.idempotence={other}: true or false is wanted")));
            }
        };
        let id = self.transactional_id.as_deref().or(settings.get("transactional.id")).map(str::to_owned);
        let id = match (id, duration) {
            (None, Some(_)) => Some(random_name()?),
            (id, _) => id,
        };
        let is_refused = wanted == Some(false) || !can_be_idempotent;
        match id {
            Some(_) if is_refused => Err(Failure::new(
                "Transactions need an idempotent producer: acks=all, at most 5 requests in flight and not \
                 enable.idempotence=false",
            )),
            Some(id) => {
                let duration = u64::try_from(duration.unwrap_or(DURATION_MS)).unwrap_or(0);
                let timeout = settings.millis("transaction.timeout.ms")?.unwrap_or(TIMEOUT);
                Ok(Mode::Transactional(id, Duration::from_millis(duration), timeout))
            }
            None if wanted == Some(true) && !can_be_idempotent => {
                Err(Failure::new("enable.idempotence=true needs acks=all and at most 5 requests in flight"))
            }
            None if is_refused => Ok(Mode::Plain),
            None => Ok(Mode::Idempotent),
        }
    }
}

fn random_name() -> Result<String, Failure> {
    let id = random_id().ok_or_else(|| Failure::new("the operating system gives no random numbers"))?;
    Ok(format!("performance-producer-{id}"))
}

/// Who sends, and the sequence numbers of each partition.
#[derive(Debug)]
pub(crate) struct Identity {
    producer: ProducerIdentity,
    sequences: HashMap<i32, i32>,
    transactions: Option<Transactions>,
}

#[derive(Debug)]
struct Transactions {
    transactional: Transactional,
    duration: Duration,
    since: Option<Instant>,
}

impl Identity {
    /// Asks for an id; nothing for records without a sender.
    pub(super) async fn of(mode: Mode, client: &mut Client) -> Result<Option<Self>, Failure> {
        let (producer, transactions) = match mode {
            Mode::Plain => return Ok(None),
            Mode::Idempotent => (client.init_producer(None).await?, None),
            Mode::Transactional(id, duration, timeout) => {
                let transactional = Transactional::start(client, &id, timeout).await?;
                (transactional.producer(), Some(Transactions { transactional, duration, since: None }))
            }
        };
        Ok(Some(Self { producer, sequences: HashMap::new(), transactions }))
    }

    /// Whose transactions the records belong to, if to any.
    pub(super) fn transactional(&self) -> Option<&Transactional> {
        self.transactions.as_ref().map(|transactions| &transactions.transactional)
    }

    /// A record is made: a transaction begins if none is open.
    pub(super) fn begin(&mut self) {
        if let Some(transactions) = &mut self.transactions {
            transactions.since.get_or_insert_with(Instant::now);
        }
    }

    /// Signs a batch for its partition. Gives whether it is the first one there of its transaction.
    pub(super) async fn sign(
        &mut self,
        batch: BatchBuilder,
        client: &mut Client,
        (topic, partition): (&str, i32),
    ) -> Result<(BatchBuilder, bool), Failure> {
        let sequence = self.sequences.entry(partition).or_default();
        let batch_sequence = *sequence;
        // Sequence numbers begin again at 0 behind the largest.
        *sequence = sequence.wrapping_add(batch.record_count()) & i32::MAX;
        let batch = batch.producer(self.producer.id, self.producer.epoch, batch_sequence);
        match &mut self.transactions {
            None => Ok((batch, false)),
            Some(transactions) => {
                let is_first = transactions.transactional.add(client, topic, partition).await?;
                Ok((batch.transactional(), is_first))
            }
        }
    }

    /// Has the open transaction lasted as long as it should?
    pub(super) fn is_due(&self) -> bool {
        let open = self.transactions.as_ref();
        open.is_some_and(|open| open.since.is_some_and(|since| since.elapsed() >= open.duration))
    }

    /// Commits what is written.
    pub(super) async fn commit(&mut self, client: &mut Client) -> Result<(), Failure> {
        if let Some(transactions) = &mut self.transactions {
            transactions.since = None;
            transactions.transactional.end(client, true).await?;
            let producer = transactions.transactional.producer();
            if producer != self.producer {
                // Another epoch counts its records from 0 on.
                self.producer = producer;
                self.sequences.clear();
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(
        id: Option<&str>,
        duration: Option<i64>,
        pairs: &[(&str, &str)],
        can: bool,
    ) -> Result<Mode, Failure> {
        let flags =
            TransactionFlags { transactional_id: id.map(str::to_owned), transaction_duration_ms: duration };
        let pairs: Vec<_> =
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        flags.mode(&Settings::read(None, &pairs, &["enable.idempotence", "transactional.id"]).unwrap(), can)
    }

    #[test]
    fn flags_stand_above_settings() {
        let transactional = |id: &str, ms| Mode::Transactional(id.into(), Duration::from_millis(ms), TIMEOUT);
        assert_eq!(mode(None, None, &[], true).unwrap(), Mode::Idempotent);
        assert_eq!(mode(None, None, &[], false).unwrap(), Mode::Plain);
        assert_eq!(mode(None, None, &[("enable.idempotence", "false")], true).unwrap(), Mode::Plain);
        assert_eq!(mode(None, None, &[("transactional.id", "a")], true).unwrap(), transactional("a", 3000));
        assert_eq!(
            mode(Some("b"), Some(5), &[("transactional.id", "a")], true).unwrap(),
            transactional("b", 5)
        );
        assert!(
            matches!(mode(None, Some(5), &[], true).unwrap(), Mode::Transactional(id, ..) if id.starts_with("performance-producer-"))
        );
        assert!(mode(Some("b"), Some(0), &[], true).is_err());
        assert!(mode(Some("b"), None, &[("enable.idempotence", "false")], true).is_err());
        assert!(mode(None, None, &[("enable.idempotence", "true")], false).is_err());
        assert!(mode(None, None, &[("enable.idempotence", "maybe")], true).is_err());
    }
}
