// produce since 0.10
// The producer: every codec that the release has, every kind of acknowledgement, what is refused.

import java.util.*;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;

public class Produce implements Lab.Part {
    @Override
    public void run(Lab lab) {
        for (String codec : Lab.codecs()) {
            for (String acks : Arrays.asList("0", "1", "all")) {
                lab.check(codec + ", acks=" + acks, () -> all(lab, codec, acks));
            }
        }
        lab.check("each send is waited for", () -> each(lab));
        lab.check("timestamps, null keys and null values", () -> fields(lab));
        lab.check("a record of 900,000 bytes", () -> large(lab));
        lab.check("what is too large is refused", () -> Lab.equal(Lab.error(() -> {
            try (KafkaProducer<String, String> producer = lab.producer("max.request.size", "4000000")) {
                return producer.send(new ProducerRecord<>(Lab.fresh("m"), text(2_000_000))).get();
            }
        }), "RecordTooLargeException"));
        lab.check("a name that no topic can have is refused", () -> !Lab.error(() -> {
            try (KafkaProducer<String, String> producer = lab.producer("max.block.ms", "3000")) {
                return producer.send(new ProducerRecord<>("no/topic", "x")).get();
            }
        }).equals("none"));
        lab.check("partitionsFor", () -> {
            try (KafkaProducer<String, String> producer = lab.producer()) {
                return Lab.equal(producer.partitionsFor(Lab.fresh("m")).size(), 4);
            }
        });
    }

    private static Object all(Lab lab, String codec, String acks) throws Exception {
        String topic = Lab.fresh("m");
        List<String> sent = new ArrayList<>();
        try (KafkaProducer<String, String> producer = lab.producer("compression.type", codec, "acks", acks, "linger.ms", "5")) {
            producer.partitionsFor(topic);
            List<Future<RecordMetadata>> answers = new ArrayList<>();
            for (int number = 0; number < 200; number++) {
                sent.add(number + text(number));
                answers.add(producer.send(new ProducerRecord<>(topic, 0, "k" + number, sent.get(number))));
            }
            producer.flush();
            for (int number = 0; number < 200; number++) {
                Lab.equal(answers.get(number).get().offset(), acks.equals("0") ? -1L : (long) number);
            }
        }
        return Lab.equal(lab.read(topic, 200), sent);
    }

    private static Object each(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        try (KafkaProducer<String, String> producer = lab.producer("acks", "all", "retries", "3")) {
            for (long number = 0; number < 50; number++) {
                RecordMetadata at = producer.send(new ProducerRecord<>(topic, 0, "k", "v" + number)).get();
                Lab.equal(at.offset(), number);
            }
        }
        return true;
    }

    private static Object fields(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        long now = System.currentTimeMillis();
        try (KafkaProducer<String, String> producer = lab.producer()) {
            producer.send(new ProducerRecord<>(topic, 0, now - 5000, null, "value")).get();
            producer.send(new ProducerRecord<>(topic, 0, now, "key", (String) null)).get();
        }
        try (KafkaConsumer<String, String> consumer = lab.consumer()) {
            consumer.subscribe(Collections.singletonList(topic));
            List<ConsumerRecord<String, String>> found = Lab.next(consumer, 2);
            Lab.equal(found.get(0).key() == null && found.get(1).value() == null, true);
            Lab.equal(found.get(0).timestamp(), now - 5000);
            return Lab.equal(found.get(1).timestampType().toString(), "CreateTime");
        }
    }

    private static Object large(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        lab.write(topic, text(900_000), "after");
        return Lab.equal(lab.read(topic, 2, "max.partition.fetch.bytes", "1000000").get(0).length(), 900_000);
    }

    private static String text(int length) {
        char[] all = new char[length];
        Arrays.fill(all, 'x');
        return new String(all);
    }
}
