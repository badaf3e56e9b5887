// transactions since 0.11 until 3.9
// A copier whose group is named when it sends its offsets with the transaction.

import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

public class CopyByGroup implements Lab.Part {
    @Override
    public void run(Lab lab) {
        lab.check("offsets in a transaction", () -> {
            String from = Lab.fresh("m"), to = Lab.fresh("m"), group = Lab.fresh("g");
            TopicPartition source = new TopicPartition(from, 0);
            lab.write(from, "a", "b", "c");
            try (KafkaProducer<String, String> producer = lab.producer("transactional.id", Lab.fresh("t"));
                 KafkaConsumer<String, String> consumer = lab.consumer("group.id", group)) {
                producer.initTransactions();
                for (boolean commit : new boolean[] {false, true}) {
                    producer.beginTransaction();
                    for (String value : lab.read(from, 3)) {
                        producer.send(new ProducerRecord<>(to, 0, "k", value));
                    }
                    producer.sendOffsetsToTransaction(Collections.singletonMap(source, new OffsetAndMetadata(3, "all")), group);
                    if (commit) {
                        producer.commitTransaction();
                    } else {
                        producer.abortTransaction();
                        Lab.equal(Era.committed(consumer, source) == null, true);
                    }
                }
                // The markers are written after the answer, and these clients cannot ask for what is stable.
                Lab.until("the offset is committed", () -> {
                    OffsetAndMetadata found = Era.committed(consumer, source);
                    return found != null && found.offset() == 3;
                });
            }
            return Lab.equal(lab.read(to, 3, "isolation.level", "read_committed"), Arrays.asList("a", "b", "c"));
        });
    }
}
