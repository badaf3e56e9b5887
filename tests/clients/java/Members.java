// A consumer of Apache Kafka's own client, for groups.py: joins, says what it is assigned and reads, leaves when its
// input ends.
//
//   java -cp 'JARS/*' Members.java key=value... -- TOPIC... | /REGEX/
//
// One line a piece of news: `assigned t-0 t-1` (all that it has), `lost t-1`, `read 5` (records so far).
// A line of input is a command: `commit`, `leave` (close), `vanish` (end without a word).

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Properties;
import java.util.Scanner;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Collectors;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.SubscriptionPattern;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;

public class Members {
    public static void main(String[] args) {
        List<String> all = Arrays.asList(args);
        int end = all.indexOf("--");
        Properties config = new Properties();
        config.put("auto.offset.reset", "earliest");
        config.put("enable.auto.commit", "false");
        for (String pair : all.subList(0, end)) {
            String[] parts = pair.split("=", 2);
            config.put(parts[0], parts[1]);
        }
        ConcurrentLinkedQueue<String> commands = new ConcurrentLinkedQueue<>();
        Thread input = new Thread(() -> {
            Scanner scanner = new Scanner(System.in);
            while (scanner.hasNextLine()) {
                commands.add(scanner.nextLine());
            }
            commands.add("leave");
        });
        input.setDaemon(true);
        input.start();
        run(config, all.subList(end + 1, all.size()), commands);
    }

    private static void run(Properties config, List<String> topics, ConcurrentLinkedQueue<String> commands) {
        ByteArrayDeserializer bytes = new ByteArrayDeserializer();
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config, bytes, bytes)) {
            News news = new News(consumer);
            String first = topics.get(0);
            if (first.startsWith("/")) {
                consumer.subscribe(new SubscriptionPattern(first.substring(1, first.length() - 1)), news);
            } else {
                consumer.subscribe(topics, news);
            }
            int count = 0;
            while (true) {
                int more = consumer.poll(Duration.ofMillis(100)).count();
                count += more;
                if (more > 0) {
                    say("read " + count);
                }
                String command = commands.poll();
                if ("commit".equals(command)) {
                    consumer.commitSync();
                    say("committed");
                } else if ("vanish".equals(command)) {
                    Runtime.getRuntime().halt(0);
                } else if ("leave".equals(command)) {
                    break;
                }
            }
        }
        say("left");
    }

    private static synchronized void say(String line) {
        System.out.println(line);
        System.out.flush();
    }

    private static final class News implements ConsumerRebalanceListener {
        private final KafkaConsumer<byte[], byte[]> consumer;

        News(KafkaConsumer<byte[], byte[]> consumer) {
            this.consumer = consumer;
        }

        private static String names(Collection<TopicPartition> partitions) {
            return partitions.stream().map(TopicPartition::toString).sorted().collect(Collectors.joining(" "));
        }

        @Override
        public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
            say("assigned " + names(consumer.assignment()));
        }

        @Override
        public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
            List<TopicPartition> left = new ArrayList<>(consumer.assignment());
            left.removeAll(partitions);
            say("assigned " + names(left));
        }

        @Override
        public void onPartitionsLost(Collection<TopicPartition> partitions) {
            say("lost " + names(partitions));
            say("assigned ");
        }
    }
}
