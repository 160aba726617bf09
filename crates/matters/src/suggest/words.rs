//! From what people write to words, pairs of characters and English stems.

use std::collections::HashSet;

use jieba_rs::Jieba;

/// Words that say nothing about a matter, in both languages.
const EMPTY_WORDS: &str = "的 了 是 在 我 我们 你 他 她 它 有 都 就 也 还 又 很 太 把 被 给 这 那 这个 那个 啊 吧 呢 吗 嘛 \
    请 请问 麻烦 谢谢 你好 希望 能 能不能 可以 要 去 来 和 跟 与 及 或 从 到 上 下 里 个 一 一个 一下 一直 已经 现在 今天 昨天 \
    没人 有人 没有 什么 怎么 时候 下来 出来 进去 起来 上去 过去 回来 上面 下面 里面 外面 旁边 中间 边上 附近 地方 我家 \
    家里 大家 人家 别人 自己 天天 每天 一天 几天 好多 好几 很多 到处 全是 都是 不知 知道 不敢 不能 不是 就是 还是 可是 危险 \
    赶紧 快来 帮忙 处理 解决 反映 投诉 咨询 想问 小区 一家 我们家 多少 两个 三个 几个 上次 已经 应该 直接 \
    the a an is are was were be been has have had it its to of in on at by for from and or but with so that this \
    there my our your his her their we i you he she they me us them please can could would should will do does did \
    not no n't s t re ve d ll very just some any all every been near next into out up down over again when who what \
    which how is_it nobody somebody someone";

/// Words that mostly tell where something is or who is concerned, and seldom what is wrong.
const SCENE_WORDS: &str = "我家 楼上 楼下 隔壁 门口 校门 校门口 单元 单元门 小区 广场 公园 厨房 卧室 阳台 窗户 窗前 后门 大门 地铁 地铁口 \
    公交 公交站 车站 汽车站 桥洞 底下 路口 路边 马路 街道 巷子 巷口 人行道 人行 行道 车道 通道 大街 整条路 桥头 桥上 河边 湖边 农田 村里 村口 \
    厂房 公司 物业 社区 老人 孩子 小孩 老板 邻居 汽车 货车 晚上 半夜 早上 东西 冰箱 塑料 地面 电线杆 树枝 一样 长期 楼道 电梯 \
    菜场 市场 超市 学校 医院 幼儿园 饭店 店 车 路 家 楼 门 水 人 天 房子 \
    night black work street road building house door outside people car shop school";

/// Characters that join words and carry no meaning of their own: a pair with one of them is not
/// looked at.
const JOINING: &str = "的了是在我你他它们有都就也还又很被把给这那不没一个到着得地上下里来去过起出进和跟与之其为啊吧呢吗嘛要会能可以";

/// The features of one text. Within each list a feature stands once, in order of appearance.
#[derive(Debug, Default)]
pub(super) struct Features {
    /// Lower case, one width, single spaces.
    pub plain: String,
    /// Chinese words and English stems.
    pub words: Vec<String>,
    /// Pairs of neighbouring Chinese characters.
    pub pairs: Vec<String>,
    /// Single Chinese characters.
    pub characters: Vec<String>,
}

/// Segments texts; holds the dictionary.
pub(super) struct Segmenter {
    jieba: Jieba,
    empty: HashSet<&'static str>,
    scenes: HashSet<&'static str>,
}

impl Segmenter {
    /// The general dictionary with the trade's own words on top.
    pub(super) fn new<'a>(own_words: impl Iterator<Item = &'a str>) -> Self {
        let mut jieba = Jieba::new();
        for word in own_words.filter(|word| is_dictionary_word(word)) {
            jieba.add_word(word, None, None);
        }
        Self {
            jieba,
            empty: EMPTY_WORDS.split_whitespace().collect(),
            scenes: SCENE_WORDS.split_whitespace().collect(),
        }
    }

    /// Whether a word tells the scene rather than the trouble.
    pub(super) fn is_scene(&self, word: &str) -> bool {
        self.scenes.contains(word)
    }

    /// All features of a text.
    pub(super) fn features(&self, text: &str) -> Features {
        let plain = plain(text);
        let mut features = Features::default();
        for run in plain.split(' ') {
            if run.chars().next().is_some_and(is_han) {
                self.take_chinese(run, &mut features);
            } else if !run.is_empty() && !self.empty.contains(run) {
                push_new(&mut features.words, stem(run));
            }
        }
        features.plain = plain;
        features
    }

    fn take_chinese(&self, run: &str, features: &mut Features) {
        for token in self.jieba.cut_for_search(run, true) {
            if token.word.chars().count() > 1 && !self.empty.contains(token.word) {
                push_new(&mut features.words, token.word.to_owned());
            }
        }
        let characters: Vec<char> = run.chars().collect();
        for pair in characters.windows(2) {
            if !pair.iter().any(|c| JOINING.contains(*c)) {
                push_new(&mut features.pairs, pair.iter().collect());
            }
        }
        for character in characters {
            let character = character.to_string();
            if !self.empty.contains(character.as_str()) {
                push_new(&mut features.characters, character);
            }
        }
    }
}

fn push_new(list: &mut Vec<String>, feature: String) {
    if !list.contains(&feature) {
        list.push(feature);
    }
}

/// Whether a name is a word of its own rather than a phrase.
fn is_dictionary_word(text: &str) -> bool {
    (2..=4).contains(&text.chars().count()) && text.chars().all(is_han)
}

/// Whether a character is a Chinese ideograph.
pub(super) fn is_han(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}')
}

/// Lower case and one width; Chinese runs and words of letters are parted by single spaces,
/// everything else (punctuation, digits) is a space.
pub(super) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut last = ' ';
    for c in text.chars() {
        let c = match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(' '),
            '\u{2019}' => '\'',
            c => c,
        };
        for c in c.to_lowercase() {
            if c == '\'' {
                continue;
            }
            let kept = if is_han(c) || c.is_alphabetic() {
                c
            } else {
                ' '
            };
            let changes = last != ' ' && kept != ' ' && is_han(last) != is_han(kept);
            if changes || (kept == ' ' && last != ' ') {
                out.push(' ');
            }
            if kept != ' ' {
                out.push(kept);
            }
            last = kept;
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// A light English stem: plurals and the commonest endings, enough to bring `leaking`, `leaks`
/// and `leaked` together.
pub(super) fn stem(word: &str) -> String {
    if word.len() < 4 || !word.is_ascii() {
        return word.to_owned();
    }
    let word = word
        .strip_suffix("ies")
        .map(|s| format!("{s}y"))
        .or_else(|| word.strip_suffix("sses").map(|s| format!("{s}ss")))
        .or_else(|| {
            word.strip_suffix('s')
                .filter(|s| !s.ends_with('s'))
                .map(str::to_owned)
        })
        .unwrap_or_else(|| word.to_owned());
    let cut = ["ing", "ed", "er", "ly"]
        .iter()
        .find_map(|ending| word.strip_suffix(ending).filter(|s| s.len() >= 3));
    let mut stem = cut.unwrap_or(&word).to_owned();
    let bytes = stem.as_bytes();
    if cut.is_some() && bytes.len() > 3 && bytes[bytes.len() - 1] == bytes[bytes.len() - 2] {
        stem.pop();
    }
    if stem.len() > 3 && stem.ends_with(['e', 'y']) {
        stem.pop();
    }
    stem
}
