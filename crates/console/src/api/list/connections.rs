//! The connections of Kafka clients: the youngest first, if nobody says.

use std::cmp::Ordering;

use super::{Ask, Listed, Page, cut};
use crate::model::{ClientConnection, Model};

impl Listed for ClientConnection {
    fn has(&self, passes: impl Fn(&str) -> bool) -> bool {
        let texts = [&self.client_id, &self.software, &self.software_version, &self.peer].into_iter();
        texts.chain(&self.group).chain(&self.api).any(|text| passes(text))
    }

    fn by(column: &str, a: &Self, b: &Self) -> Ordering {
        let by = match column {
            "client_id" => a.client_id.cmp(&b.client_id),
            "software" => (&a.software, &a.software_version).cmp(&(&b.software, &b.software_version)),
            "peer" => a.peer.cmp(&b.peer),
            "group" => a.group.cmp(&b.group),
            "api" => a.api.cmp(&b.api),
            "requests" => a.requests.cmp(&b.requests),
            "bytes_in" => a.bytes_in.cmp(&b.bytes_in),
            "bytes_out" => a.bytes_out.cmp(&b.bytes_out),
            "since" => a.since_ms.cmp(&b.since_ms),
            // The longer it was idle, the earlier its last request came.
            "idle" => b.last_ms.cmp(&a.last_ms),
            _ => b.id.cmp(&a.id),
        };
        by.then_with(|| a.id.cmp(&b.id))
    }

    fn bound(&mut self) {
        [&mut self.client_id, &mut self.software, &mut self.software_version].into_iter().for_each(cut);
        self.group.iter_mut().for_each(cut);
    }
}

pub(super) fn part(model: &dyn Model, ask: &Ask) -> Page<ClientConnection> {
    Page::of(model.connections(), ask)
}
