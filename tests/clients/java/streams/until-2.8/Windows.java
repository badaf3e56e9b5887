// since 2.8 until 2.8
// How a window without grace was written then.

import java.time.Duration;
import org.apache.kafka.streams.kstream.TimeWindows;

final class Windows {
    static TimeWindows of(long milliseconds) {
        return TimeWindows.of(Duration.ofMillis(milliseconds)).grace(Duration.ZERO);
    }
}
