//! `kafka-console-consumer`: the records of topics on standard output.
//!
//! As with Kafka, it reads as a member of a group, one of its own unless a group is named; only a named group's
//! offsets are committed, and only those of records that were printed.

mod deserializer;
mod formatter;
mod options;
mod source;

use std::ffi::OsString;
use std::io::Write;
use std::time::Duration;

use millstream_client::{Client, ReceivedRecord};
use tokio::time::Instant;

use crate::bootstrap::{is_no_topic, near_topic};
use crate::command_line::{parse, remark};
use crate::failure::Failure;
use crate::output::Output;
use crate::pattern::Pattern;
use crate::signals::stop_requested;
use formatter::{FormatError, Formatter};
use options::ConsoleConsumer;
use source::Source;

/// How long one poll waits for records.
const POLL: Duration = Duration::from_millis(500);
/// How long leaving the group may take once everything is printed.
const LEAVING: Duration = Duration::from_secs(5);

pub(crate) async fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let command: ConsoleConsumer = parse(arguments)?;
    let plan = command.plan()?;
    let mut client = command.bootstrap.connect("console-consumer", &plan.settings).await?;
    let topics = topics(&command, &mut client).await?;
    let mut source = Source::open(client, topics, &plan).await?;
    let mut printer = Printer { formatter: plan.formatter, output: Output::new(), count: 0 };
    let outcome = print_all(&command, &mut source, &mut printer).await;
    let left = tokio::time::timeout(LEAVING, source.close()).await;
    remark(format!("Processed a total of {} messages", printer.count));
    outcome?;
    left.unwrap_or(Ok(()))
}

/// The topics to read. One that is not there is an error if its name is near another's; else it is made, if the
/// broker makes topics, and waited for, as Kafka's consumer does.
async fn topics(command: &ConsoleConsumer, client: &mut Client) -> Result<Vec<String>, Failure> {
    let Some(name) = &command.topic else {
        let pattern = Pattern::of(command.include.as_deref().unwrap_or_default())?;
        let found = client.describe_topics(None).await?;
        let names: Vec<_> =
            found.into_iter().map(|topic| topic.name).filter(|name| pattern.matches(name)).collect();
        if names.is_empty() {
            return Err(Failure::with_way_out(
                "no topic's name matches --include",
                "kafka-topics --list shows the topics that there are.",
            ));
        }
        return Ok(names);
    };
    match client.topic(name).await {
        Ok(_) => return Ok(vec![name.clone()]),
        Err(error) if is_no_topic(&error) => {}
        Err(error) => return Err(error.into()),
    }
    let missing = format!("Topic '{name}' does not exist.");
    if let Some(near) = near_topic(client, name).await {
        return Err(Failure::with_way_out(missing, format!("Did you mean '{near}'?")));
    }
    let making = format!("kafka-topics --create --topic {name} makes it.");
    match client.topic_or_made(name).await {
        Ok(_) => remark(format!("Topic '{name}' was not there: the broker has made it, and it is empty.")),
        Err(error) if is_no_topic(&error) => return Err(Failure::with_way_out(missing, making)),
        Err(error) => return Err(error.into()),
    }
    Ok(vec![name.clone()])
}

/// Prints until there is enough, nothing comes for too long, or somebody wants it to end.
async fn print_all(
    command: &ConsoleConsumer,
    source: &mut Source,
    printer: &mut Printer,
) -> Result<(), Failure> {
    let patience = command.timeout_ms.and_then(|ms| u64::try_from(ms).ok()).map(Duration::from_millis);
    let most = command.max_messages.and_then(|most| u64::try_from(most).ok()).unwrap_or(u64::MAX);
    let mut last = Instant::now();
    let stop = stop_requested();
    tokio::pin!(stop);
    while printer.count < most {
        let wait = patience.map_or(POLL, |patience| patience.saturating_sub(last.elapsed()).min(POLL));
        let records = tokio::select! {
            records = source.poll(wait) => records?,
            () = &mut stop => return Ok(()),
        };
        if records.is_empty() {
            if patience.is_some_and(|patience| last.elapsed() >= patience) {
                return Ok(());
            }
            continue;
        }
        let count = usize::try_from(most - printer.count).unwrap_or(usize::MAX).min(records.len());
        let (wanted, unread) = records.split_at(count);
        for record in wanted {
            printer.print(record, command.skip_message_on_error)?;
        }
        printer.output.flush()?;
        source.printed(unread).await?;
        last = Instant::now();
    }
    Ok(())
}

struct Printer {
    formatter: Formatter,
    output: Output,
    count: u64,
}

impl Printer {
    fn print(&mut self, record: &ReceivedRecord, skips_errors: bool) -> Result<(), Failure> {
        self.count += 1;
        let formatter = &self.formatter;
        let mut outcome = Ok(());
        self.output.write(|out: &mut dyn Write| {
            outcome = formatter.write(record, out);
            Ok(())
        })?;
        let place = format!("{}-{} at offset {}", record.topic, record.partition, record.record.offset);
        match outcome {
            Ok(()) => Ok(()),
            Err(FormatError::Output(error)) => Err(error.into()),
            Err(FormatError::Deserialize(why)) if skips_errors => {
                remark(format!("skipping the record of {place}: {why}"));
                Ok(())
            }
            Err(FormatError::Deserialize(why)) => {
                self.output.flush()?;
                Err(Failure::new(format!("the record of {place}: {why}")))
            }
        }
    }
}
