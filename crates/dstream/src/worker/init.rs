//! The first words to a worker: which task this is, which broadcasts it needs, and the pickled command.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::{BufMut, Bytes, BytesMut};
use serde_json::json;

use super::Dialect;
use crate::error::{JobError, TaskName};

/// What a message of PySpark 4.3 begins with (SpecialLengths.START_OF_INIT_MESSAGE).
const START_OF_INIT_MESSAGE: i32 = -8;
/// PythonEvalType.NON_UDF: the command is (func, profiler, deserializer, serializer).
const NON_UDF: i32 = 0;

/// What is the same in all tasks of one step.
#[derive(Debug)]
pub(crate) struct Command {
    /// The pickled command.
    pub(crate) pickled: Bytes,
    /// Broadcast variables by id: the file that holds the pickled value.
    pub(crate) broadcasts: BTreeMap<i64, String>,
    /// Files below the files directory that go on sys.path.
    pub(crate) includes: Vec<String>,
}

/// What differs from task to task, and between sessions.
#[derive(Debug)]
pub(crate) struct TaskContext {
    pub(crate) name: TaskName,
    pub(crate) attempt: i64,
    pub(crate) python_version: Arc<str>,
    pub(crate) files_directory: Arc<str>,
    pub(crate) local_properties: Arc<BTreeMap<String, String>>,
}

/// The words of one task. `broadcasts` are those to load (id and file) and, as -id-1 without a file, to drop.
///
/// # Errors
/// Something is longer than the protocol can say.
pub(crate) fn init_words(
    dialect: Dialect,
    context: &TaskContext,
    command: &Command,
    broadcasts: &[(i64, Option<&str>)],
) -> Result<BytesMut, JobError> {
    let mut words = Words(BytesMut::with_capacity(1024 + command.pickled.len()));
    words.0.put_i32(context.name.partition);
    words.text(&context.python_version)?;
    match dialect {
        Dialect::PortAlways => {
            words.0.put_u8(0);
            words.0.put_i32(0);
            words.text("")?;
            words.context(context)?;
        }
        Dialect::PortOfBarrier => {
            words.0.put_u8(0);
            words.context(context)?;
        }
        Dialect::Json | Dialect::Message => words.text(&json_context(context))?,
    }
    words.text(&context.files_directory)?;
    words.count(command.includes.len())?;
    for include in &command.includes {
        words.text(include)?;
    }
    words.0.put_u8(0);
    words.count(broadcasts.len())?;
    for (id, path) in broadcasts {
        words.0.put_i64(*id);
        if let Some(path) = path {
            words.text(path)?;
        }
    }
    words.0.put_i32(NON_UDF);
    if matches!(dialect, Dialect::Json | Dialect::Message) {
        // No configuration of the runner, none of the evaluation: they are for UDFs.
        words.0.put_i32(0);
        words.0.put_i32(0);
    }
    words.bytes(&command.pickled)?;
    if dialect != Dialect::Message {
        return Ok(words.0);
    }
    let mut message = Words(BytesMut::with_capacity(words.0.len() + 8));
    message.0.put_i32(START_OF_INIT_MESSAGE);
    message.bytes(&words.0)?;
    Ok(message.0)
}

/// The task context as 4.2 and later read it.
fn json_context(context: &TaskContext) -> String {
    json!({
        "isBarrier": false,
        "connInfo": null,
        "secret": null,
        "stageId": context.name.stage,
        "partitionId": context.name.partition,
        "attemptNumber": 0,
        "taskAttemptId": context.attempt,
        "cpus": 1,
        "cpuAmount": "1",
        "resources": {},
        "localProperties": *context.local_properties,
    })
    .to_string()
}

struct Words(BytesMut);

impl Words {
    /// The task context as 3.5 to 4.1 read it.
    fn context(&mut self, context: &TaskContext) -> Result<(), JobError> {
        self.0.put_i32(context.name.stage);
        self.0.put_i32(context.name.partition);
        self.0.put_i32(0);
        self.0.put_i64(context.attempt);
        self.0.put_i32(1);
        self.0.put_i32(0);
        self.count(context.local_properties.len())?;
        for (key, value) in context.local_properties.iter() {
            self.text(key)?;
            self.text(value)?;
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), JobError> {
        self.bytes(text.as_bytes())
    }

    fn bytes(&mut self, bytes: &[u8]) -> Result<(), JobError> {
        self.count(bytes.len())?;
        self.0.put_slice(bytes);
        Ok(())
    }

    fn count(&mut self, count: usize) -> Result<(), JobError> {
        let count = i32::try_from(count).map_err(|_| {
            JobError::Limit(format!("{count} is more than PySpark's worker protocol can say"))
        })?;
        self.0.put_i32(count);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    fn words(dialect: Dialect) -> String {
        let context = TaskContext {
            name: TaskName { stage: 3, partition: 1 },
            attempt: 9,
            python_version: "3.11".into(),
            files_directory: "/f".into(),
            local_properties: Arc::new(BTreeMap::from([("k".to_owned(), "v".to_owned())])),
        };
        let command = Command {
            pickled: Bytes::from_static(b"PICKLE"),
            broadcasts: BTreeMap::new(),
            includes: vec!["a.zip".to_owned()],
        };
        init_words(dialect, &context, &command, &[(7, Some("/b")), (-3, None)])
            .unwrap()
            .escape_ascii()
            .to_string()
    }

    #[test]
    fn each_dialect_has_its_words() {
        expect![[r"\x00\x00\x00\x01\x00\x00\x00\x043.11\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\t\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01k\x00\x00\x00\x01v\x00\x00\x00\x02/f\x00\x00\x00\x01\x00\x00\x00\x05a.zip\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x02/b\xff\xff\xff\xff\xff\xff\xff\xfd\x00\x00\x00\x00\x00\x00\x00\x06PICKLE"]]
            .assert_eq(&words(Dialect::PortAlways));
        expect![[r#"\x00\x00\x00\x01\x00\x00\x00\x043.11\x00\x00\x00\x00\x03\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\t\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x01k\x00\x00\x00\x01v\x00\x00\x00\x02/f\x00\x00\x00\x01\x00\x00\x00\x05a.zip\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x02/b\xff\xff\xff\xff\xff\xff\xff\xfd\x00\x00\x00\x00\x00\x00\x00\x06PICKLE"#]].assert_eq(&words(Dialect::PortOfBarrier));
        expect![[r#"\x00\x00\x00\x01\x00\x00\x00\x043.11\x00\x00\x00\xb5{\"attemptNumber\":0,\"connInfo\":null,\"cpuAmount\":\"1\",\"cpus\":1,\"isBarrier\":false,\"localProperties\":{\"k\":\"v\"},\"partitionId\":1,\"resources\":{},\"secret\":null,\"stageId\":3,\"taskAttemptId\":9}\x00\x00\x00\x02/f\x00\x00\x00\x01\x00\x00\x00\x05a.zip\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x02/b\xff\xff\xff\xff\xff\xff\xff\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06PICKLE"#]].assert_eq(&words(Dialect::Json));
        expect![[r#"\xff\xff\xff\xf8\x00\x00\x01\t\x00\x00\x00\x01\x00\x00\x00\x043.11\x00\x00\x00\xb5{\"attemptNumber\":0,\"connInfo\":null,\"cpuAmount\":\"1\",\"cpus\":1,\"isBarrier\":false,\"localProperties\":{\"k\":\"v\"},\"partitionId\":1,\"resources\":{},\"secret\":null,\"stageId\":3,\"taskAttemptId\":9}\x00\x00\x00\x02/f\x00\x00\x00\x01\x00\x00\x00\x05a.zip\x00\x00\x00\x00\x02\x00\x00\x00\x00\x00\x00\x00\x07\x00\x00\x00\x02/b\xff\xff\xff\xff\xff\xff\xff\xfd\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x06PICKLE"#]].assert_eq(&words(Dialect::Message));
    }
}
