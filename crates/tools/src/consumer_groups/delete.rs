//! `--delete`: groups without members, with their offsets.

use millstream_client::{Client, ClientError};
use millstream_wire::ErrorCode;

use super::ConsumerGroups;
use crate::failure::Failure;
use crate::output::Output;

pub(super) async fn run(
    command: &ConsumerGroups,
    client: &mut Client,
    output: &mut Output,
) -> Result<(), Failure> {
    let (mut deleted, mut failed) = (Vec::new(), Vec::new());
    for group in command.names(client).await? {
        match client.delete_group(&group).await {
            Ok(()) => deleted.push(format!("'{group}'")),
            Err(error) => {
                failed.push(format!("* Group '{group}' could not be deleted due to: {}", why(&error)))
            }
        }
    }
    let deleted = deleted.join(", ");
    if failed.is_empty() {
        let line = format!("Deletion of requested consumer groups ({deleted}) was successful.");
        return Ok(output.line(line)?);
    }
    output.line("\nError: Deletion of some consumer groups failed:")?;
    failed.iter().try_for_each(|line| output.line(line))?;
    if !deleted.is_empty() {
        output.line(format!("\nThese consumer groups were deleted successfully: {deleted}"))?;
    }
    Err(Failure::Said)
}

fn why(error: &ClientError) -> String {
    match error.code() {
        Some(ErrorCode::NON_EMPTY_GROUP) => "The group is not empty: its consumers must stop first.".into(),
        Some(ErrorCode::GROUP_ID_NOT_FOUND) => "There is no such group.".into(),
        _ => error.to_string(),
    }
}
