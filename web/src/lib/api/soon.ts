/** What the service is about to offer, written by hand. Everything here gives way to the generated schema and client.ts. */
import type { Message } from "../call/messages";
import { answer, client, type Answer } from "./client";

export type Tier = "immediate" | "review" | "notice" | "care";
export type DismissReason = "misheard" | "not_hers" | "past" | "about_services" | "figure_of_speech" | "other";

/** What the rules look for. `ask` holds questions in plain words, `how` ways of asking. */
export type Item = { item: string; label: string; tier: Tier; order: number; ask: string[]; how: string[]; services: string[]; emergency: boolean };

/** The whole text of one segment in three pieces; all empty when the words are destroyed. */
export type FlagQuote = { segment: string; participant: string; party: string; start_ms: number; part: "question" | "answer" | "statement"; before: string; marked: string; after: string };

export type Flag = {
  id: string;
  item: string;
  label: string;
  tier: Tier;
  /** Null: added by hand. */
  rule: string | null;
  how: string | null;
  state: "suggested" | "confirmed" | "dismissed" | "held";
  unsure: boolean;
  speaker_unknown: boolean;
  quotes: FlagQuote[];
  /** What somebody saw or heard, in their own words. */
  seen: string | null;
  made_at: string;
  made_by: string | null;
  decided: { by: string; by_me: boolean; at: string; reason: string | null; words: string | null; until: string | null } | null;
  alert: { due_at: string; told_at: string | null; opened_at: string | null } | null;
  at_ms: number | null;
  revision: number;
  withdrawn: boolean;
};

export type Asked = "not_asked" | "asked" | "positive" | "negative" | "vague" | "declined";
export type Coverage = { item: string; state: Asked; source: "engine" | "form" | "nurse" | null };
export type Flags = { pack_version: string; flags: Flag[]; coverage: Coverage[] };
export type Memo = { text: string; revision: number; saved_at: string | null };
export type Certificate = { certificate: string; at: string };

/** News of the socket that the generated union lacks. */
export type Caption = { participant: string; party: string; id: string; text: string; final: boolean };
export type SoonMessage = Message | { type: "flag"; at_ms: number; data: Flag } | { type: "coverage"; at_ms: number; data: Coverage } | { type: "caption"; at_ms: number; data: Caption };

/** Where the recognizer was unsure: UTF-16 offsets of the text. */
export type Unsure = readonly (readonly [number, number])[];

type Anything = { [method in "GET" | "POST" | "PUT"]: (path: string, init?: object) => Promise<{ data?: never; error?: unknown; response: Response }> };
const any = client as unknown as Anything;

const get = <T>(path: string): Promise<Answer<T>> => answer<T>(any.GET(path));
const post = <T>(path: string, body?: object): Promise<Answer<T>> => answer<T>(any.POST(path, body && { body }));
const put = <T>(path: string, body: object): Promise<Answer<T>> => answer<T>(any.PUT(path, { body }));

export const listItems = () => get<{ version: string; items: Item[] }>("/api/rules/items");
export const readFlags = (id: string) => get<Flags>(`/api/interviews/${id}/flags`);
export const addFlag = (id: string, body: { item: string; seen: string; at_ms: number | null }) => post<Flag>(`/api/interviews/${id}/flags`, body);
export const confirmFlag = (id: string, flag: string, body: { revision: number }) => post<Flag>(`/api/interviews/${id}/flags/${flag}/confirm`, body);
export const dismissFlag = (id: string, flag: string, body: { revision: number; reason: DismissReason; words: string | null }) => post<Flag>(`/api/interviews/${id}/flags/${flag}/dismiss`, body);
export const holdFlag = (id: string, flag: string, body: { revision: number; words: string; until: string }) => post<Flag>(`/api/interviews/${id}/flags/${flag}/hold`, body);
export const reopenFlag = (id: string, flag: string, body: { revision: number }) => post<Flag>(`/api/interviews/${id}/flags/${flag}/reopen`, body);
export const tickItem = (id: string, item: string, body: { state: Exclude<Asked, "not_asked"> | null }) => put<Coverage>(`/api/interviews/${id}/coverage/${item}`, body);
export const readMemo = (id: string) => get<Memo>(`/api/interviews/${id}/memo`);
export const saveMemo = (id: string, body: { revision: number; text: string }) => put<{ revision: number; saved_at: string }>(`/api/interviews/${id}/memo`, body);

/** Destroys today's voice and text of this seat's interview. */
export const withdraw = () => post<Certificate>("/api/join/withdraw");
export const pause = (on: boolean) => post<void>("/api/join/pause", { on });
