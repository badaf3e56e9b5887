//! Work on thousands of logs: what waits for the disk in many threads shares its commits.

use std::thread::{Builder, scope};

/// Does `work` on parts of at most `size`, each in a thread of its own, and gives what came out in their order. One part
/// alone is done here, and so is what the system gives no thread for.
pub(super) fn in_parts<T: Sync, R: Send>(
    items: &[T],
    size: usize,
    work: impl Fn(&[T]) -> R + Sync,
) -> Vec<R> {
    if items.len() <= size {
        return vec![work(items)];
    }
    let work = &work;
    scope(|scope| {
        let begin = |part| {
            let thread = Builder::new().name("logs".to_owned()).spawn_scoped(scope, move || work(part));
            thread.map_err(|_| work(part))
        };
        let begun: Vec<_> = items.chunks(size.max(1)).map(begin).collect();
        let end = |thread: Result<std::thread::ScopedJoinHandle<'_, R>, R>| match thread {
            Ok(thread) => thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)),
            Err(done) => done,
        };
        begun.into_iter().map(end).collect()
    })
}
