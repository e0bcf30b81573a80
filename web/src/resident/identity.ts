/** What she typed on the identity page, and what is sent of it. */
import type { Schemas } from "../lib/api/client";

export type Typed = { kana: string; year: string; month: string; day: string; number: string };
export type Field = "kana" | "birth" | "number";

export const nothingTyped: Typed = { kana: "", year: "", month: "", day: "", number: "" };

/** The body of the request, or the fields that can't be read. Whether they are right is the server's to say. */
export function readTyped(typed: Typed): { body: Schemas["IdentityRequest"] } | { unread: Field[] } {
  const name_kana = typed.kana.normalize("NFKC").trim();
  const booking_number = typed.number.normalize("NFKC").trim().toUpperCase();
  const birth_date = isoDate(typed.year, typed.month, typed.day);
  const unread: Field[] = [];
  if (!/^[\p{Script=Hiragana}\p{Script=Katakana}ー・\s]+$/u.test(name_kana)) unread.push("kana");
  if (birth_date === undefined) unread.push("birth");
  if (booking_number === "") unread.push("number");
  return birth_date === undefined || unread.length > 0 ? { unread } : { body: { name_kana, birth_date, booking_number } };
}

/** Full-width digits count as digits; a day that the calendar lacks does not count. */
function isoDate(year: string, month: string, day: string): string | undefined {
  const [y, m, d] = [year, month, day].map((part) => part.normalize("NFKC").trim());
  if (!/^\d{4}$/.test(y!) || !/^\d{1,2}$/.test(m!) || !/^\d{1,2}$/.test(d!)) return undefined;
  const iso = `${y}-${m!.padStart(2, "0")}-${d!.padStart(2, "0")}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : undefined;
}
