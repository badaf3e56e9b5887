import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.apache.kafka.common.utils.Exit;

/**
 * Runs Apache Kafka's commands one after another in one JVM, whose start costs more than most of them.
 *
 * A line of standard input is a command: the class, its standard input and its arguments, in base64 with tabs between.
 * The answer is a line as well: the exit code, what it printed on stdout and what on stderr.
 */
public class Tools {
    /** Ends the command, not the JVM. */
    static final class Ended extends Error {
        Ended() {
            super(null, null, false, false);
        }
    }

    /** The exit code of the command that runs; only its first word counts. */
    static Integer code;
    static final List<Runnable> HOOKS = new ArrayList<>();

    public static void main(String[] arguments) throws Exception {
        PrintStream answers = System.out;
        Exit.setExitProcedure((status, message) -> end(status));
        Exit.setHaltProcedure((status, message) -> end(status));
        Exit.setShutdownHookAdder((name, hook) -> HOOKS.add(hook));
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line; (line = lines.readLine()) != null; ) {
            String[] words = Arrays.stream(line.split("\t", -1)).map(Tools::decoded).toArray(String[]::new);
            ByteArrayOutputStream out = new ByteArrayOutputStream(), err = new ByteArrayOutputStream();
            System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
            System.setErr(new PrintStream(err, true, StandardCharsets.UTF_8));
            System.setIn(new ByteArrayInputStream(words[1].getBytes(StandardCharsets.UTF_8)));
            run(words[0], Arrays.copyOfRange(words, 2, words.length));
            System.out.flush();
            answers.println(code + "\t" + encoded(out) + "\t" + encoded(err));
            answers.flush();
        }
        Runtime.getRuntime().halt(0);
    }

    static void run(String name, String[] arguments) throws Exception {
        code = null;
        HOOKS.clear();
        try {
            Class.forName(name).getMethod("main", String[].class).invoke(null, (Object) arguments);
            end(0);
        } catch (Ended ended) {
            // The command has returned from main by itself.
        } catch (InvocationTargetException thrown) {
            if (!(thrown.getCause() instanceof Ended) && code == null) {
                // As the JVM tells of what escapes from main.
                System.err.print("Exception in thread \"main\" ");
                thrown.getCause().printStackTrace();
                code = 1;
            }
        }
    }

    static void end(int status) {
        if (code == null) {
            code = status;
            HOOKS.forEach(Runnable::run);
            System.out.flush();
            // A command that catches what ends it may go on to say so: nobody hears it.
            System.setOut(new PrintStream(OutputStream.nullOutputStream()));
            System.setErr(new PrintStream(OutputStream.nullOutputStream()));
        }
        throw new Ended();
    }

    static String decoded(String word) {
        return new String(Base64.getDecoder().decode(word), StandardCharsets.UTF_8);
    }

    static String encoded(ByteArrayOutputStream bytes) {
        return Base64.getEncoder().encodeToString(bytes.toByteArray());
    }
}
