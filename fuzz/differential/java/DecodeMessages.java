// Decodes a file of cases with Apache Kafka's own classes, and says in another what they were.
//
// In:  kind (0 request, 1 response), API key, version, length, bytes.
// Out: verdict (0 refused, 1 accepted, 2 not known here, 3 accepted and not to be written), bytes left over, length,
//      the message written again or the reason.

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
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

public class DecodeMessages {
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
            int kind = in.readByte();
            short key = in.readShort();
            short version = in.readShort();
            byte[] bytes = new byte[in.readInt()];
            in.readFully(bytes);
            Answer answer = answer(kind, key, version, bytes);
            out.writeByte(answer.verdict);
            out.writeInt(answer.left);
            out.writeInt(answer.bytes.length);
            out.write(answer.bytes);
        }
        return all.toByteArray();
    }

    private static Answer answer(int kind, short key, short version, byte[] bytes) {
        try {
            return message(kind, key, version, ByteBuffer.wrap(bytes));
        } catch (Throwable error) {
            return new Answer(0, 0, (error.getClass().getSimpleName() + ": " + error.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
    }

    private static Answer message(int kind, short key, short version, ByteBuffer buffer) {
        ApiMessage message;
        try {
            ApiMessageType type = ApiMessageType.fromApiKey(key);
            message = kind == 0 ? type.newRequest() : type.newResponse();
        } catch (RuntimeException unknown) {
            return new Answer(2, 0, new byte[0]);
        }
        if (version < message.lowestSupportedVersion() || version > message.highestSupportedVersion()) {
            return new Answer(2, 0, new byte[0]);
        }
        message.read(new ByteBufferAccessor(buffer), version);
        int left = buffer.remaining();
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer written;
        try {
            written = ByteBuffer.allocate(message.size(cache, version));
            message.write(new ByteBufferAccessor(written), cache, version);
        } catch (RuntimeException error) {
            // It was read all the same: an empty form is compared with nothing.
            return new Answer(3, left, (error.getClass().getSimpleName() + ": " + error.getMessage()).getBytes(StandardCharsets.UTF_8));
        }
        return new Answer(1, left, written.array());
    }
}
