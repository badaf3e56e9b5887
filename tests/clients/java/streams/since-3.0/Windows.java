// since 3.0
// How a window without grace is written now.

import java.time.Duration;
import org.apache.kafka.streams.kstream.TimeWindows;

final class Windows {
    static TimeWindows of(long milliseconds) {
        return TimeWindows.ofSizeWithNoGrace(Duration.ofMillis(milliseconds));
    }
}
