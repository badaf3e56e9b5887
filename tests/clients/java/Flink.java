// Flink's Kafka connector: a job that copies a topic exactly once, fails in the middle, and comes back by itself.
//
//     java -cp CLASSES:'JARS/*' Flink HOST:PORT   (see flink.py)
//
// JARS holds flink-clients and flink-connector-kafka.

import java.time.Duration;
import java.util.*;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.common.functions.MapFunction;
import org.apache.flink.api.common.serialization.SimpleStringSchema;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.*;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.serialization.*;

public class Flink {
    static final int RECORDS = 3000;
    static final AtomicBoolean FAILED = new AtomicBoolean();

    /** Slow enough for a few checkpoints; fails once. */
    public static class Once implements MapFunction<String, String> {
        @Override
        public String map(String value) throws Exception {
            Thread.sleep(2);
            if (value.equals("1500") && FAILED.compareAndSet(false, true)) {
                throw new IllegalStateException("the failure that is wanted");
            }
            return value;
        }
    }

    public static void main(String[] words) throws Exception {
        String stem = "flink-" + UUID.randomUUID().toString().substring(0, 8), from = stem + "-in", to = stem + "-out";
        Properties all = new Properties();
        all.put("bootstrap.servers", words[0]);
        all.put("isolation.level", "read_committed");
        all.put("auto.offset.reset", "earliest");
        all.put("group.id", stem + "-check");
        try (var producer = new KafkaProducer<>(all, new StringSerializer(), new StringSerializer())) {
            for (int number = 0; number < RECORDS; number++) {
                producer.send(new ProducerRecord<>(from, "" + number));
            }
        }
        Configuration settings = new Configuration();
        settings.setString("restart-strategy.type", "fixed-delay");
        settings.setString("restart-strategy.fixed-delay.attempts", "3");
        settings.setString("restart-strategy.fixed-delay.delay", "100 ms");
        StreamExecutionEnvironment job = StreamExecutionEnvironment.createLocalEnvironment(1, settings);
        job.enableCheckpointing(500);
        KafkaSource<String> source = KafkaSource.<String>builder().setBootstrapServers(words[0]).setTopics(from)
            .setGroupId(stem + "-job").setStartingOffsets(OffsetsInitializer.earliest()).setBounded(OffsetsInitializer.latest())
            .setValueOnlyDeserializer(new SimpleStringSchema()).build();
        KafkaSink<String> sink = KafkaSink.<String>builder().setBootstrapServers(words[0])
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE).setTransactionalIdPrefix(stem)
            .setProperty("transaction.timeout.ms", "60000")
            .setRecordSerializer(KafkaRecordSerializationSchema.builder().setTopic(to)
                .setValueSerializationSchema(new SimpleStringSchema()).build()).build();
        job.fromSource(source, WatermarkStrategy.noWatermarks(), "in").map(new Once()).sinkTo(sink);
        job.execute();
        Map<String, Integer> found = new TreeMap<>();
        int seen = 0;
        try (var consumer = new KafkaConsumer<>(all, new StringDeserializer(), new StringDeserializer())) {
            consumer.subscribe(List.of(to));
            long deadline = System.nanoTime() + Duration.ofSeconds(60).toNanos();
            for (boolean over = false; !over && System.nanoTime() < deadline; ) {
                over = seen >= RECORDS;
                for (var record : consumer.poll(Duration.ofSeconds(1))) {
                    seen++;
                    found.merge(record.value(), 1, Integer::sum);
                }
            }
        }
        boolean good = seen == RECORDS && found.size() == RECORDS && FAILED.get();
        System.out.println(good ? "ok Flink: a copy, exactly once through a failure"
            : "FAIL Flink: a copy, exactly once through a failure: " + seen + " records, " + found.size() + " of " + RECORDS);
        System.exit(good ? 0 : 1);
    }
}
