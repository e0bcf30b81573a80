//! Which municipality this deployment serves.

use jiff::tz::TimeZone;
use serde::Deserialize;

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Municipality {
    pub name: String,
    /// 全国地方公共団体コード, six digits.
    pub code: String,
    #[serde(default = "tokyo")]
    pub time_zone: String,
    /// The city's own page with the counter's telephone number, shown where a link is not valid.
    pub contact_url: Option<String>,
}

fn tokyo() -> String {
    "Asia/Tokyo".to_owned()
}

impl Municipality {
    pub(super) fn check(&self) -> Result<(), String> {
        if self.code.len() != 6 || !self.code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err("municipality.code has six digits (全国地方公共団体コード)".to_owned());
        }
        // It becomes a link on every page that knows nobody.
        let is_page = |url: &String| url.starts_with("https://") || url.starts_with("tel:");
        if !self.contact_url.as_ref().is_none_or(is_page) {
            return Err("municipality.contact_url begins with https:// or tel:".to_owned());
        }
        TimeZone::get(&self.time_zone)
            .map(drop)
            .map_err(|_| "municipality.time_zone is a name such as Asia/Tokyo".to_owned())
    }

    /// The zone that "today" and every time on a page are in.
    #[must_use]
    pub fn zone(&self) -> TimeZone {
        TimeZone::get(&self.time_zone).unwrap_or(TimeZone::UTC)
    }
}
