//! Likely duplicates, measured on titles written by hand: `fixtures/titles.txt` has a line for each need, those of one matter under one name.

use crate::scene::{NOW, code};
use domain::needs::Topic;
use domain::needs::duplicates::{ASKED, MOST, Ready, SHOWN, Told, Weights, compare, likely};
use std::collections::BTreeSet;

struct Line {
    topic: &'static str,
    matter: &'static str,
    title: &'static str,
    items: &'static str,
}

fn lines() -> Vec<Line> {
    let text = include_str!("../fixtures/titles.txt");
    let lines = text
        .lines()
        .filter(|l| !l.is_empty() && !l.starts_with('#'));
    lines
        .map(|line| {
            let parts: Vec<&'static str> = line.split('|').map(str::trim).collect();
            let [topic, matter, title, items] = parts[..] else {
                panic!("not a line: {line}");
            };
            Line {
                topic,
                matter,
                title,
                items,
            }
        })
        .collect()
}

fn told(title: &str, items: &str) -> Told {
    Told {
        title: title.to_owned(),
        items: items.to_owned(),
        village: code("431230104201"),
        topic: Some(Topic::Environment),
        from: NOW.day(),
        until: NOW.day().plus(60),
    }
}

/// Pairs of the same topic: of one matter, and of two.
fn pairs(score: impl Fn(usize, usize) -> f32) -> (Vec<f32>, Vec<f32>) {
    let lines = lines();
    let (mut same, mut other) = (Vec::new(), Vec::new());
    for (i, a) in lines.iter().enumerate() {
        for (j, b) in lines.iter().enumerate().skip(i + 1) {
            if a.topic == b.topic {
                let to = if a.matter == b.matter {
                    &mut same
                } else {
                    &mut other
                };
                to.push(score(i, j));
            }
        }
    }
    (same, other)
}

/// How often a pair of one matter scores higher than one of two (area under the curve).
fn auc((same, other): &(Vec<f32>, Vec<f32>)) -> f64 {
    let mut sum = 0.0;
    for a in same {
        for b in other {
            sum += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    sum / (same.len() * other.len()) as f64
}

fn bigrams(text: &str) -> BTreeSet<(char, char)> {
    let chars: Vec<char> = text.chars().collect();
    chars.windows(2).map(|w| (w[0], w[1])).collect()
}

#[test]
fn half_characters_half_pairs_tell_more_than_pairs_alone() {
    let lines = lines();
    let weights = Weights::of(lines.iter().map(|l| l.title));
    let ready: Vec<Ready> = lines
        .iter()
        .map(|l| weights.ready(told(l.title, "")))
        .collect();
    let ours = pairs(|i, j| ready[i].text(&ready[j]));
    let pairs_alone = pairs(|i, j| {
        let (a, b) = (bigrams(lines[i].title), bigrams(lines[j].title));
        2.0 * a.intersection(&b).count() as f32 / (a.len() + b.len()).max(1) as f32
    });
    let (ours_auc, alone_auc) = (auc(&ours), auc(&pairs_alone));
    let shown = |scores: &[f32], from: f32| {
        scores.iter().filter(|s| **s >= from).count() as f64 / scores.len() as f64
    };
    println!(
        "AUC {ours_auc:.3}, pairs alone {alone_auc:.3}; {} same, {} other; from {SHOWN}: {:.2} of the same, {:.3} of the others; from {ASKED}: {:.2}, {:.4}",
        ours.0.len(),
        ours.1.len(),
        shown(&ours.0, SHOWN),
        shown(&ours.1, SHOWN),
        shown(&ours.0, ASKED),
        shown(&ours.1, ASKED),
    );
    assert!(ours_auc > 0.9, "{ours_auc}");
    assert!(ours_auc > alone_auc + 0.03, "{ours_auc} {alone_auc}");
}

#[test]
fn the_same_matter_of_one_village_is_mostly_among_those_shown() {
    let lines = lines();
    let weights = Weights::of(lines.iter().map(|l| l.title));
    let ready: Vec<Ready> = lines
        .iter()
        .map(|l| weights.ready(told(l.title, l.items)))
        .collect();
    let (mut found, mut all) = (0, 0);
    for (i, asked) in ready.iter().enumerate() {
        let topic = |j: &usize| lines[*j].topic == lines[i].topic && *j != i;
        if !(0..lines.len())
            .filter(topic)
            .any(|j| lines[j].matter == lines[i].matter)
        {
            continue;
        }
        let candidates = (0..lines.len())
            .filter(topic)
            .map(|j| (j, ready[j].clone()));
        let shown = likely(asked, candidates);
        assert!(shown.len() <= MOST);
        all += 1;
        found += usize::from(
            shown
                .iter()
                .any(|(j, _)| lines[*j].matter == lines[i].matter),
        );
    }
    println!("{found} of {all}");
    assert!(found * 100 >= all * 85, "{found} of {all}");
}

#[test]
fn the_reasons_say_where_what_and_when() {
    let weights = Weights::of([
        "村口路灯",
        "敬老院冬衣",
        "小学图书角缺书",
        "水渠漏水",
        "柑橘滞销",
    ]);
    let asked = weights.ready(told("请帮助解决村口到小学的路灯 12 盏", "路灯 盏"));
    let mut old = told("村口到小学路灯坏了", "路灯 10 盏、电线 200 米");
    old.from = NOW.day().plus(-200);
    old.until = NOW.day().plus(-100);
    let same = compare(&asked, &weights.ready(old.clone())).expect("alike");
    assert_eq!(same.reasons, "同村 · 同为路灯 · 5 月");
    old.from = NOW.day().plus(-20);
    old.until = NOW.day().plus(20);
    let now = compare(&asked, &weights.ready(old.clone())).expect("alike");
    assert!(now.score > same.score && now.score > ASKED, "{now:?}");
    old.village = code("431230104202");
    let town = compare(&asked, &weights.ready(old.clone())).expect("alike");
    assert!(town.reasons.starts_with("同乡镇 · "));
    // In another village of the town it is compared within its topic, and beyond the town not at all.
    old.topic = Some(Topic::Care);
    assert_eq!(compare(&asked, &weights.ready(old.clone())), None);
    old.topic = None;
    assert!(compare(&asked, &weights.ready(old.clone())).is_some());
    old.village = code("431230105202");
    assert_eq!(compare(&asked, &weights.ready(old)), None);
}

#[test]
fn the_same_unit_and_month_alone_make_no_duplicate() {
    let weights = Weights::default();
    let asked = weights.ready(told("独居老人冬衣", "冬衣 套 路灯 盏"));
    assert_eq!(
        compare(&asked, &weights.ready(told("村口路灯坏了", "路灯 12 盏"))),
        None
    );
    assert_eq!(
        compare(&weights.ready(told("", "")), &weights.ready(told("", ""))),
        None
    );
    assert_eq!(
        compare(
            &weights.ready(told("请帮助 12", "")),
            &weights.ready(told("12", ""))
        ),
        None
    );
}
