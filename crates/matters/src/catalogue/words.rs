//! The closed vocabularies of a catalogue: how pressing, what evidence, which verification.

use serde::{Deserialize, Serialize};

/// Declares an enumeration whose members each have a stored word and accepted other spellings.
macro_rules! vocabulary {
    ($(#[$about:meta])* $name:ident { $($(#[$doc:meta])* $member:ident = $word:literal, [$($other:literal),*], $zh:literal, $en:literal;)+ }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$doc])* $member,)+ }

        impl $name {
            /// Every member, in order.
            pub const ALL: &'static [Self] = &[$(Self::$member),+];

            /// The word it is stored as.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$member => $word,)+ }
            }

            /// The name shown to people.
            pub fn name(self, lang: super::Lang) -> &'static str {
                match (self, lang) {
                    $((Self::$member, super::Lang::Zh) => $zh,
                      (Self::$member, super::Lang::En) => $en,)+
                }
            }

            /// Reads the stored word, or the Chinese name as a spreadsheet has it.
            pub fn parse(word: &str) -> Option<Self> {
                let word = word.trim().to_lowercase();
                match word.as_str() { $($word | $zh $(| $other)* => Some(Self::$member),)+ _ => None }
            }
        }
    };
}

vocabulary! {
    /// How pressing a matter is.
    Urgency {
        /// Life or a main supply is at stake; runs day and night, never extended.
        Emergency = "emergency", ["突发", "应急"], "紧急", "Emergency";
        /// Runs day and night.
        Urgent = "urgent", ["较急"], "急", "Urgent";
        /// Runs in working hours.
        Normal = "normal", ["普通"], "一般", "Normal";
        /// Runs in working hours, may wait.
        Low = "low", ["低"], "较缓", "Low";
    }
}

vocabulary! {
    /// What the handling of a matter must show.
    Evidence {
        /// A picture of the thing itself.
        PhotoNear = "photo_near", ["近照"], "近景照片", "Close photo";
        /// A picture that shows where it is.
        PhotoFar = "photo_far", ["远照"], "远景照片", "Wide photo";
        /// A picture of a fixed mark nearby, to find the thing again.
        PhotoRef = "photo_ref", ["参照照片"], "参照物照片", "Reference photo";
        /// A picture of the result, from the same place.
        PhotoAfter = "photo_after", ["处置后照片"], "处理后照片", "After photo";
        /// A moving picture.
        Video = "video", [], "视频", "Video";
        /// The position of the place.
        Gps = "gps", ["位置"], "定位", "Position";
        /// The number on the thing (manhole, lamp, lift).
        ComponentId = "component_id", ["部件编号"], "部件编码", "Component number";
        /// A measured value with its unit.
        Measurement = "measurement", ["测量"], "测量值", "Measurement";
        /// A document or its number.
        Document = "document", ["文件"], "文书", "Document";
        /// A completed checklist.
        Checklist = "checklist", ["检查清单"], "清单", "Checklist";
        /// A signature.
        Signature = "signature", ["签名"], "签字", "Signature";
        /// The recorded lawful basis or consent; never a picture of a person.
        Consent = "consent", ["知情同意"], "同意记录", "Consent";
        /// A recorded telephone call.
        Call = "call", ["电话"], "通话记录", "Call record";
        /// A few words.
        Note = "note", ["备注"], "说明", "Note";
    }
}

vocabulary! {
    /// How somebody independent makes sure that a matter is done.
    Verification {
        /// Somebody goes and looks.
        OnSite = "on_site", ["现场", "现场复核"], "现场核查", "On site";
        /// Somebody goes and looks at the hour the trouble was reported at.
        SameHour = "same_hour", ["同时段", "同时段复查"], "同时段核查", "Same hour";
        /// The reporter or the person concerned is called.
        CallBack = "call_back", ["电话回访"], "回访", "Call back";
        /// A share is drawn and looked at, the rest passes.
        Sampling = "sampling", ["抽样"], "抽查", "Sampling";
    }
}

impl Evidence {
    /// Whether it is a picture somebody must take.
    pub fn is_photo(self) -> bool {
        matches!(
            self,
            Self::PhotoNear | Self::PhotoFar | Self::PhotoRef | Self::PhotoAfter
        )
    }
}
