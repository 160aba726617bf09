//! Whether two questions ask the same thing in other words.

use std::collections::HashSet;

/// Words that ask, and fill words: what is left tells what is asked for.
const ASKING_ZH: [&str; 22] = [
    "请填写",
    "请选择",
    "请输入",
    "是否有",
    "是否",
    "有没有",
    "有多少",
    "多少",
    "什么",
    "哪些",
    "哪里",
    "怎么",
    "如何",
    "名称",
    "情况",
    "信息",
    "的",
    "吗",
    "有",
    "请",
    "所",
    "是",
];
const ASKING_EN: [&str; 24] = [
    "the", "a", "an", "is", "are", "of", "do", "does", "did", "you", "your", "please", "enter",
    "what", "which", "how", "much", "many", "there", "any", "name", "to", "it", "be",
];
/// Share of pairs of letters two texts must have in common, from 0 to 1.
const ENOUGH: f64 = 0.66;

/// Whether both ask for the same. Fewer than two letters left say nothing.
pub(super) fn alike(a: &str, b: &str) -> bool {
    let (a, b) = (core(a), core(b));
    if a.chars().count() < 2 || b.chars().count() < 2 {
        return false;
    }
    a == b || dice(&a, &b) >= ENOUGH
}

/// What a text asks for, without marks and asking words.
fn core(text: &str) -> String {
    let lower = text.to_lowercase();
    let plain: String = lower
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { ' ' })
        .collect();
    let mut kept: String = plain
        .split_whitespace()
        .filter(|word| !ASKING_EN.contains(word))
        .collect::<Vec<_>>()
        .join(" ");
    if !kept.is_ascii() {
        kept.retain(|c| c != ' ');
        for word in ASKING_ZH {
            kept = kept.replace(word, "");
        }
    }
    kept
}

/// Dice's coefficient over pairs of letters.
fn dice(a: &str, b: &str) -> f64 {
    let pairs =
        |text: &str| -> HashSet<(char, char)> { text.chars().zip(text.chars().skip(1)).collect() };
    let (a, b) = (pairs(a), pairs(b));
    let both = a.intersection(&b).count();
    2.0 * both as f64 / (a.len() + b.len()).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_in_other_words_is_alike_and_another_thing_is_not() {
        for (a, b, same) in [
            ("是否有人受伤？", "有没有人受伤", true),
            ("联系电话", "请填写联系电话", true),
            ("Is anybody hurt?", "anybody hurt", true),
            ("垃圾有多少？", "垃圾有多少", true),
            ("胶管使用年限", "灶具使用情况", false),
            ("联系电话", "联系人", false),
            ("有吗", "是吗", false),
            ("Age of the hose", "Age of the stove", false),
        ] {
            assert_eq!(alike(a, b), same, "{a} {b}");
        }
    }
}
