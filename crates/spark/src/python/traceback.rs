//! A traceback of a worker, without the worker's own lines: what is left is the user's code.

/// What of PySpark stands around the user's function in a worker.
const AROUND: [&str; 6] = [
    "/pyspark/worker.py",
    "/pyspark/serializers.py",
    "/pyspark/util.py",
    "/pyspark/sql/pandas/serializers.py",
    "/pyspark/sql/streaming/readwriter.py",
    "/pyspark/sql/connect/streaming/worker/foreach_batch_worker.py",
];

/// The traceback without the frames of our scripts, which Python knows as `<string>`, and of PySpark's own around the
/// user's function (`spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled`, on as in Spark).
pub(super) fn of_user(traceback: &str) -> String {
    let mut kept = String::with_capacity(traceback.len());
    let mut dropping = false;
    for line in traceback.lines() {
        if let Some(frame) = line.strip_prefix("  File \"") {
            dropping = is_ours(frame);
        } else if !line.starts_with("    ") {
            dropping = false;
        }
        if !dropping {
            kept.push_str(line);
            kept.push('\n');
        }
    }
    kept
}

fn is_ours(frame: &str) -> bool {
    let file = frame.split('"').next().unwrap_or_default();
    file == "<string>" || AROUND.iter().any(|around| file.ends_with(around))
}

#[cfg(test)]
mod tests {
    use super::of_user;

    #[test]
    fn frames_of_the_worker_go() {
        let whole = "Traceback (most recent call last):\n  File \"<string>\", line 47, in answer\n    \
                     made = work()\n           ^^^^^^\n  File \"/home/me/lab.py\", line 3, in <lambda>\n    \
                     1 // x\n    ~~^~~\nZeroDivisionError: by zero\n\nDuring handling of it:\n\n\
                     Traceback (most recent call last):\n  File \"<string>\", line 5, in run\nValueError: mine\n";
        let user = "Traceback (most recent call last):\n  File \"/home/me/lab.py\", line 3, in <lambda>\n    \
                    1 // x\n    ~~^~~\nZeroDivisionError: by zero\n\nDuring handling of it:\n\n\
                    Traceback (most recent call last):\nValueError: mine\n";
        assert_eq!(of_user(whole), user);
        assert_eq!(of_user("no traceback"), "no traceback\n");
    }
}
