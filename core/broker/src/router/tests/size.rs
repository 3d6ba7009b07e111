//! Many threads, and many subscriptions.

use super::*;

/// Threads insert and remove around a subscriber that stays: it is seen by each look-up, and those that are there
/// for good are seen after the storm.
#[test]
fn a_subscriber_that_stays_is_always_seen() {
    let router = Router::new();
    let stays = ["home/room/lamp", "home/+/lamp", "home/#", "+/room/+", "#"];
    for text in stays {
        router.insert(&filter(text), u32::MAX, options(1));
    }
    let done = AtomicBool::new(false);
    let writers = AtomicUsize::new(3);
    std::thread::scope(|scope| {
        for writer in 0..3_u32 {
            let (router, done, writers) = (&router, &done, &writers);
            scope.spawn(move || {
                for round in 0..2_000_u32 {
                    let texts =
                        ["home/room/lamp", "home/room/#", "home/+/lamp/+", "home/+/#", "+/room/lamp", "+/+"];
                    for text in texts {
                        router.insert(&filter(text), writer, options(1));
                    }
                    let own = format!("home/{writer}-{round}/+/x");
                    router.insert(&filter(&own), writer, options(1));
                    router.remove(&filter(&own), writer.key());
                    for text in texts {
                        assert!(router.remove(&filter(text), writer.key()).found);
                    }
                }
                if writers.fetch_sub(1, Ordering::AcqRel) == 1 {
                    done.store(true, Ordering::Release);
                }
            });
        }
        for _ in 0..2 {
            let (router, done) = (&router, &done);
            scope.spawn(move || {
                while !done.load(Ordering::Acquire) {
                    let mut seen = 0;
                    let mut note = |target: &u32, _| seen += usize::from(*target == u32::MAX);
                    router.exact(b"home/room/lamp", &mut note);
                    router.wildcards(b"home/room/lamp", &mut note);
                    assert_eq!(seen, stays.len());
                }
            });
        }
    });
    assert_eq!(router.len(), stays.len());
    router.trie.check();
}

/// How many subscriptions [`work_does_not_grow`] ends with; the long tier asks for 1,000,000.
fn subscriptions() -> u32 {
    std::env::var("TIDEGATE_TEST_SUBSCRIPTIONS").ok().and_then(|text| text.parse().ok()).unwrap_or(100_000)
}

/// Ten kinds of filters, exact and wildcard, that mostly do not match the topics asked for.
fn mixed(number: u32) -> String {
    let (site, device) = (number % 1000, number / 10);
    match number % 10 {
        0 => format!("site/{site}/device/{device}/state"),
        1 => format!("site/{site}/device/{device}/+"),
        2 => format!("site/{site}/+/{device}/temperature"),
        3 => format!("site/{site}/device/{device}/#"),
        4 => format!("+/{device}/set"),
        5 => format!("fleet/{device}/+/position"),
        6 => format!("fleet/+/{device}/position"),
        7 => format!("device-{device}/#"),
        8 => format!("device-{device}/+/+/battery"),
        _ => format!("user/{device}/inbox"),
    }
}

#[test]
fn work_does_not_grow() {
    let topics =
        ["site/7/device/70/state", "fleet/12/x/position", "device-9/a/b/battery", "user/5/inbox", "x/3/set"];
    let router = Router::new();
    let work = |router: &Router<u32>| {
        topics.map(|topic| {
            let mut matches = 0_usize;
            let visited = router.wildcards(topic.as_bytes(), |_, _| matches += 1);
            (visited, matches)
        })
    };
    let small = 10_000;
    for number in 0..small {
        router.insert(&filter(&mixed(number)), number, options(1));
    }
    let before = work(&router);
    for number in small..subscriptions() {
        router.insert(&filter(&mixed(number)), number, options(1));
    }
    for (topic, (before, after)) in topics.iter().zip(before.into_iter().zip(work(&router))) {
        assert!(after.0 <= before.0 + 2 + after.1, "{topic}: {before:?} nodes and matches became {after:?}");
    }
    assert_eq!(router.len(), usize::try_from(subscriptions()).unwrap());
}
