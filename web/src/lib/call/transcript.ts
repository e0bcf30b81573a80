/** What was said, as the nurse's page knows it: pure state, from the socket's news and the text that was kept before. */
import type { components } from "../api/schema";
import type { Repairs, Speaker, Unsure } from "../api/types";
import type { Allowed, GapReason, Message, Party } from "./messages";

type Schemas = components["schemas"];

/** One utterance of one voice. Times are milliseconds of the interview. */
export type Turn = { kind: "turn"; id: string; participant: string; startMs: number; endMs: number; text: string; confirmed: boolean; unsure: Unsure; repairs: Repairs; given?: Speaker };
/** A stretch of one voice without text. */
export type Gap = { kind: "gap"; id: string; participant: string; startMs: number; endMs: number; reason: GapReason };
export type Entry = Turn | Gap;

export type Transcript = {
  /** In the order of speaking, all voices together. */
  entries: readonly Entry[];
  parties: ReadonlyMap<string, Party>;
  /** Who speaks, where it was said on this line; undefined: taken back. What was kept before is in the turn. */
  given: ReadonlyMap<string, Speaker | undefined>;
  /** The participant this page speaks for. */
  you: string | undefined;
  /** What may be done with each voice, as far as the server has said it on this line. */
  taps: ReadonlyMap<string, Allowed>;
  /** Voices that are paused now, and since when as far as this page knows, in ms of the interview. */
  paused: ReadonlyMap<string, number>;
  /** Voices that are not listened to because somebody beside them has not agreed, and since when. */
  unheard: ReadonlyMap<string, number>;
  /** Voices that were taken back, and when; undefined where it happened before this page listened. */
  withdrawn: ReadonlyMap<string, string | undefined>;
  /** For how long the oldest utterance of each late voice has been waiting, in ms. */
  behind: ReadonlyMap<string, number>;
  /** The service has no speech model for now: no voice becomes text. */
  stopped: boolean;
};

export const nothingSaid: Transcript = { entries: [], parties: new Map(), given: new Map(), you: undefined, taps: new Map(), paused: new Map(), unheard: new Map(), withdrawn: new Map(), behind: new Map(), stopped: false };

/** Gaps of one voice for one reason are one gap when no more than this lies between them. */
const ONE_GAP_MS = 1000;

/** The state after one message. What is no news of the transcript leaves it as it is. */
export function heard(state: Transcript, message: Message): Transcript {
  switch (message.type) {
    case "snapshot": {
      const { data, at_ms } = message;
      const taps = "taps" in data ? data.taps : [];
      const gone = "withdrawn" in data ? data.withdrawn : [];
      const withdrawn = new Map([...gone.map((each) => [each, undefined] as const), ...state.withdrawn]);
      return {
        // Whether an unfinished text was finished meanwhile is not known; the kept text is read again.
        entries: state.entries.filter((entry) => entry.kind === "gap" || (entry.confirmed && !withdrawn.has(entry.participant))).map((entry) => (entry.kind === "turn" ? asGiven(entry, speakerOf(state, entry)) : entry)),
        given: new Map(),
        parties: new Map([...state.parties, ...data.participants.map((each) => [each.id, each.party] as const)]),
        you: data.you,
        taps: new Map(taps.map((each) => [each.participant, each.allowed])),
        paused: new Map(taps.filter((each) => each.allowed === "paused").map(({ participant }) => [participant, state.paused.get(participant) ?? at_ms])),
        unheard: new Map(taps.filter((each) => each.allowed === "second_voice").map(({ participant }) => [participant, state.unheard.get(participant) ?? at_ms])),
        withdrawn,
        behind: new Map(),
        stopped: "recognition_stopped" in data && data.recognition_stopped,
      };
    }
    case "participant":
      return { ...state, parties: new Map(state.parties).set(message.data.id, message.data.party) };
    case "tap":
      return tapped(state, message.data, message.at_ms);
    case "withdrawn": {
      const { participant, at } = message.data;
      const behind = new Map(state.behind);
      behind.delete(participant);
      const entries = state.entries.filter((entry) => entry.kind === "gap" || entry.participant !== participant);
      return { ...state, entries, behind, withdrawn: new Map(state.withdrawn).set(participant, at) };
    }
    case "behind": {
      const behind = new Map(state.behind);
      if (message.data.waiting_ms > 0) behind.set(message.data.participant, message.data.waiting_ms);
      else behind.delete(message.data.participant);
      return { ...state, behind };
    }
    case "recognition":
      return { ...state, stopped: message.data.stopped };
    case "partial":
    case "segment": {
      const turn = asTurn(message.data, message.type === "segment");
      if (state.withdrawn.has(turn.participant)) return state;
      // Confirmed text does not change: a partial that comes after it, or the same text again, says nothing new.
      if (state.entries.some((entry) => entry.kind === "turn" && entry.id === turn.id && entry.confirmed)) return state;
      return { ...state, entries: put(without(state.entries, turn.id), turn) };
    }
    case "speaker":
      return named(state, message.data.segment, message.data.speaker);
    case "gap":
      return { ...state, entries: putGap(without(state.entries, message.data.void ?? undefined), message.data) };
    default:
      return state;
  }
}

/** The state in which somebody has said who speaks in a turn. */
export const named = (state: Transcript, segment: string, speaker: Speaker | null | undefined): Transcript =>
  ({ ...state, given: new Map(state.given).set(segment, speaker ?? undefined) });

/** Who speaks, where a nurse has said so; undefined: whoever's track it is. */
export const speakerOf = ({ given }: Pick<Transcript, "given">, turn: Turn): Speaker | undefined => (given.has(turn.id) ? given.get(turn.id) : turn.given);

/** The state with the text that was kept before this page listened. The kept text is right where both have it. */
export function withKept(state: Transcript, segments: readonly Schemas["TranscriptSegment"][]): Transcript {
  const kept = new Set(segments.map((each) => each.id));
  // Read a moment before they were taken back, answered after it.
  const entries = segments.filter((each) => !state.withdrawn.has(each.participant)).reduce<readonly Entry[]>(
    (all, each) => put(all, asTurn(each, true)),
    state.entries.filter((entry) => !kept.has(entry.id)),
  );
  const parties = segments.map((each) => [each.participant, each.party as Party] as const);
  return { ...state, entries, parties: new Map([...parties, ...state.parties]) };
}

/** The state of her who agreed in the middle of the talk: up to then there is no text, and the first row says so. */
export const agreedAt = (state: Transcript, participant: string, atMs: number): Transcript =>
  ({ ...state, entries: putGap(state.entries, { participant, start_ms: 0, end_ms: atMs, reason: "not_consented" }) });

/** The state without a word of anybody: she does not want the text any more. */
export const forgotten = (state: Transcript): Transcript => ({ ...state, entries: [], behind: new Map() });

/** The newest line, for reading aloud. */
export const newestTurn = (state: Transcript): Turn | undefined => state.entries.findLast((entry) => entry.kind === "turn");

/** How late the text is, in ms; 0 while it is in time. */
export const lateness = (state: Transcript): number => Math.max(0, ...state.behind.values());

/** Who has paused what: `all` is staff's doing, `her` her own, for her voice alone. */
export type Paused = { by: "all" | "her"; sinceMs: number };

/** What is paused now. Only where every voice is, the voice at this page is too: nobody pauses their own here. */
export function pausedNow({ you, paused }: Transcript, resident: string | undefined): Paused | undefined {
  const all = you === undefined ? undefined : paused.get(you);
  if (all !== undefined) return { by: "all", sinceMs: all };
  const her = resident === undefined ? undefined : paused.get(resident);
  return her === undefined ? undefined : { by: "her", sinceMs: her };
}

/** `running` and `captions`: words come, or would if they were not paused. `resting`: she agreed, and for the moment no voice is listened to. `none`: no text. */
export type Doing = "running" | "captions" | "resting" | "none";

/** What is done with her words: what the server has said of her voice, and until it has, what she agreed to. */
export function doing(tap: Allowed | undefined, agreed: Schemas["Choices"]["transcription"]): Doing {
  if (tap === "nothing") return agreed === "transcript" || agreed === "captions_only" ? "resting" : "none";
  // Somebody beside her is asked first: the pane stays, her words do not come.
  if (tap === "paused" || tap === "second_voice") return agreed === "captions_only" ? "captions" : "running";
  if (tap !== undefined) return tap === "captions_only" ? "captions" : "running";
  return agreed === "transcript" ? "running" : agreed === "captions_only" ? "captions" : "none";
}

/** A part of a text as it is shown. `heard`: what the recognizer wrote, where another word is shown for it. */
export type Piece = { text: string; unsure: boolean; heard?: string };

/** The text in pieces: repaired words, and what lies between them by how sure it is. */
export function withRepairs(text: string, unsure: Unsure, repairs: Repairs): Piece[] {
  const parts: Piece[] = [];
  let end = 0;
  const between = (from: number, to: number) => parts.push(...pieces(text.slice(from, to), unsure.map(([a = 0, b = 0]) => [Math.max(a, from) - from, Math.min(b, to) - from])));
  for (const { at: [from = 0, to = 0], now } of repairs) {
    if (from < end || to <= from || to > text.length) continue;
    between(end, from);
    parts.push({ text: now, unsure: false, heard: text.slice(from, to) });
    end = to;
  }
  between(end, text.length);
  return parts;
}

/** The text in pieces, alternately sure and unsure; what lies outside the text or overlaps is left out. */
export function pieces(text: string, unsure: Unsure): Piece[] {
  const parts: Piece[] = [];
  let end = 0;
  for (const [from = 0, to = 0] of [...unsure].sort(([a = 0], [b = 0]) => a - b)) {
    if (from < end || to <= from || to > text.length) continue;
    if (from > end) parts.push({ text: text.slice(end, from), unsure: false });
    parts.push({ text: text.slice(from, to), unsure: true });
    end = to;
  }
  if (end < text.length) parts.push({ text: text.slice(end), unsure: false });
  return parts;
}

type Said = { id: string; participant: string; start_ms: number; end_ms: number; text: string; unsure?: Unsure; repairs?: Repairs; speaker?: Speaker | null };

const asTurn = (said: Said, confirmed: boolean): Turn =>
  asGiven({ kind: "turn", id: said.id, participant: said.participant, startMs: said.start_ms, endMs: said.end_ms, text: said.text, confirmed, unsure: said.unsure ?? [], repairs: said.repairs ?? [] }, said.speaker ?? undefined);

function asGiven({ given: _, ...turn }: Turn, given: Speaker | undefined): Turn {
  return { ...turn, ...(given && { given }) };
}

/** What ends here, a pause or somebody beside her who had not agreed, is a gap from now on; the service writes its own down when the talk is over. */
function tapped(state: Transcript, { participant, allowed }: Schemas["TapView"], atMs: number): Transcript {
  const taps = new Map(state.taps).set(participant, allowed);
  const [paused, pausedSince] = since(state.paused, participant, allowed === "paused", atMs);
  const [unheard, unheardSince] = since(state.unheard, participant, allowed === "second_voice", atMs);
  const over = [[pausedSince, "paused"], [unheardSince, "not_consented"]] as const;
  // What was still being recognised is not shown any more: of a text that is kept its final words come.
  const closed = allowed === "nothing" || allowed === "paused" || allowed === "second_voice";
  const still = (entry: Entry) => entry.kind === "turn" && entry.participant === participant && !entry.confirmed;
  const entries = over.reduce<readonly Entry[]>(
    (all, [from, reason]) => (from === undefined || from >= atMs ? all : putGap(all, { participant, start_ms: from, end_ms: atMs, reason })),
    closed ? state.entries.filter((entry) => !still(entry)) : state.entries,
  );
  return { ...state, taps, paused, unheard, entries };
}

/** Since when it has been so of each voice; and since when it was so of this one, if that is over now. */
function since(of: ReadonlyMap<string, number>, participant: string, now: boolean, atMs: number): [ReadonlyMap<string, number>, number | undefined] {
  const all = new Map(of);
  const before = all.get(participant);
  if (now) return [all.set(participant, before ?? atMs), undefined];
  all.delete(participant);
  return [all, before];
}

const without = (entries: readonly Entry[], id: string | undefined): readonly Entry[] => entries.filter((entry) => entry.id !== id);

/** At its time, and after what began at the same one. */
function put(entries: readonly Entry[], entry: Entry): readonly Entry[] {
  const at = entries.findLastIndex((each) => each.startMs <= entry.startMs) + 1;
  return [...entries.slice(0, at), entry, ...entries.slice(at)];
}

function putGap(entries: readonly Entry[], gap: Schemas["GapView"]): readonly Entry[] {
  const before = entries.findLast(
    (each): each is Gap => each.kind === "gap" && each.participant === gap.participant && each.reason === gap.reason && each.startMs <= gap.start_ms && gap.start_ms - each.endMs <= ONE_GAP_MS,
  );
  if (before) return entries.map((each) => (each === before ? { ...before, endMs: Math.max(before.endMs, gap.end_ms) } : each));
  const { participant, start_ms, end_ms, reason } = gap;
  return put(entries, { kind: "gap", id: `gap ${participant} ${start_ms} ${reason}`, participant, startMs: start_ms, endMs: end_ms, reason: reason as GapReason });
}

/** No voice becomes text: the service says so, or what came last is a stretch that it could not hear. */
export function stands(text: Transcript): boolean {
  const last = text.entries.at(-1);
  return text.stopped || (last?.kind === "gap" && (last.reason === "crash" || last.reason === "overload"));
}

/** The text is so late that she should go by what she hears. */
export const behind = (text: Transcript): boolean => lateness(text) > BEHIND_MS;
const BEHIND_MS = 15_000;
