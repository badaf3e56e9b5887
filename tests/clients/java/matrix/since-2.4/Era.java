// since 2.4
// What the consumer's methods are called now.

import java.time.Duration;
import java.util.Collections;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

final class Era {
    static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer, long milliseconds) {
        return consumer.poll(Duration.ofMillis(milliseconds));
    }

    static OffsetAndMetadata committed(KafkaConsumer<String, String> consumer, TopicPartition partition) {
        return consumer.committed(Collections.singleton(partition)).get(partition);
    }
}
