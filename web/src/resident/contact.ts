/** What she typed on the call-back page, and what is sent of it. */
import type { Schemas } from "../lib/api/client";

export type TypedContact = { phone: string; place: "home" | "elsewhere" | undefined; where: string };
export type ContactField = "phone" | "place" | "where";

export const nothingGiven: TypedContact = { phone: "", place: undefined, where: "" };

/** Read by the nurse, so it is her word and not the phone's language. */
const HOME = "自宅";

/** Digits of any width, with what people put between them; the server stores them bare. */
export function readContact(typed: TypedContact): { body: Schemas["Contact"] } | { unread: ContactField[] } {
  const callback = typed.phone.normalize("NFKC").trim();
  const digits = callback.replace(/[\s()‐–—ー−-]/g, "");
  const where = typed.where.trim();
  const unread: ContactField[] = [];
  if (!/^(\d{10,11}|\+\d{8,15})$/.test(digits)) unread.push("phone");
  if (typed.place === undefined) unread.push("place");
  if (typed.place === "elsewhere" && where === "") unread.push("where");
  return unread.length > 0 ? { unread } : { body: { callback, place: typed.place === "home" ? HOME : where } };
}

/** The last four digits, by which she knows her number and nobody else does. */
export const lastFour = (phone: string): string => phone.normalize("NFKC").replace(/\D/g, "").slice(-4);
