// admin since 1.1
// The admin client of 1.1: records deleted.

import java.util.*;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.common.TopicPartition;

public class AdminRecords implements Lab.Part {
    @Override
    public void run(Lab lab) throws Exception {
        String topic = Lab.fresh("m");
        TopicPartition partition = new TopicPartition(topic, 0);
        lab.write(topic, "a", "b", "c");
        try (AdminClient admin = AdminClient.create(lab.settings())) {
            lab.check("deleteRecords", () -> {
                long low = admin.deleteRecords(Collections.singletonMap(partition, RecordsToDelete.beforeOffset(2)))
                    .lowWatermarks().get(partition).get().lowWatermark();
                return Lab.equal(low, 2L) && Lab.equal(lab.read(topic, 1), Arrays.asList("c"));
            });
            lab.check("deleteRecords past the end", () -> Lab.equal(Lab.error(() -> admin.deleteRecords(
                Collections.singletonMap(partition, RecordsToDelete.beforeOffset(200))).all().get()), "OffsetOutOfRangeException"));
        }
    }
}
