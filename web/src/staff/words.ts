/** The words for what the contract names by code. */
import type { Schemas } from "../lib/api/client";
import type { GapReason } from "../lib/call/messages";
import { m } from "../lib/i18n/staff";
import type { IconName } from "../lib/ui/icons";

type Line = Schemas["InterviewLine"];

export const kind: Record<Line["kind"], () => string> = {
  notification: m.kind_notification,
  eighth_month: m.kind_eighth_month,
  after_birth: m.kind_after_birth,
  any_time: m.kind_any_time,
};

export const kindLong: Record<Line["kind"], () => string> = {
  notification: m.kind_notification_long,
  eighth_month: m.kind_eighth_month_long,
  after_birth: m.kind_after_birth_long,
  any_time: m.kind_any_time_long,
};

export const method: Record<Line["method"], { word: () => string; icon: IconName }> = {
  online: { word: m.method_online, icon: "camera" },
  in_person: { word: m.method_in_person, icon: "user" },
  telephone: { word: m.method_telephone, icon: "phone" },
};

export const party: Record<"nurse" | Schemas["Guest"]["role"], () => string> = {
  nurse: m.party_nurse,
  resident: m.party_resident,
  companion: m.party_companion,
  interpreter: m.party_interpreter,
};

/** Whose words a flag quotes: an interpreter's are hers. In the room and in the talk they stay a person of their own. */
export const quotedParty: typeof party = { ...party, interpreter: m.quoted_interpreter };

export const fieldError: Record<Schemas["FieldCode"], () => string> = {
  required: m.error_required,
  too_long: m.error_too_long,
  too_short: m.error_too_short,
  too_common: m.error_too_common,
  control_characters: m.error_control_characters,
  not_kana: m.error_not_kana,
  not_a_date: m.error_not_a_date,
  not_a_phone_number: m.error_not_a_phone_number,
  out_of_range: m.error_out_of_range,
  not_known: m.error_not_known,
  not_a_time: m.error_not_a_time,
  not_text: m.error_not_text,
  open_quote: m.error_open_quote,
  already_booked: m.error_already_booked,
};

type GapWords = { icon: IconName; word: () => string; means: () => string };

const gaps: Record<GapReason, GapWords> = {
  absent: { icon: "user", word: m.gap_absent, means: m.gap_absent_means },
  muted: { icon: "mic-off", word: m.gap_muted, means: m.gap_muted_means },
  network: { icon: "wifi-off", word: m.gap_network, means: m.gap_network_means },
  paused: { icon: "pause", word: m.gap_paused, means: m.gap_paused_means },
  not_consented: { icon: "eye-off", word: m.gap_not_consented, means: m.gap_not_consented_means },
  captions_only: { icon: "caption", word: m.gap_captions_only, means: m.gap_captions_only_means },
  overload: { icon: "clock", word: m.gap_overload, means: m.gap_overload_means },
  deferred: { icon: "clock", word: m.gap_deferred, means: m.gap_deferred_means },
  crash: { icon: "alert", word: m.gap_crash, means: m.gap_crash_means },
  unintelligible: { icon: "question", word: m.gap_unintelligible, means: m.gap_unintelligible_means },
  language: { icon: "globe", word: m.gap_language, means: m.gap_language_means },
  off_system: { icon: "phone", word: m.gap_off_system, means: m.gap_off_system_means },
};

/** A reason that this page does not know yet is still a gap. */
export const gap = (reason: string): GapWords =>
  (gaps as Partial<Record<string, GapWords>>)[reason] ?? { icon: "minus", word: m.gap_other, means: m.gap_other_means };

/** 2分10秒 */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  return s < 60 ? m.wait_seconds({ seconds: s }) : m.wait_words({ minutes: Math.floor(s / 60), seconds: s % 60 });
}

/** A mobile number as people read it aloud; area codes differ in length, so others stay as they are. */
export const phoneNumber = (digits: string): string => digits.replace(/^(0\d0)(\d{4})(\d{4})$/, "$1-$2-$3");
