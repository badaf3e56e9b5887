//! A client of Spark Connect for `millstream spark-sql`: runs SQL and reads the rows as text.

use std::io::Cursor;
use std::time::Duration;

use arrow::array::{Array as _, ArrayRef};
use arrow::ipc::reader::StreamReader;
use millstream_engine::show::cells;
use tonic::transport::{Channel, Endpoint};

use crate::proto::connect as pb;
use crate::proto::connect::command::CommandType;
use crate::proto::connect::execute_plan_response::ResponseType;
use crate::proto::connect::plan::OpType;
use crate::proto::connect::relation::RelType;
use crate::proto::connect::spark_connect_service_client::SparkConnectServiceClient;

/// How long a server may take to answer.
const CONNECT: Duration = Duration::from_secs(5);

/// A connection with a session.
#[derive(Debug)]
pub struct SqlClient {
    client: SparkConnectServiceClient<Channel>,
    session_id: String,
    user: String,
}

/// A result: the columns' names and the rows' cells as text.
#[derive(Debug, Default)]
pub struct SqlRows {
    /// The names.
    pub columns: Vec<String>,
    /// The cells, row by row.
    pub rows: Vec<Vec<String>>,
}

impl SqlClient {
    /// Connects to the server at `address` (`HOST:PORT`).
    ///
    /// # Errors
    /// Nobody answers there; the text says so.
    pub async fn connect(address: &str, session_id: &str, user: &str) -> Result<Self, String> {
        let endpoint =
            Endpoint::from_shared(format!("http://{address}")).map_err(|error| error.to_string())?;
        let channel = endpoint.connect_timeout(CONNECT).connect().await;
        let channel = channel
            .map_err(|error| format!("no server answers at {address}: {}", crate::terminal::root(&error)))?;
        let client = SparkConnectServiceClient::new(channel).max_decoding_message_size(usize::MAX);
        Ok(Self { client, session_id: session_id.to_owned(), user: user.to_owned() })
    }

    /// Runs one statement or query.
    ///
    /// # Errors
    /// Spark's message for what is wrong with it.
    pub async fn run(&mut self, text: &str) -> Result<SqlRows, String> {
        let sql = pb::Sql { query: text.to_owned(), ..Default::default() };
        let input = pb::Relation { common: None, rel_type: Some(RelType::Sql(sql)) };
        let command = pb::SqlCommand { input: Some(input), ..Default::default() };
        let command = pb::Command { command_type: Some(CommandType::SqlCommand(command)) };
        let answers = self.execute(OpType::Command(command)).await?;
        let relation = answers.into_iter().find_map(|answer| match answer.response_type {
            Some(ResponseType::SqlCommandResult(result)) => result.relation,
            _ => None,
        });
        let Some(relation) = relation else { return Ok(SqlRows::default()) };
        let mut found = SqlRows::default();
        for answer in self.execute(OpType::Root(relation)).await? {
            if let Some(ResponseType::ArrowBatch(batch)) = answer.response_type {
                read(&batch.data, &mut found).map_err(|error| error.to_string())?;
            }
        }
        Ok(found)
    }

    async fn execute(&mut self, op: OpType) -> Result<Vec<pb::ExecutePlanResponse>, String> {
        let request = pb::ExecutePlanRequest {
            session_id: self.session_id.clone(),
            user_context: Some(pb::UserContext { user_id: self.user.clone(), ..Default::default() }),
            plan: Some(pb::Plan { op_type: Some(op) }),
            client_type: Some("millstream spark-sql".to_owned()),
            ..Default::default()
        };
        let failed = |status: tonic::Status| status.message().to_owned();
        let mut stream = self.client.execute_plan(request).await.map_err(failed)?.into_inner();
        let mut answers = Vec::new();
        while let Some(answer) = stream.message().await.map_err(failed)? {
            answers.push(answer);
        }
        Ok(answers)
    }
}

fn read(data: &[u8], into: &mut SqlRows) -> Result<(), arrow::error::ArrowError> {
    let reader = StreamReader::try_new(Cursor::new(data), None)?;
    into.columns = reader.schema().fields().iter().map(|field| field.name().clone()).collect();
    for batch in reader {
        let batch = batch?;
        let columns: Vec<Vec<String>> = batch.columns().iter().map(texts).collect();
        for row in 0..batch.num_rows() {
            into.rows.push(columns.iter().filter_map(|column| column.get(row).cloned()).collect());
        }
    }
    Ok(())
}

/// Times come in the session's zone, which their type names.
fn texts(column: &ArrayRef) -> Vec<String> {
    let zone = match column.data_type() {
        arrow::datatypes::DataType::Timestamp(_, Some(zone)) => zone.to_string(),
        _ => "UTC".to_owned(),
    };
    cells(column, &zone)
}
