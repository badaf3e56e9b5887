// admin since 3.2
// The admin client of 3.2: producers fenced.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;

public class AdminFence implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), id = Lab.fresh("t");
        KafkaProducer<String, String> producer = lab.producer("transactional.id", id);
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, "k", "open")).get();
            lab.check("fenceProducers", () -> {
                String outcome = Lab.error(() -> admin.fenceProducers(Collections.singleton(id)).all().get());
                // Until 3.6 the client took the answer of a transaction that is being aborted for a failure.
                Lab.equal(Arrays.asList("none", Lab.since("3.7") ? "none" : "ConcurrentTransactionsException").contains(outcome), true);
                String error = Lab.error(() -> {
                    producer.send(new ProducerRecord<>(topic, 0, "k", "again")).get();
                    producer.commitTransaction();
                    return true;
                });
                return Lab.equal(Arrays.asList("ProducerFencedException", "InvalidProducerEpochException").contains(error), true);
            });
        } finally {
            producer.close(java.time.Duration.ZERO);
        }
    }
}
