// admin since 3.0
// The admin client of 3.0: producers and transactions, the largest timestamp.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

public class AdminTransactions implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), id = Lab.fresh("t");
        TopicPartition partition = new TopicPartition(topic, 0);
        long time = System.currentTimeMillis() - 5000;
        KafkaProducer<String, String> producer = lab.producer("transactional.id", id);
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            producer.initTransactions();
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, time, "k", "open")).get();
            lab.check("listOffsets, largest timestamp", () -> Lab.equal(admin.listOffsets(
                Collections.singletonMap(partition, OffsetSpec.maxTimestamp())).partitionResult(partition).get().timestamp(), time));
            lab.check("listTransactions", () -> admin.listTransactions().all().get().stream()
                .anyMatch(found -> found.transactionalId().equals(id) && found.state() == TransactionState.ONGOING));
            lab.check("describeTransactions", () -> Lab.equal(admin.describeTransactions(Collections.singleton(id))
                .description(id).get().topicPartitions(), Collections.singleton(partition)));
            lab.check("describeProducers", () -> producers(admin, partition).currentTransactionStartOffset().getAsLong() == 0);
            lab.check("abortTransaction", () -> {
                ProducerState open = producers(admin, partition);
                return admin.abortTransaction(new AbortTransactionSpec(partition, open.producerId(),
                    (short) open.producerEpoch(), open.coordinatorEpoch().orElse(0))).all().get();
            });
        } finally {
            producer.close(java.time.Duration.ZERO);
        }
    }

    private static ProducerState producers(AdminClient admin, TopicPartition partition) throws Exception {
        return admin.describeProducers(Collections.singleton(partition)).partitionResult(partition).get().activeProducers().get(0);
    }
}
