/** Times as people here read and type them: 24 hours, the city's zone, whatever the computer's clock is set to. */

const ZONE = "Asia/Tokyo";
/** The zone has no summer time. */
const OFFSET = "+09:00";

const format = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat("ja-JP", { timeZone: ZONE, ...options });
const clock = format({ hour: "numeric", minute: "2-digit", hourCycle: "h23" });
const exact = format({ hour: "numeric", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
const long = format({ year: "numeric", month: "long", day: "numeric", weekday: "short" });
const short = format({ month: "long", day: "numeric", weekday: "short" });
const plain = format({ month: "long", day: "numeric" });
const born = format({ year: "numeric", month: "long", day: "numeric" });
const iso = new Intl.DateTimeFormat("sv-SE", { timeZone: ZONE });

/** 9:58 */
export const hourMinute = (at: string | number | Date): string => clock.format(new Date(at));
/** 9:58:07 */
export const hourMinuteSecond = (at: string | number | Date): string => exact.format(new Date(at));
/** 2026年11月25日(水) */
export const dayLong = (at: string | number | Date): string => long.format(new Date(at));
/** 11月25日(水) */
export const dayShort = (at: string | number | Date): string => short.format(new Date(at));
/** 11月27日, of a calendar day. */
export const dayMonth = (day: string): string => plain.format(new Date(`${day}T12:00${OFFSET}`));
/** 9:58 of today, else 11月25日 9:58. */
export const whenShort = (at: string | number | Date, now: number): string =>
  cityDay(new Date(at)) === cityDay(now) ? hourMinute(at) : `${plain.format(new Date(at))} ${hourMinute(at)}`;
/** 11月25日 9:58, with its year where that is another one than now's. */
export const whenLong = (at: string | number | Date, now: number): string => {
  const day = cityDay(new Date(at));
  return `${(day.slice(0, 4) === cityDay(now).slice(0, 4) ? plain : born).format(new Date(at))} ${hourMinute(at)}`;
};
/** From one calendar day to the other; below 0 when it is past. */
export const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / 86_400_000);
/** 1998年5月12日, of a calendar day. */
export const birthday = (day: string): string => born.format(new Date(`${day}T12:00${OFFSET}`));
/** 2026-11-25 */
export const cityDay = (at: number | Date = Date.now()): string => iso.format(at);
/** The instant of a day and a time that were typed. */
export const cityInstant = (day: string, time: string): string => new Date(`${day}T${time}:00${OFFSET}`).toISOString();

/** 2:10, and 1:02:10 from an hour on. Never below 0:00: two clocks may differ by a moment. */
export function minutesSeconds(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000));
  const two = (n: number) => String(n).padStart(2, "0");
  const hours = Math.floor(s / 3600);
  return hours > 0 ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
}
