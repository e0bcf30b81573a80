/** What is typed to book an interview, and what is sent of it. Whether names and dates are good is the server's to say. */
import type { Schemas } from "../lib/api/client";
import { cityDay, cityInstant, hourMinute } from "../lib/time";

export type TypedBooking = {
  name: string;
  kana: string;
  birth: string;
  pregnancy: "due" | "weeks" | "unknown";
  due: string;
  weeks: string;
  days: string;
  kind: Schemas["Booking"]["kind"];
  method: Schemas["Booking"]["method"];
  day: string;
  time: string;
};

export type BookingField = "name" | "kana" | "birth_date" | "due_date" | "weeks" | "day" | "scheduled_at";
export type Errors = Partial<Record<BookingField, Schemas["FieldCode"]>>;

/** Proposes the next full hour today. */
export function emptyBooking(now = new Date()): TypedBooking {
  const next = new Date(Math.ceil(now.getTime() / 3_600_000) * 3_600_000);
  const time = hourMinute(next).padStart(5, "0");
  return { name: "", kana: "", birth: "", pregnancy: "due", due: "", weeks: "", days: "", kind: "notification", method: "online", day: cityDay(next), time };
}

export function readBooking(typed: TypedBooking, office: string): { body: Schemas["Booking"] } | { errors: Errors } {
  const errors: Errors = {};
  const need = (field: BookingField, value: string) => {
    if (value.trim() === "") errors[field] = "required";
  };
  need("name", typed.name);
  need("kana", typed.kana);
  need("birth_date", typed.birth);
  need("day", typed.day);
  need("scheduled_at", typed.time);
  if (typed.pregnancy === "due") need("due_date", typed.due);
  const weeks = { weeks: digits(typed.weeks), days: typed.days.trim() === "" ? 0 : digits(typed.days) };
  if (typed.pregnancy === "weeks" && !(weeks.weeks <= 45 && weeks.days <= 6)) errors.weeks = typed.weeks.trim() === "" ? "required" : "out_of_range";
  if (Object.keys(errors).length > 0) return { errors };
  return {
    body: {
      office,
      name: typed.name.trim(),
      kana: typed.kana.trim(),
      birth_date: typed.birth,
      ...(typed.pregnancy === "due" && { due_date: typed.due }),
      ...(typed.pregnancy === "weeks" && { weeks }),
      kind: typed.kind,
      method: typed.method,
      scheduled_at: cityInstant(typed.day, typed.time),
    },
  };
}

/** NaN where it is no number: then no comparison holds. */
function digits(text: string): number {
  const plain = text.normalize("NFKC").trim();
  return /^\d{1,2}$/.test(plain) ? Number(plain) : Number.NaN;
}
