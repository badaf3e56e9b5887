//! `Config`: the session's runtime configuration, `spark.conf` in a program.

use tonic::Status;

use super::user;
use crate::error::{Result, SparkError, invalid_plan};
use crate::proto::connect as pb;
use crate::proto::connect::KeyValue;
use crate::proto::connect::config_request::operation::OpType;
use crate::session::{Session, Sessions};

/// Answers the call.
pub(crate) fn call(sessions: &Sessions, request: pb::ConfigRequest) -> Result<pb::ConfigResponse, Status> {
    let observed = request.client_observed_server_side_session_id.as_deref();
    let session = sessions
        .get_or_create(user(request.user_context.as_ref()), &request.session_id, observed)
        .map_err(|error| error.to_status())?;
    let mut response = pb::ConfigResponse {
        session_id: session.id.clone(),
        server_side_session_id: session.server_side_id.clone(),
        ..Default::default()
    };
    let operation = request.operation.and_then(|operation| operation.op_type);
    answer(&session, operation, &mut response).map_err(|error| error.to_session_status(&session.errors))?;
    Ok(response)
}

fn answer(
    session: &Session,
    operation: Option<OpType>,
    response: &mut pb::ConfigResponse,
) -> Result<(), SparkError> {
    let pair = |key: String, value: Option<String>| KeyValue { key, value };
    match operation {
        Some(OpType::Set(set)) => return set_all(session, set, response),
        Some(OpType::Unset(unset)) => {
            for key in unset.keys {
                session.conf().unset(&key)?;
                session.engine.unset_conf(&key);
                response.pairs.push(pair(key, None));
            }
        }
        Some(OpType::Get(get)) => {
            let conf = session.conf();
            for key in get.keys {
                let value = conf.require(&key)?.to_owned();
                response.pairs.push(pair(key, Some(value)));
            }
        }
        Some(OpType::GetWithDefault(get)) => {
            let conf = session.conf();
            let found =
                |wanted: &KeyValue| conf.get(&wanted.key).map(str::to_owned).or_else(|| wanted.value.clone());
            response.pairs =
                get.pairs.into_iter().map(|wanted| pair(wanted.key.clone(), found(&wanted))).collect();
        }
        Some(OpType::GetOption(get)) => {
            let conf = session.conf();
            let found = |key: &str| conf.get(key).map(str::to_owned);
            response.pairs = get.keys.into_iter().map(|key| pair(key.clone(), found(&key))).collect();
        }
        Some(OpType::GetAll(all)) => {
            let prefix = all.prefix.unwrap_or_default();
            let rest = |key: String| key.get(prefix.len()..).unwrap_or_default().to_owned();
            let values = session.conf().all(&prefix);
            response.pairs = values.into_iter().map(|(key, value)| pair(rest(key), Some(value))).collect();
        }
        Some(OpType::IsModifiable(asked)) => {
            let conf = session.conf();
            let answer = |key: &str| Some(conf.is_modifiable(key).to_string());
            response.pairs = asked.keys.into_iter().map(|key| pair(key.clone(), answer(&key))).collect();
        }
        None => return Err(invalid_plan("The config request names no operation.")),
    }
    Ok(())
}

/// With `silent` (the options of `SparkSession.builder`) a refused key is a warning, as with Spark.
fn set_all(
    session: &Session,
    set: pb::config_request::Set,
    response: &mut pb::ConfigResponse,
) -> Result<(), SparkError> {
    let silent = set.silent.unwrap_or(false);
    for KeyValue { key, value } in set.pairs {
        let value =
            value.ok_or_else(|| invalid_plan(format!("The config {key} is to be set to nothing.")))?;
        let outcome = set_one(session, &key, &value);
        match outcome {
            Ok(warning) => response.warnings.extend(warning),
            Err(error) if silent => response.warnings.push(error.message),
            Err(error) => return Err(error),
        }
        response.pairs.push(KeyValue { key, value: Some(value) });
    }
    Ok(())
}

fn set_one(session: &Session, key: &str, value: &str) -> Result<Option<String>, SparkError> {
    let warning = session.conf().set(key, value)?;
    session.engine.set_conf(key, value)?;
    Ok(warning)
}
