// Decodes a file of record batches of any magic with Apache Kafka's own classes, and says in another what they were.
//
// In:  kind, API key and version (all without meaning here), length, bytes.
// Out: verdict (0 refused from some batch on, 1 accepted), bytes of good records, length, the good records and the reason.
//
// The package of these classes is another one since Kafka 4; that of 3.9 is the last one that writes all formats.

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.record.MemoryRecords;
import org.apache.kafka.common.record.Record;
import org.apache.kafka.common.record.RecordBatch;
import org.apache.kafka.common.utils.BufferSupplier;
import org.apache.kafka.common.utils.CloseableIterator;

public class DecodeRecords {
    private static final BufferSupplier BUFFERS = BufferSupplier.create();

    private record Answer(int verdict, int left, byte[] bytes) {}

    // A line on standard input: the file of cases, then that of answers, with a tab between. A line on standard output
    // says that they are there.
    public static void main(String[] arguments) throws IOException {
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            String[] files = line.split("\t");
            Files.write(Path.of(files[1]), answers(Files.readAllBytes(Path.of(files[0]))));
            System.out.println();
        }
    }

    private static byte[] answers(byte[] cases) throws IOException {
        ByteArrayInputStream left = new ByteArrayInputStream(cases);
        DataInputStream in = new DataInputStream(left);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(all);
        while (left.available() > 0) {
            in.readByte();
            in.readInt();
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            Answer answer = records(bytes);
            out.writeByte(answer.verdict);
            out.writeInt(answer.left);
            out.writeInt(answer.bytes.length);
            out.write(answer.bytes);
        }
        return all.toByteArray();
    }

    private static Answer records(byte[] bytes) throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        DataOutputStream out = new DataOutputStream(all);
        String reason = "";
        try {
            for (RecordBatch batch : MemoryRecords.readableRecords(ByteBuffer.wrap(bytes)).batches()) {
                batch.ensureValid();
                ByteArrayOutputStream one = new ByteArrayOutputStream();
                // The other iterator makes room for as many records as the batch says that it has.
                try (CloseableIterator<Record> records = batch.streamingIterator(BUFFERS)) {
                    while (records.hasNext()) {
                        Record record = records.next();
                        record.ensureValid();
                        write(new DataOutputStream(one), record);
                    }
                }
                // A batch counts as a whole or not at all.
                one.writeTo(out);
            }
        } catch (Throwable error) {
            reason = error.getClass().getSimpleName() + ": " + error.getMessage();
        }
        if (reason.isEmpty()) {
            return new Answer(1, 0, all.toByteArray());
        }
        // Refused from some batch on: the records before it, then the reason.
        byte[] good = all.toByteArray();
        byte[] why = reason.getBytes(StandardCharsets.UTF_8);
        byte[] both = ByteBuffer.allocate(good.length + why.length).put(good).put(why).array();
        return new Answer(0, good.length, both);
    }

    private static void write(DataOutputStream out, Record record) throws IOException {
        out.writeLong(record.offset());
        out.writeLong(record.timestamp());
        write(out, record.hasKey() ? record.key() : null);
        write(out, record.hasValue() ? record.value() : null);
        out.writeInt(record.headers().length);
        for (Header header : record.headers()) {
            write(out, ByteBuffer.wrap(header.key().getBytes(StandardCharsets.UTF_8)));
            write(out, header.value() == null ? null : ByteBuffer.wrap(header.value()));
        }
    }

    private static void write(DataOutputStream out, ByteBuffer bytes) throws IOException {
        if (bytes == null) {
            out.writeInt(-1);
            return;
        }
        byte[] copy = new byte[bytes.remaining()];
        bytes.duplicate().get(copy);
        out.writeInt(copy.length);
        out.write(copy);
    }
}
