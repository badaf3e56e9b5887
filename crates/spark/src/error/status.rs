//! An error on the wire: a gRPC status whose details carry `google.rpc.ErrorInfo`.
//!
//! PySpark reads class names, condition and parameters from the details' metadata and, when there is an `errorId`,
//! fetches the full text by `FetchErrorDetails`. Everything in the header is bounded.

use prost::Message;
use std::collections::HashMap;
use tonic::{Code, Status};

use super::{ErrorStore, SparkError};
use crate::proto::rpc::{ErrorInfo, Status as RpcStatus};
use crate::proto::{Any, connect as pb};

/// Characters of a text that go into the header; the rest comes by `FetchErrorDetails`.
const HEADER_TEXT: usize = 2048;
/// Bytes of parameters that go into the header.
const HEADER_PARAMETERS: usize = 1024;

impl SparkError {
    /// The status for a call outside of any session.
    pub(crate) fn to_status(&self) -> Status {
        self.status(None)
    }

    /// The status for a call of a session, which keeps the full text for `FetchErrorDetails`.
    pub(crate) fn to_session_status(&self, store: &ErrorStore) -> Status {
        self.status(Some(store.put(self.clone())))
    }

    fn status(&self, error_id: Option<String>) -> Status {
        let text: String = self.message.chars().take(HEADER_TEXT).collect();
        let classes = self.kind.classes();
        let mut metadata = HashMap::from([("classes".to_owned(), serde_json::json!(classes).to_string())]);
        if let Some(condition) = self.condition.as_deref() {
            let parameters = serde_json::json!(condition.parameters).to_string();
            metadata.insert("sqlState".to_owned(), condition.sql_state.to_owned());
            if parameters.len() <= HEADER_PARAMETERS {
                metadata.insert("errorClass".to_owned(), condition.name.clone());
                metadata.insert("messageParameters".to_owned(), parameters);
            }
        }
        metadata.extend(error_id.map(|id| ("errorId".to_owned(), id)));
        let reason = classes.first().copied().unwrap_or_default().to_owned();
        let info = ErrorInfo { reason, domain: "org.apache.spark".to_owned(), metadata };
        let details = RpcStatus {
            code: i32::from(Code::Internal),
            message: text.clone(),
            details: vec![Any {
                type_url: "type.googleapis.com/google.rpc.ErrorInfo".to_owned(),
                value: info.encode_to_vec(),
            }],
        };
        Status::with_details(Code::Internal, text, details.encode_to_vec().into())
    }

    /// The answer of `FetchErrorDetails`.
    pub(crate) fn to_details(&self) -> pb::fetch_error_details_response::Error {
        let spark_throwable =
            self.condition.as_deref().map(|condition| pb::fetch_error_details_response::SparkThrowable {
                error_class: Some(condition.name.clone()),
                message_parameters: condition.parameters.clone().into_iter().collect(),
                query_contexts: Vec::new(),
                sql_state: Some(condition.sql_state.to_owned()).filter(|state| !state.is_empty()),
                breaking_change_info: None,
            });
        pb::fetch_error_details_response::Error {
            error_type_hierarchy: self.kind.classes().iter().map(|&class| class.to_owned()).collect(),
            message: self.message.clone(),
            stack_trace: Vec::new(),
            cause_idx: None,
            // PySpark 4.2 reads the parameters of an absent message as empty ones, which is what they are.
            spark_throwable: Some(spark_throwable.unwrap_or_default()),
        }
    }
}
