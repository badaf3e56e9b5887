// transactions since 0.11
// Idempotent producers, transactions, read_committed, headers.

import java.nio.charset.StandardCharsets;
import java.util.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;

public class Exactly implements Lab.Part {
    @Override
    public void run(Lab lab) {
        for (String codec : Lab.codecs()) {
            lab.check("idempotent, five in flight, " + codec, () -> idempotent(lab, codec));
            lab.check("commit and abort, " + codec, () -> commitAndAbort(lab, codec));
        }
        lab.check("a successor fences, and aborts what was open", () -> fence(lab));
        lab.check("the last stable offset", () -> stable(lab));
        lab.check("headers", () -> headers(lab));
    }

    private static KafkaProducer<String, String> open(Lab lab, String id, String codec) {
        KafkaProducer<String, String> producer = lab.producer("transactional.id", id, "compression.type", codec);
        producer.initTransactions();
        return producer;
    }

    private static Object idempotent(Lab lab, String codec) throws Exception {
        String topic = Lab.fresh("m");
        List<String> sent = new ArrayList<>();
        // One request in flight was all that 0.11 allowed.
        String inFlight = Lab.since("1.0") ? "5" : "1";
        try (KafkaProducer<String, String> producer = lab.producer("enable.idempotence", "true", "acks", "all", "retries",
            "2147483647", "max.in.flight.requests.per.connection", inFlight, "batch.size", "200", "compression.type", codec)) {
            for (int number = 0; number < 300; number++) {
                sent.add("v" + number);
                producer.send(new ProducerRecord<>(topic, 0, "k", "v" + number));
            }
        }
        return Lab.equal(lab.read(topic, 300), sent);
    }

    private static Object commitAndAbort(Lab lab, String codec) throws Exception {
        String topic = Lab.fresh("m");
        List<String> committed = new ArrayList<>();
        try (KafkaProducer<String, String> producer = open(lab, Lab.fresh("t"), codec)) {
            for (int number = 0; number < 6; number++) {
                producer.beginTransaction();
                for (String half : Arrays.asList("a", "b")) {
                    producer.send(new ProducerRecord<>(topic, 0, "k", number + half));
                    producer.send(new ProducerRecord<>(topic, 1, "k", number + half));
                }
                producer.flush();
                if (number % 2 == 0) {
                    producer.commitTransaction();
                    committed.addAll(Arrays.asList(number + "a", number + "b"));
                } else {
                    producer.abortTransaction();
                }
            }
        }
        Lab.equal(lab.read(topic, 12).size(), 12);
        return Lab.equal(lab.read(topic, 6, "isolation.level", "read_committed"), committed);
    }

    private static Object fence(Lab lab) throws Exception {
        String topic = Lab.fresh("m"), id = Lab.fresh("t");
        KafkaProducer<String, String> first = open(lab, id, "none");
        first.beginTransaction();
        first.send(new ProducerRecord<>(topic, 0, "k", "of a zombie")).get();
        try (KafkaProducer<String, String> second = open(lab, id, "none")) {
            second.beginTransaction();
            second.send(new ProducerRecord<>(topic, 0, "k", "of its successor"));
            second.commitTransaction();
            String error = Lab.error(() -> {
                first.send(new ProducerRecord<>(topic, 0, "k", "again")).get();
                first.commitTransaction();
                return true;
            });
            Lab.equal(Arrays.asList("ProducerFencedException", "InvalidProducerEpochException").contains(error), true);
        } finally {
            first.close();
        }
        return Lab.equal(lab.read(topic, 1, "isolation.level", "read_committed"), Arrays.asList("of its successor"));
    }

    private static Object stable(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        List<TopicPartition> one = Collections.singletonList(new TopicPartition(topic, 0));
        lab.write(topic, "before");
        try (KafkaProducer<String, String> producer = open(lab, Lab.fresh("t"), "none");
             KafkaConsumer<String, String> consumer = lab.consumer("isolation.level", "read_committed")) {
            producer.beginTransaction();
            producer.send(new ProducerRecord<>(topic, 0, "k", "open")).get();
            lab.write(topic, "after");
            consumer.assign(one);
            Lab.equal(Lab.values(Lab.next(consumer, 1)), Arrays.asList("before"));
            Lab.equal(Era.poll(consumer, 300).count(), 0);
            Lab.equal(consumer.endOffsets(one).get(one.get(0)), 1L);
            producer.commitTransaction();
            Lab.equal(Lab.values(Lab.next(consumer, 2)), Arrays.asList("open", "after"));
            return Lab.equal(consumer.endOffsets(one).get(one.get(0)), 4L);
        }
    }

    private static Object headers(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        try (KafkaProducer<String, String> producer = lab.producer()) {
            ProducerRecord<String, String> record = new ProducerRecord<>(topic, 0, "k", "v");
            record.headers().add("one", "1".getBytes(StandardCharsets.UTF_8)).add("none", null);
            producer.send(record).get();
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            consumer.subscribe(Collections.singletonList(topic));
            ConsumerRecord<String, String> found = Lab.next(consumer, 1).get(0);
            return Lab.equal(new String(found.headers().lastHeader("one").value(), StandardCharsets.UTF_8), "1")
                && Lab.equal(found.headers().lastHeader("none").value() == null, true);
        }
    }
}
