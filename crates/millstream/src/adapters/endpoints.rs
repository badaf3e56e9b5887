//! The two ends of a query as the page draws them, read from the descriptions that Spark's progress carries.
//!
//! A description is Spark's own text (`KafkaV2[Subscribe[clickstream]]`), the one thing that every source and sink
//! tells about itself. What is not understood is shown as it is.

use millstream_console::model::Endpoint;

/// A source or a sink by its description; one endpoint for each topic that it names.
pub fn of(description: &str) -> Vec<Endpoint> {
    let (name, inside) = description.split_once('[').unwrap_or((description, ""));
    let inside = inside.strip_suffix(']').unwrap_or(inside);
    let end = |kind: &str, topic: Option<&str>, label: Option<String>| Endpoint {
        kind: kind.to_owned(),
        topic: topic.map(str::to_owned),
        label,
    };
    match name.rsplit('.').next().unwrap_or(name) {
        "KafkaV2" => match inside.strip_prefix("Subscribe[").and_then(|topics| topics.strip_suffix(']')) {
            Some(topics) => topics.split(',').map(|topic| end("kafka", Some(topic.trim()), None)).collect(),
            None => vec![end("kafka", None, Some(inside.to_owned()))],
        },
        "JsonTopic" => vec![end("kafka", Some(inside), None)],
        "TextSocketV2" => {
            vec![end("socket", None, Some(inside.replace("host: ", "").replace(", port: ", ":")))]
        }
        "RateStreamV2" => vec![end("rate", None, None)],
        "ConsoleTable$" => vec![end("console", None, None)],
        "MemorySink" => vec![end("memory", None, None)],
        "NoopTable$" => vec![end("noop", None, None)],
        "KafkaSourceProvider$KafkaTable" => vec![end("kafka", None, None)],
        other => vec![end(other, None, None)],
    }
}

#[cfg(test)]
mod tests {
    use super::of;

    #[test]
    fn descriptions_become_boxes() {
        let table = [
            ("KafkaV2[Subscribe[a, b]]", "kafka a -, kafka b -"),
            ("KafkaV2[SubscribePattern[a.*]]", "kafka - SubscribePattern[a.*]"),
            ("JsonTopic[top-pages]", "kafka top-pages -"),
            ("TextSocketV2[host: localhost, port: 9999]", "socket - localhost:9999"),
            ("org.apache.spark.sql.execution.streaming.ConsoleTable$", "console - -"),
            ("something else", "something else - -"),
        ];
        for (description, expected) in table {
            let ends: Vec<String> = of(description)
                .iter()
                .map(|end| {
                    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
                    format!("{} {} {}", end.kind, text(&end.topic), text(&end.label))
                })
                .collect();
            assert_eq!(ends.join(", "), expected, "{description}");
        }
    }
}
