// transactions since 2.5
// A copier that says which member of which generation it is when it sends its offsets with the transaction.

import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

public class CopyByMember implements Lab.Part {
    @Override
    public void run(Lab lab) {
        lab.check("offsets in a transaction", () -> {
            String from = Lab.fresh("m"), to = Lab.fresh("m");
            TopicPartition source = new TopicPartition(from, 0);
            lab.write(from, "a", "b", "c");
            try (KafkaProducer<String, String> producer = lab.producer("transactional.id", Lab.fresh("t"));
                 KafkaConsumer<String, String> consumer = lab.consumer()) {
                producer.initTransactions();
                consumer.subscribe(Collections.singletonList(from));
                List<String> values = Lab.values(Lab.next(consumer, 3));
                for (boolean commit : new boolean[] {false, true}) {
                    producer.beginTransaction();
                    values.forEach(value -> producer.send(new ProducerRecord<>(to, 0, "k", value)));
                    producer.sendOffsetsToTransaction(
                        Collections.singletonMap(source, new OffsetAndMetadata(3, "all")), consumer.groupMetadata());
                    if (commit) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                        Lab.equal(Era.committed(consumer, source) == null, true);
                    }
                }
                Lab.equal(Era.committed(consumer, source).offset(), 3L);
            }
            return Lab.equal(lab.read(to, 3, "isolation.level", "read_committed"), Arrays.asList("a", "b", "c"));
        });
        lab.check("offsets of a member that is not there are refused", () -> {
            String from = Lab.fresh("m");
            lab.write(from, "a");
            try (KafkaProducer<String, String> producer = lab.producer("transactional.id", Lab.fresh("t"))) {
                producer.initTransactions();
                producer.beginTransaction();
                String error = Lab.error(() -> {
                    producer.sendOffsetsToTransaction(
                        Collections.singletonMap(new TopicPartition(from, 0), new OffsetAndMetadata(3)),
                        new ConsumerGroupMetadata(Lab.fresh("g"), 7, "nobody", Optional.empty()));
                    producer.commitTransaction();
                    return true;
                });
                producer.abortTransaction();
                return Lab.equal(error, "CommitFailedException");
            }
        });
    }
}
