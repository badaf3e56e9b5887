// Writes the same three records with Apache Kafka's own code, in every format and codec, one line of hex each.
//
//   java -cp 'jars/*' WriteRecords.java java-3.9.1 >> records.txt
//
// `jars` holds org.apache.kafka:kafka-clients:3.9.1 (the last line that writes magic 0 and 1) and what it needs.

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.apache.kafka.common.compress.Compression;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.record.CompressionType;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.MemoryRecordsBuilder;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.TimestampType;

public class WriteRecords {
    public static void main(String[] args) {
        for (byte magic = 0; magic <= 2; magic++) {
            for (CompressionType codec : CompressionType.values()) {
                if (magic == 2 || codec != CompressionType.ZSTD) {
                    System.out.println(args[0] + " " + magic + " " + codec.name + " " + write(magic, codec));
                }
            }
        }
    }

    private static String write(byte magic, CompressionType codec) {
        ByteBuffer buffer = ByteBuffer.allocate(4096);
        Compression compression = Compression.of(codec).build();
        MemoryRecordsBuilder builder =
                MemoryRecords.builder(buffer, magic, compression, TimestampType.CREATE_TIME, 0L);
        Header[] none = Record.EMPTY_HEADERS;
        Header[] headers = {new RecordHeader("h", bytes("1")), new RecordHeader("h", null)};
        builder.append(1000L, bytes("k1"), bytes("v1"), magic == 2 ? headers : none);
        builder.append(3000L, null, bytes("ab".repeat(100)), none);
        builder.append(2000L, bytes(""), null, none);
        ByteBuffer written = builder.build().buffer();
        byte[] out = new byte[written.remaining()];
        written.get(out);
        return HexFormat.of().formatHex(out);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
