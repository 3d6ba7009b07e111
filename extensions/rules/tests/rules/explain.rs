//! What `tidegate check` prints.

use tidegate_broker::{Action, Decision, Principal};
use tidegate_types::Guarantee;

use crate::sample::{alice, rules, stranger};

const RULES: &str = "[[rule]]\neffect = \"deny\"\nlistener = \"wan\"\naction = \"subscribe\"\ntopics = \"literal:#\"\n\
    [[rule]]\neffect = \"allow\"\nuser = [\"alice\", \"b*\"]\naddress = \"10.0.0.0/8\"\naction = \"publish\"\nqos = [0, 1]\n\
    retain = false\ntopics = [\"factory/${clientid}/#\", \"prefix:x/${attr.Site}\"]\ncomment = \"the line\"\n\
    [[rule]]\neffect = \"disconnect\"\nanonymous = true\nattributes = \"role=*\"\ntopics = \"#\"\n";

#[test]
fn rules_are_told_in_words() {
    let rules = rules(RULES);
    let all: Vec<String> = rules.explain_listener("wan").iter().map(ToString::to_string).collect();
    assert_eq!(
        all,
        [
            "1. deny whoever came through listener \"wan\" to subscribe to the text \"#\" (rules.toml:1:1)",
            "2. allow user \"alice\" or b* and whoever comes from 10.0.0.0/8 to publish at QoS 0 or 1 messages not \
             retained to \"factory/${clientid}/#\", whatever begins with \"x/${attr.Site}\" (rules.toml:6:1) # the line",
            "3. deny, and disconnect, anonymous clients and whoever has role = * to publish and subscribe to \"#\" \
             (rules.toml:15:1)",
        ]
    );
    let numbers = |who: &Principal| rules.explain(who).iter().map(|one| one.rule.number).collect::<Vec<_>>();
    assert_eq!(rules.explain_listener("lan").len(), 2);
    assert_eq!(numbers(&alice()), [2]);
    assert_eq!(numbers(&stranger("c")), [0_usize; 0]);
    assert_eq!(numbers(&Principal::broker()), [0_usize; 0]);
    assert_eq!(rules.otherwise(), "deny everything else");
}

#[test]
fn a_decision_names_its_rule() {
    let rules = rules(RULES);
    let act = |topic| Action::Publish { topic, guarantee: Guarantee::AtLeastOnce, retain: false };
    let who = alice();
    let verdict = rules.why(&who, act("factory/c1/x"));
    assert_eq!(verdict.decision, Decision::Allow);
    let rule = verdict.rule.expect("a rule decided");
    assert_eq!((rule.number, rule.place.to_string().as_str()), (2, "rules.toml:6:1"));
    let verdict = rules.why(&who, act("elsewhere"));
    assert_eq!((verdict.decision, verdict.rule), (Decision::Abstain, None));
    let verdict = rules.why(&Principal::broker(), act("elsewhere"));
    assert_eq!((verdict.decision, verdict.rule), (Decision::Allow, None));
}
