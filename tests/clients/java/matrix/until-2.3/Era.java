// since 0.10 until 2.3
// What the consumer's methods were called then.

import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.common.TopicPartition;

final class Era {
    static ConsumerRecords<String, String> poll(KafkaConsumer<String, String> consumer, long milliseconds) {
        return consumer.poll(milliseconds);
    }

    static OffsetAndMetadata committed(KafkaConsumer<String, String> consumer, TopicPartition partition) {
        return consumer.committed(partition);
    }
}
