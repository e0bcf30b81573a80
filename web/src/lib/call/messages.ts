/** What is said over the socket, as `src/signalling/message.rs` words it; only what the pages read. */

export type Party = "nurse" | "resident" | "companion" | "interpreter";

export type Participant = {
  id: string;
  party: Party;
  presence: "waiting" | "present" | "interrupted" | "absent" | "left" | "left_quickly";
  muted: boolean;
  camera_off: boolean;
};

export type Place = "waiting" | "inside";
export type Slots = { slots: (string | null)[] };
export type Snapshot = { you: string; place: Place; participants: Participant[]; slots: Slots; screen: string | null };
export type Nearby = { participant: string; someone: boolean };

/** A numbered message of the server. */
export type Message = { seq: number; at_ms: number } & (
  | { type: "snapshot"; data: Snapshot }
  | { type: "participant"; data: Participant }
  | { type: "slots"; data: Slots }
  | { type: "place"; data: { place: Place } }
  /** Staff only. */
  | { type: "nearby"; data: Nearby }
  | { type: "over"; data: { why: "ended" | "nobody_left" | "longest_reached" } }
);

/** The answer to a message of ours. */
export type Ack = { sdp?: string; resume?: string };
export type Refusal = { type: string };
