//! Invented lines in the form of a web server's access log.

const PAGES: [(&str, u64, u64); 10] = [
    ("/", 200, 37_932),
    ("/presentations/kibana-search.png", 200, 203_023),
    ("/blog/tags/puppet", 200, 14_872),
    ("/projects/xdotool/", 200, 12_292),
    ("/favicon.ico", 200, 3_638),
    ("/images/jordan-80.png", 304, 0),
    ("/style2.css", 200, 4_877),
    ("/robots.txt", 404, 294),
    ("/blog/geekery/ssl-latency.html", 206, 17_147),
    ("/files/logstash/logstash-1.3.2-monolithic.jar", 301, 340),
];

const AGENTS: [&str; 3] = [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_9_1) AppleWebKit/537.36",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "UniversalFeedParser/4.2-pre-314-svn +http://feedparser.org/",
];

/// A number that looks like chance and is always the same for the same `n`.
pub(crate) fn mixed(n: u64) -> u64 {
    let n = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let n = (n ^ (n >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    n ^ (n >> 31)
}

fn pick<T: Copy + Default>(from: &[T], n: u64) -> T {
    let len = u64::try_from(from.len()).unwrap_or(1).max(1);
    usize::try_from(n % len).ok().and_then(|at| from.get(at).copied()).unwrap_or_default()
}

/// The `n`th line.
pub(crate) fn line(n: u64) -> String {
    let chance = mixed(n);
    // Half of the hits go to the first pages.
    let page = if chance.is_multiple_of(2) { chance / 7 % 3 } else { chance / 11 };
    let (path, status, bytes) = pick(&PAGES, page);
    let agent = pick(&AGENTS, chance / 13);
    let (hour, second) = (n / 120 % 24, n % 60);
    let (a, b, c) = (chance % 223, chance / 223 % 255, chance / 7_000 % 255);
    format!(
        "{a}.{b}.{c}.{} - - [17/May/2015:{hour:02}:05:{second:02} +0000] \"GET {path} HTTP/1.1\" {status} {bytes} \"-\" \"{agent}\"",
        chance % 101
    )
}
