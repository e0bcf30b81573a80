/** What the pages read of notes, reviews and records until the generated types have it. */
import type { components } from "./schema";
import type { Flag, Flags, Tier } from "./soon";

type Schemas = components["schemas"];

export type NoteState = "draft" | "submitted" | "returned" | "approved";
export type Verdict = "none" | "watch" | "support" | "high_risk" | "candidate";
export type NoteFields = {
  body_mind: string;
  life_family: string;
  support: string;
  wishes: string;
  explained: string;
  contact: string;
  next: string;
  handover: string;
};
export type NoteQuotes = Partial<Record<keyof NoteFields, { segment: string; start_ms: number }[]>>;
export type NoteFacts = {
  interview: { kind: Schemas["Kind"]; method: Schemas["Method"]; started_at: string; ended_at: string | null };
  interviewer: string;
  /** Who else was in the talk, as codes of parties. */
  company: string[];
  identity_checked: boolean;
  consent: Pick<Schemas["Choices"], "transcription" | "keep_audio" | "sharing">;
  weeks: { weeks: number; days: number } | null;
  due_date: string | null;
  age: number | null;
  name: string;
  /** How she may be reached, and how not; the present one. */
  contact_restriction: string | null;
};
export type GateItem =
  | { kind: "flag"; flag: string; item: string; label: string; tier: Tier }
  | { kind: "held"; flag: string; item: string; label: string }
  | { kind: "verdict" }
  | { kind: "text" };
export type NoteVersion = { number: number; submitted_at: string; submitted_by: string };
export type Note = {
  id: string;
  state: NoteState;
  revision: number;
  number: string | null;
  fields: NoteFields;
  verdict: Verdict | null;
  author: { name: string; me: boolean } | null;
  saved_at: string | null;
  /** The last one that was submitted; 0 for none. */
  version: number;
  versions: NoteVersion[];
  returned: { by: string | null; at: string; comment: string | null } | null;
  facts: NoteFacts;
  gate: { open: boolean; left: GateItem[] };
  quotes: NoteQuotes;
};

/** What the day's list says of the note of an interview that is over, where it does. */
export type NoteHint = { note?: NoteState | null; note_due_on?: string | null };

export type ApproveItem =
  | { kind: "signature"; flag: string; item: string; label: string }
  | { kind: "held"; flag: string; item: string; label: string }
  | { kind: "own_note" | "not_submitted" | "flag" | "verdict" | "text" };
export type Review = {
  note: Note;
  flags: Flags;
  signatures: { flag: string; by: string; by_me: boolean; at: string }[];
  /** Labels of the items that nobody asked about. */
  coverage_left: string[];
  may_approve: { open: boolean; left: ApproveItem[] };
};

export type QueueRow = {
  interview: string;
  name: string;
  number: string | null;
  kind: Schemas["Kind"];
  method: Schemas["Method"];
  interviewer: string;
  started_at: string;
  state: "writing" | "submitted" | "returned" | "held";
  submitted_at: string | null;
  version: number;
  /** The most urgent. */
  tier: Tier | null;
  counts: Record<Tier, number>;
  due_on: string;
  overdue: boolean;
  held: number;
  contact_restricted: boolean;
};
export type AlertLine = {
  id: string;
  interview: string;
  name: string;
  /** Null: her words were withdrawn. */
  flag: string | null;
  /** The day on which the flag was held is over. */
  hold_over: boolean;
  due_at: string;
  told_at: string | null;
  opened_at: string | null;
  opened_by: string | null;
};
export type Queue = { rows: QueueRow[]; today: number; overdue: number; median_days: { value: number; n: number } | null; alerts: AlertLine[] };

export type RecordFlag = {
  item: string;
  label: string;
  tier: Tier;
  state: Flag["state"];
  reason: string | null;
  decided_by: string | null;
  decided_at: string | null;
  signed_by: string | null;
  signed_at: string | null;
};
export type RecordView = {
  number: string;
  state: "approved" | "amended";
  version: number;
  approved_at: string;
  approver: string;
  fields: NoteFields;
  verdict: Verdict | null;
  facts: NoteFacts;
  quotes: NoteQuotes;
  flags: RecordFlag[];
  addenda: { at: string; by: string; words: string }[];
  history: { at: string; kind: string; by: string | null; words: string | null; version: number | null; audit_number: number | null }[];
  sha256: string;
  retention: { transcript_until: string; record_until: string };
  rules_version: string;
  model_sha256: string[];
};

type Id = { path: { id: string } };
type Sends<T> = { content: { "application/json": T } };
type Gives<T, Status extends number = 200> = { [status in Status]: { headers: Record<string, unknown>; content: { "application/json": T } } };
type Gets<T, P = Id> = { parameters: P; responses: Gives<T> };
type Asks<B, T, P = Id> = { parameters: P; requestBody: Sends<B>; responses: Gives<T> };
type Only<Methods> = { parameters: object } & Methods;

/** The operations, in the generated form. */
export type NotePaths = {
  "/api/interviews/{id}/note": Only<{ get: Gets<Note>; put: Asks<{ revision: number; fields: NoteFields; verdict: Verdict | null }, Note> }>;
  "/api/interviews/{id}/note/submit": Only<{ post: Asks<{ revision: number }, Note> }>;
  "/api/interviews/{id}/note/return": Only<{ post: Asks<{ revision: number; comment: string }, Note> }>;
  "/api/interviews/{id}/note/approve": Only<{ post: Asks<{ revision: number }, { record: string; number: string | null }> }>;
  "/api/interviews/{id}/flags/{flag}/sign": Only<{ post: Asks<{ revision: number }, undefined, { path: { id: string; flag: string } }> }>;
  "/api/interviews/{id}/review": Only<{ get: Gets<Review> }>;
  "/api/review": Only<{ get: Gets<Queue, { query: { office: string } }> }>;
  "/api/interviews/{id}/record": Only<{ get: Gets<RecordView> }>;
  "/api/interviews/{id}/record/addenda": Only<{ post: Asks<{ words: string }, undefined> }>;
  "/api/alerts": Only<{ get: Gets<AlertLine[], object> }>;
  "/api/alerts/{id}/open": Only<{ post: { parameters: Id; responses: Gives<undefined> } }>;
};
