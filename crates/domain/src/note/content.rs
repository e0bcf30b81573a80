//! What a note says: eight fields in the nurse's own sentences, and the verdict she chose.

use serde::{Deserialize, Serialize};

use crate::pii::Pii;

/// As it is sealed and as it is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    pub fields: Fields,
    /// `None` until the nurse has chosen: nothing is preselected.
    pub verdict: Option<Verdict>,
}

/// The texts of the form. Empty where nothing was written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(as = NoteFields))]
#[serde(deny_unknown_fields)]
pub struct Fields {
    /// 身体・精神
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub body_mind: Pii<String>,
    /// 生活・家族
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub life_family: Pii<String>,
    /// 支援者
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub support: Pii<String>,
    /// 本人の希望
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub wishes: Pii<String>,
    /// 説明・指導
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub explained: Pii<String>,
    /// 連絡の取り方
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub contact: Pii<String>,
    /// 次回
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub next: Pii<String>,
    /// 引継ぎ先
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub handover: Pii<String>,
}

impl Fields {
    /// Every text with the name that it is sent under.
    pub fn texts(&self) -> [(&'static str, &Pii<String>); 8] {
        [
            ("body_mind", &self.body_mind),
            ("life_family", &self.life_family),
            ("support", &self.support),
            ("wishes", &self.wishes),
            ("explained", &self.explained),
            ("contact", &self.contact),
            ("next", &self.next),
            ("handover", &self.handover),
        ]
    }

    /// Whether nothing was written at all.
    pub fn are_empty(&self) -> bool {
        self.texts()
            .iter()
            .all(|(_, text)| text.expose().trim().is_empty())
    }
}

/// 判定: chosen by whoever held the interview, never by the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// なし
    None,
    /// 経過観察
    Watch,
    /// 要支援
    Support,
    /// ハイリスク
    HighRisk,
    /// 特定妊婦の候補
    Candidate,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_note_is_empty_and_has_no_verdict() {
        let content = Content::default();
        assert!(content.fields.are_empty());
        assert_eq!(content.verdict, None);
        let spaces = Fields {
            wishes: Pii::new(" 　\n".to_owned()),
            ..Fields::default()
        };
        assert!(spaces.are_empty());
        let written = Fields {
            handover: Pii::new("地区担当 保健師".to_owned()),
            ..Fields::default()
        };
        assert!(!written.are_empty());
    }
}
