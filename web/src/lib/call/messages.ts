/** What is said over the socket, under short names. The contract itself is generated from the server's own types. */
import type { components } from "../api/schema";

type Schemas = components["schemas"];

export type Participant = Schemas["ParticipantView"];
export type Party = Schemas["Party"];
export type Place = Schemas["Place"];
export type Nearby = Schemas["NearbyView"];
export type Allowed = Schemas["Allowed"];

/** Why a stretch of a voice has no text; the server may know more of them than this page. */
export type GapReason =
  | "absent" | "muted" | "network" | "paused" | "not_consented" | "captions_only"
  | "overload" | "deferred" | "crash" | "unintelligible" | "language" | "off_system";

/** A numbered message of the server, to either side. */
export type Message = Schemas["ServerMessage_ResidentEvent"] | Schemas["ServerMessage_StaffEvent"];

/** A message of ours, and the answer to it. */
export type ClientType = Schemas["ClientBody"]["type"];
export type ClientData<Type extends ClientType> = Extract<Schemas["ClientBody"], { type: Type }>["data"];
export type Ack = Schemas["Ack"];
export type Refusal = Schemas["SocketProblem"];
