// Spring for Apache Kafka: listeners of each kind, topics made at start, request and reply, retry topics, transactions.
//
//     java -cp CLASSES:'JARS/*' Spring HOST:PORT   (see spring.py)
//
// JARS holds spring-kafka.

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.*;
import java.util.concurrent.*;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.*;
import org.springframework.context.annotation.*;
import org.springframework.kafka.annotation.*;
import org.springframework.kafka.config.*;
import org.springframework.kafka.core.*;
import org.springframework.kafka.listener.*;
import org.springframework.kafka.requestreply.*;
import org.springframework.kafka.support.*;
import org.springframework.kafka.transaction.KafkaTransactionManager;
import org.springframework.messaging.handler.annotation.*;
import org.springframework.scheduling.TaskScheduler;
import org.springframework.scheduling.concurrent.ThreadPoolTaskScheduler;
import org.springframework.util.backoff.FixedBackOff;

public class Spring {
    static String address;
    static final String STEM = "spring-" + UUID.randomUUID().toString().substring(0, 8);
    static int failed;

    interface Check {
        void run() throws Exception;
    }

    static void check(String name, Check body) {
        try {
            body.run();
            System.out.println("ok Spring: " + name);
        } catch (Throwable why) {
            failed++;
            System.out.println("FAIL Spring: " + name + ": " + String.valueOf(why).replace('\n', ' '));
        }
    }

    static void equal(Object got, Object wanted) {
        if (!got.equals(wanted)) {
            throw new AssertionError("got " + got + ", not " + wanted);
        }
    }

    static void wait(String what, BooleanSupplier condition) throws Exception {
        long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() > deadline) {
                throw new AssertionError("no " + what + " within a minute");
            }
            Thread.sleep(20);
        }
    }

    static Map<String, Object> settings() {
        Map<String, Object> all = new HashMap<>();
        all.put("bootstrap.servers", address);
        all.put("key.serializer", StringSerializer.class);
        all.put("value.serializer", StringSerializer.class);
        all.put("key.deserializer", StringDeserializer.class);
        all.put("value.deserializer", StringDeserializer.class);
        return all;
    }

    /** What the listeners have heard, a list for each. */
    static final Map<String, List<String>> HEARD = new ConcurrentHashMap<>();

    static void heard(String listener, String what) {
        HEARD.computeIfAbsent(listener, new_ -> new CopyOnWriteArrayList<>()).add(what);
    }

    static List<String> of(String listener) {
        return HEARD.getOrDefault(listener, List.of());
    }

    @Configuration
    @EnableKafka
    @EnableKafkaRetryTopic
    public static class App {
        static Map<String, Object> consumer(String more, Object value) {
            Map<String, Object> all = settings();
            all.put("auto.offset.reset", "earliest");
            all.put(more, value);
            return all;
        }

        @Bean
        public String stem() {
            return STEM;
        }

        @Bean
        public KafkaAdmin admin() {
            KafkaAdmin admin = new KafkaAdmin(Map.of("bootstrap.servers", address));
            admin.setModifyTopicConfigs(true);
            admin.setFatalIfBrokerNotAvailable(true);
            return admin;
        }

        @Bean
        public KafkaAdmin.NewTopics topics() {
            return new KafkaAdmin.NewTopics(
                TopicBuilder.name(STEM + "-records").partitions(3).config("retention.ms", "86400000").build(),
                TopicBuilder.name(STEM + "-batches").partitions(2).compact().build(),
                TopicBuilder.name(STEM + "-failing").partitions(2).build(),
                TopicBuilder.name(STEM + "-failing-dlt").partitions(2).build(),
                TopicBuilder.name(STEM + "-retried").partitions(1).build(),
                TopicBuilder.name(STEM + "-asked").partitions(2).build(),
                TopicBuilder.name(STEM + "-answers").partitions(2).build(),
                TopicBuilder.name(STEM + "-copied-from").partitions(2).build(),
                TopicBuilder.name(STEM + "-copied-to").partitions(2).build(),
                TopicBuilder.name(STEM + "-sought").partitions(1).build());
        }

        @Bean
        @Primary
        public DefaultKafkaProducerFactory<String, String> producers() {
            return new DefaultKafkaProducerFactory<>(settings());
        }

        @Bean
        @Primary
        public KafkaTemplate<String, String> kafkaTemplate() {
            return new KafkaTemplate<>(producers());
        }

        @Bean
        public DefaultKafkaProducerFactory<String, String> inTransactions() {
            DefaultKafkaProducerFactory<String, String> made = new DefaultKafkaProducerFactory<>(settings());
            made.setTransactionIdPrefix(STEM + "-tx-");
            return made;
        }

        @Bean
        public KafkaTemplate<String, String> transacting() {
            return new KafkaTemplate<>(inTransactions());
        }

        @Bean
        public KafkaTransactionManager<String, String> transactions() {
            return new KafkaTransactionManager<>(inTransactions());
        }

        @Bean
        public TaskScheduler taskScheduler() {
            return new ThreadPoolTaskScheduler();
        }

        ConcurrentKafkaListenerContainerFactory<String, String> factory(String more, Object value) {
            ConcurrentKafkaListenerContainerFactory<String, String> made = new ConcurrentKafkaListenerContainerFactory<>();
            made.setConsumerFactory(new DefaultKafkaConsumerFactory<>(consumer(more, value)));
            return made;
        }

        @Bean
        public ConcurrentKafkaListenerContainerFactory<String, String> kafkaListenerContainerFactory() {
            ConcurrentKafkaListenerContainerFactory<String, String> made = factory("max.poll.records", 100);
            made.setReplyTemplate(kafkaTemplate());
            return made;
        }

        @Bean
        public ConcurrentKafkaListenerContainerFactory<String, String> byHand() {
            ConcurrentKafkaListenerContainerFactory<String, String> made = factory("group.protocol", "consumer");
            made.getContainerProperties().setAckMode(ContainerProperties.AckMode.MANUAL_IMMEDIATE);
            return made;
        }

        @Bean
        public ConcurrentKafkaListenerContainerFactory<String, String> deadLetters() {
            ConcurrentKafkaListenerContainerFactory<String, String> made = factory("max.poll.records", 100);
            made.setCommonErrorHandler(
                new DefaultErrorHandler(new DeadLetterPublishingRecoverer(kafkaTemplate()), new FixedBackOff(10, 2)));
            return made;
        }

        @Bean
        public ConcurrentKafkaListenerContainerFactory<String, String> exactlyOnce() {
            ConcurrentKafkaListenerContainerFactory<String, String> made = factory("isolation.level", "read_committed");
            made.getContainerProperties().setKafkaAwareTransactionManager(transactions());
            made.setAfterRollbackProcessor(new DefaultAfterRollbackProcessor<>(
                (record, why) -> heard("given up", String.valueOf(record.value())), new FixedBackOff(10, 1)));
            return made;
        }

        @Bean
        public ReplyingKafkaTemplate<String, String, String> asking() {
            ContainerProperties answers = new ContainerProperties(STEM + "-answers");
            answers.setGroupId(STEM + "-answers");
            ReplyingKafkaTemplate<String, String, String> made = new ReplyingKafkaTemplate<>(producers(),
                new ConcurrentMessageListenerContainer<>(
                    new DefaultKafkaConsumerFactory<>(consumer("auto.offset.reset", "latest")), answers));
            made.setDefaultReplyTimeout(Duration.ofSeconds(30));
            return made;
        }

        @Bean
        public Listeners listeners() {
            return new Listeners();
        }
    }

    public static class Listeners extends AbstractConsumerSeekAware {
        @KafkaListener(id = "records", groupId = "#{@stem}-records", topics = "#{@stem}-records", concurrency = "3")
        public void one(ConsumerRecord<String, String> record) {
            heard("records", record.value());
        }

        @KafkaListener(id = "batches", groupId = "#{@stem}-batches", topics = "#{@stem}-batches", batch = "true")
        public void many(List<String> values) {
            values.forEach(value -> heard("batches", value));
        }

        @KafkaListener(id = "pattern", groupId = "#{@stem}-pattern", topicPattern = "#{@stem}-(records|batches)",
            containerFactory = "byHand")
        public void pattern(String value, Acknowledgment done) {
            heard("pattern", value);
            done.acknowledge();
        }

        @KafkaListener(id = "pinned", groupId = "#{@stem}-pinned", topicPartitions = @org.springframework.kafka.annotation.TopicPartition(
            topic = "#{@stem}-records",
            partitionOffsets = @PartitionOffset(partition = "0-2", initialOffset = "0")))
        public void pinned(String value) {
            heard("pinned", value);
        }

        @KafkaListener(id = "failing", groupId = "#{@stem}-failing", topics = "#{@stem}-failing", containerFactory = "deadLetters")
        public void failing(String value) {
            heard("failing", value);
            if (value.startsWith("bad")) {
                throw new IllegalStateException("wanted");
            }
        }

        @KafkaListener(id = "dead", groupId = "#{@stem}-dead", topics = "#{@stem}-failing-dlt")
        public void dead(ConsumerRecord<String, String> record) {
            heard("dead", record.value() + " from " + new String(
                record.headers().lastHeader(KafkaHeaders.DLT_ORIGINAL_TOPIC).value(), StandardCharsets.UTF_8));
        }

        @RetryableTopic(attempts = "3", backOff = @BackOff(delay = 100, multiplier = 2), numPartitions = "1", replicationFactor = "1")
        @KafkaListener(id = "retried", groupId = "#{@stem}-retried", topics = "#{@stem}-retried")
        public void retried(String value, @Header(KafkaHeaders.RECEIVED_TOPIC) String topic) {
            heard("retried", value + " in " + topic.substring(STEM.length() + 1));
            throw new IllegalStateException("wanted");
        }

        @DltHandler
        public void gone(String value) {
            heard("gone", value);
        }

        @KafkaListener(id = "asked", groupId = "#{@stem}-asked", topics = "#{@stem}-asked")
        @SendTo
        public String asked(String value) {
            return value.toUpperCase(Locale.ROOT);
        }

        @KafkaListener(id = "copy", groupId = "#{@stem}-copy", topics = "#{@stem}-copied-from", containerFactory = "exactlyOnce",
            concurrency = "2")
        public void copy(ConsumerRecord<String, String> record) {
            transacting.send(STEM + "-copied-to", record.key(), record.value());
            if (record.value().equals("bad")) {
                throw new IllegalStateException("wanted");
            }
        }

        @KafkaListener(id = "sought", groupId = "#{@stem}-sought", topics = "#{@stem}-sought")
        public void sought(String value) {
            heard("sought", value);
        }

        static KafkaTemplate<String, String> transacting;
    }

    public static void main(String[] words) throws Exception {
        address = words[0];
        try (AnnotationConfigApplicationContext app = new AnnotationConfigApplicationContext(App.class)) {
            checks(app);
        }
        System.exit(failed == 0 ? 0 : 1);
    }

    static void checks(AnnotationConfigApplicationContext app) {
        KafkaAdmin admin = app.getBean(KafkaAdmin.class);
        @SuppressWarnings("unchecked")
        KafkaTemplate<String, String> template = (KafkaTemplate<String, String>) app.getBean("kafkaTemplate");
        @SuppressWarnings("unchecked")
        KafkaTemplate<String, String> transacting = (KafkaTemplate<String, String>) app.getBean("transacting");
        Listeners.transacting = transacting;
        KafkaListenerEndpointRegistry registry = app.getBean(KafkaListenerEndpointRegistry.class);
        String records = STEM + "-records";
        check("topics made at start, changed and grown", () -> {
            equal(admin.describeTopics(records).get(records).partitions().size(), 3);
            admin.createOrModifyTopics(TopicBuilder.name(records).partitions(4).config("retention.ms", "43200000").build());
            // A broker may hear of it after the answer.
            wait("fourth partition", () -> admin.describeTopics(records).get(records).partitions().size() == 4);
            equal(admin.clusterId().length(), 22);
        });
        check("records, batches, a pattern and a manual assignment", () -> {
            for (int number = 0; number < 200; number++) {
                template.send(records, number % 3, "k" + number, "" + number).get();
                template.send(STEM + "-batches", "k" + number, "" + number);
            }
            wait("records", () -> of("records").size() >= 200 && of("batches").size() >= 200);
            wait("pattern", () -> of("pattern").size() >= 400 && of("pinned").size() >= 200);
            equal(new TreeSet<>(of("records")).size() + of("records").size(), 400);
            equal(of("pattern").size() + of("pinned").size(), 600);
        });
        check("what fails goes to the dead letters", () -> {
            for (String value : List.of("good1", "bad1", "good2", "bad2", "good3")) {
                template.send(STEM + "-failing", 0, null, value);
            }
            wait("dead letters", () -> of("dead").size() == 2 && of("failing").contains("good3"));
            equal(of("dead"), List.of("bad1 from " + STEM + "-failing", "bad2 from " + STEM + "-failing"));
            equal(Collections.frequency(of("failing"), "bad1"), 3);
        });
        check("topics of retries", () -> {
            template.send(STEM + "-retried", "once").get();
            wait("end of retries", () -> of("gone").size() == 1);
            equal(of("retried"), List.of("once in retried", "once in retried-retry-100", "once in retried-retry-200"));
        });
        check("ask and be answered", () -> {
            @SuppressWarnings("unchecked")
            ReplyingKafkaTemplate<String, String, String> asking = app.getBean(ReplyingKafkaTemplate.class);
            equal(asking.waitForAssignment(Duration.ofSeconds(30)), true);
            for (String value : List.of("one", "two", "three")) {
                equal(asking.sendAndReceive(new ProducerRecord<>(STEM + "-asked", value)).get(30, TimeUnit.SECONDS).value(),
                    value.toUpperCase(Locale.ROOT));
            }
        });
        check("a transaction is kept or taken back as a whole", () -> {
            String topic = STEM + "-transactions";
            admin.createOrModifyTopics(new NewTopic(topic, 2, (short) 1));
            transacting.executeInTransaction(all -> all.send(topic, "kept"));
            try {
                transacting.executeInTransaction(all -> {
                    all.send(topic, "taken back");
                    throw new IllegalStateException("wanted");
                });
            } catch (IllegalStateException wanted) {
                equal(wanted.getMessage(), "wanted");
            }
            transacting.executeInTransaction(all -> all.send(topic, "kept too"));
            equal(new TreeSet<>(committed(topic)), new TreeSet<>(List.of("kept", "kept too")));
        });
        check("a copy, exactly once, with one record that fails", () -> {
            for (int number = 0; number < 50; number++) {
                template.send(STEM + "-copied-from", number % 2, null, number == 20 ? "bad" : "" + number);
            }
            wait("giving up", () -> of("given up").size() == 1);
            List<String> copied = new ArrayList<>();
            wait("copy", () -> {
                copied.clear();
                copied.addAll(committed(STEM + "-copied-to"));
                return copied.size() >= 49;
            });
            equal(copied.size() + new TreeSet<>(copied).size(), 98);
        });
        check("seek to a time, to the start, pause and resume, stop and start", () -> {
            for (int number = 0; number < 10; number++) {
                template.send(new ProducerRecord<>(STEM + "-sought", 0, 1_700_000_000_000L + number * 1000, null, "" + number));
            }
            wait("first pass", () -> of("sought").size() == 10);
            app.getBean(Listeners.class).seekToTimestamp(1_700_000_006_500L);
            wait("from a time on", () -> of("sought").size() >= 13);
            equal(of("sought").subList(10, 13), List.of("7", "8", "9"));
            var container = registry.getListenerContainer("sought");
            container.pause();
            wait("pause", container::isContainerPaused);
            template.send(STEM + "-sought", "10").get();
            container.resume();
            wait("resume", () -> of("sought").contains("10"));
            container.stop();
            template.send(STEM + "-sought", "11").get();
            container.start();
            wait("start", () -> of("sought").contains("11"));
            equal(Collections.frequency(of("sought"), "10"), 1);
        });
    }

    /** The values of a topic's committed records. */
    static List<String> committed(String topic) {
        Map<String, Object> all = App.consumer("isolation.level", "read_committed");
        List<String> values = new ArrayList<>();
        try (var consumer = new KafkaConsumer<String, String>(all)) {
            List<TopicPartition> parts = List.of(new TopicPartition(topic, 0), new TopicPartition(topic, 1));
            consumer.assign(parts);
            consumer.seekToBeginning(parts);
            Map<TopicPartition, Long> ends = consumer.endOffsets(parts);
            while (parts.stream().anyMatch(part -> consumer.position(part) < ends.get(part))) {
                consumer.poll(Duration.ofMillis(200)).forEach(record -> values.add(record.value()));
            }
        }
        return values;
    }
}
