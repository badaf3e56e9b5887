//! Which error codes a message has, and how often: what a broker's counters want to know of its answers.
//!
//! Most answers have one code, all of their partitions the same; that costs no allocation. Codes are few, so a list is
//! looked through.

use crate::error_code::ErrorCode;

/// Error codes with their counts.
#[derive(Debug, Default)]
pub struct CodeCounts {
    first: Option<(ErrorCode, u64)>,
    others: Vec<(ErrorCode, u64)>,
}

impl CodeCounts {
    pub(crate) fn add(&mut self, code: ErrorCode) {
        let (first, count) = self.first.get_or_insert((code, 0));
        if *first == code {
            *count += 1;
            return;
        }
        match self.others.iter_mut().find(|(other, _)| *other == code) {
            Some((_, count)) => *count += 1,
            None => self.others.push((code, 1)),
        }
    }

    /// Each code once, in the order of their first appearance.
    pub fn iter(&self) -> impl Iterator<Item = (ErrorCode, u64)> {
        self.first.iter().chain(&self.others).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::frame::encode_response;
    use crate::messages::heartbeat::{HeartbeatRequest, HeartbeatResponse};
    use crate::messages::produce::{
        PartitionProduceResponse, ProduceRequest, ProduceResponse, TopicProduceResponse,
    };

    #[test]
    fn an_answer_tells_its_codes() {
        let partition =
            |error_code| PartitionProduceResponse { error_code, ..PartitionProduceResponse::default() };
        let codes =
            [ErrorCode::NONE, ErrorCode::CORRUPT_MESSAGE, ErrorCode::NONE, ErrorCode::CORRUPT_MESSAGE];
        let topic = TopicProduceResponse {
            partition_responses: codes.map(partition).to_vec(),
            ..TopicProduceResponse::default()
        };
        let answer = ProduceResponse { responses: vec![topic], ..ProduceResponse::default() };
        let codes = |writer: crate::Writer| writer.error_codes().iter().collect::<Vec<_>>();
        let produced = codes(encode_response::<ProduceRequest>(&answer, 9, 1).unwrap());
        assert_eq!(produced, [(ErrorCode::NONE, 2), (ErrorCode::CORRUPT_MESSAGE, 2)]);
        let heartbeat =
            codes(encode_response::<HeartbeatRequest>(&HeartbeatResponse::default(), 0, 1).unwrap());
        assert_eq!(heartbeat, [(ErrorCode::NONE, 1)]);
    }
}
