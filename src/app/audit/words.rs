//! What each event of the audit is called in Japanese, on pages and in exports.

/// What happened, of a stored code. A code without words is shown by what it is: an operation.
pub(super) fn of(code: &str) -> &'static str {
    if code.starts_with(yorisoi_domain::audit::DENIED) {
        return "許可のない操作を断った";
    }
    let found = WORDS.iter().find(|(known, _)| *known == code);
    found.map_or("操作した", |(_, words)| words)
}

/// Who did it, where they have no staff id.
pub(super) fn role(kind: &str, role: &str) -> &'static str {
    match (kind, role) {
        ("staff", "nurse") => "保健師",
        ("staff", "approver") => "統括",
        ("staff", "administrator") => "管理者",
        ("staff", _) => "職員",
        ("participant", _) => "本人側",
        ("operator", _) => "コマンド",
        ("system", _) => "自動",
        _ => "不明",
    }
}

const WORDS: &[(&str, &str)] = &[
    ("keys_made", "鍵を作った"),
    ("migrated", "データの形を新しくした"),
    ("office_added", "所属を加えた"),
    ("contact_list_changed", "知らせる相手を変えた"),
    ("user_added", "利用者を加えた"),
    ("user_disabled", "利用者を止めた"),
    ("user_enabled", "利用者の停止を解いた"),
    ("signed_out_everywhere", "すべての端末からサインアウトした"),
    ("second_factor_begun", "確認アプリの登録を始めた"),
    ("second_factor_set", "確認アプリを登録した"),
    ("second_factor_reset", "確認アプリの登録を消した"),
    ("recovery_code_used", "予備コードを使った"),
    ("password_changed", "パスワードを変えた"),
    ("grants_changed", "役割を変えた"),
    ("nurse_given", "保健師の役割を加えた"),
    ("nurse_taken", "保健師の役割を外した"),
    ("approver_given", "統括の役割を加えた"),
    ("approver_taken", "統括の役割を外した"),
    ("administrator_given", "管理者の役割を加えた"),
    ("administrator_taken", "管理者の役割を外した"),
    ("assignment_made", "他の所属の担当にした"),
    ("sign_in_link_made", "サインインのリンクを作った"),
    ("sign_in_begun", "サインインの1段目を通った"),
    ("signed_in", "サインインした"),
    ("sign_in_failed", "サインインに失敗した"),
    ("second_step_failed", "確認コードがちがった"),
    ("signed_out", "サインアウトした"),
    ("users_read", "利用者の一覧を見た"),
    ("audit_read", "監査の記録を見た"),
    ("audit_exported", "監査の記録をCSVに書き出した"),
    ("audit_removed", "保存期間を過ぎた監査の記録を消した"),
    ("interviews_listed", "面談の一覧を見た"),
    ("booking_file_read", "予約の表を読み込んだ"),
    ("interview_booked", "面談を予約した"),
    ("interview_read", "面談の予約を見た"),
    ("interview_cancelled", "面談を取り消した"),
    ("interview_started", "面談を始めた"),
    ("interview_ended", "面談を終えた"),
    ("interview_no_show", "来なかったと記録した"),
    ("interview_declined", "面談を断ったと記録した"),
    ("method_changed", "面談の方法を変えた"),
    ("invitation_made", "参加リンクを作った"),
    ("invitation_revoked", "参加リンクを止めた"),
    ("invitation_claimed", "参加リンクを開いた"),
    ("claim_failed", "使えないリンクを開いた"),
    ("identity_passed", "本人確認を通った"),
    ("identity_failed", "本人確認に失敗した"),
    ("came_along", "同席者が入った"),
    ("contact_given", "連絡先を書いた"),
    ("device_checked", "カメラとマイクを確かめた"),
    ("nearby_said", "近くの人について答えた"),
    ("consent_recorded", "同意を記録した"),
    ("knocked", "入室を求めた"),
    ("came_to_counter", "窓口での面談の準備をした"),
    ("door_seen", "待っている人を見た"),
    ("admitted", "入室を許可した"),
    ("asked_to_wait", "待ってもらった"),
    ("moved_back", "待合にもどした"),
    ("refused", "入室を断った"),
    ("left", "退室した"),
    ("quick_exit", "すぐ閉じるを押した"),
    ("room_entered", "面談の部屋に入った"),
    ("talk_entered", "通話に入った"),
    ("call_opened", "通話が始まった"),
    ("call_closed", "通話が終わった"),
    ("track_opened", "音声が届きはじめた"),
    ("segment_confirmed", "文字起こしを記録した"),
    ("speaker_given", "発話の話し手を直した"),
    ("speaker_taken_back", "発話の話し手をもとに戻した"),
    ("transcript_read", "文字起こしを開いた"),
    ("audio_played", "音声を聞いた"),
    ("paused", "文字起こしを止めた"),
    ("resumed", "文字起こしを再開した"),
    ("withdrawn", "同意を取り消した"),
    ("withdrawal_done", "取り消しによる削除を終えた"),
    ("words_deleted", "言葉を削除した"),
    ("form_saved", "質問票を保存した"),
    ("forms_read", "質問票を見た"),
    ("forms_deleted", "質問票を削除した"),
    ("flags_read", "気づきを見た"),
    ("flag_found", "気づきを記録した"),
    ("flag_evidence_changed", "気づきの根拠が変わった"),
    ("flag_evidence_gone", "気づきの根拠がなくなった"),
    ("flag_added", "気づきを手で加えた"),
    ("flag_confirmed", "気づきを採用した"),
    ("flag_dismissed", "気づきを却下した"),
    ("flag_held", "気づきを保留した"),
    ("flag_reopened", "気づきの判断をもどした"),
    ("coverage_changed", "聞いた項目が変わった"),
    ("item_ticked", "聞いた項目に印をつけた"),
    ("alerts_listed", "知らせの一覧を見た"),
    ("alert_told", "統括へ知らせた"),
    ("alert_opened", "知らせを開いた"),
    ("key_destroyed", "鍵を破棄した"),
    ("note_begun", "記録票を作った"),
    ("note_read", "記録票を見た"),
    ("note_saved", "記録票を保存した"),
    ("note_submitted", "記録を提出した"),
    ("note_returned", "記録を差しもどした"),
    ("note_recalled", "記録がもどった"),
    ("note_approved", "記録を承認した"),
    ("review_listed", "承認待ちの一覧を見た"),
    ("own_notes_listed", "自分の記録票の一覧を見た"),
    ("review_read", "承認の画面を見た"),
    ("flag_signed", "即時の気づきを確認した"),
    ("record_read", "記録を見た"),
    ("restriction_set", "連絡の制限を変えた"),
    ("addendum_added", "記録に追記した"),
    ("memo_read", "手元のメモを見た"),
    ("memo_saved", "手元のメモを保存した"),
    ("audio_destroyed", "音声を破棄した"),
    ("talk_destroyed", "文字起こしを破棄した"),
    ("rules_read", "ルールを見た"),
    ("rule_changed", "ルールの下書きを変えた"),
    ("rules_tried", "ルールを試した"),
    ("activation_asked", "ルールの使用を申請した"),
    ("activation_approved", "ルールの使用を承認した"),
    ("activation_refused", "ルールの使用を断った"),
    ("activation_withdrawn", "ルールの申請を取り下げた"),
    ("rules_in_use", "ルールを使いはじめた"),
    ("keys_rotated", "鍵ファイルを替えた"),
    ("keys_backed_up", "鍵の控えを取った"),
    ("backed_up", "バックアップを取った"),
    ("restored", "バックアップから戻した"),
    ("second_voice_noted", "同じマイクで話す同席者を記録した"),
    ("certificates_read", "撤回の控えを見た"),
    ("help_called", "応援を呼んだ"),
    ("help_told", "応援の呼び出しを知らせた"),
    ("help_calls_listed", "応援の呼び出しの一覧を見た"),
    ("help_taken", "応援に向かうと答えた"),
    ("help_taken_back", "応援の呼び出しを取り消した"),
    ("barred_read", "記録を開けない職員の一覧を見た"),
    ("staff_barred", "職員が記録を開けないようにした"),
    ("bar_lifted", "記録を開けない制限を解いた"),
    ("record_destroyed", "面談記録票を破棄した"),
    ("legal_hold_set", "法律による保存を始めた"),
    ("legal_hold_lifted", "法律による保存を終えた"),
];

#[cfg(test)]
mod tests {
    use yorisoi_domain::audit::AuditAction;

    use super::*;

    /// A new action needs its words here.
    #[test]
    fn every_action_has_words_and_no_words_are_left_over() {
        let codes: Vec<_> = AuditAction::PLAIN
            .iter()
            .map(|action| action.code())
            .collect();
        for code in &codes {
            assert_ne!(of(code), "操作した", "{code}");
        }
        for (code, _) in WORDS {
            assert!(
                codes.iter().any(|known| known == code),
                "{code} is no action any more"
            );
        }
        assert_eq!(of("denied:read_note:no_role"), "許可のない操作を断った");
        assert_eq!(of("written by hand"), "操作した");
    }
}
