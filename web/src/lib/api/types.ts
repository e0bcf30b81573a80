/** Short names for what the pages speak of most. */
import type { Schemas } from "./client";

export type Tier = Schemas["Tier"];
export type Item = Schemas["RuleItem"];
export type Flag = Schemas["Flag"];
export type Flags = Schemas["Flags"];
export type FlagQuote = Schemas["FlagQuote"];
export type DismissReason = Schemas["Reason"];
export type Asked = Schemas["Asked"];
export type Speaker = Schemas["Speaker"];
export type Coverage = Schemas["Coverage"];
export type AlertLine = Schemas["AlertLine"];
export type HelpCallLine = Schemas["HelpCallLine"];
export type Certificate = Schemas["WithdrawalCertificate"];
export type Caption = Schemas["CaptionView"];
/** Where the recognizer was unsure: from and to in UTF-16 units of the text. */
export type Unsure = readonly (readonly number[])[];
/** Words that are shown in place of what was heard. */
export type Repairs = readonly Schemas["RepairView"][];

export type Note = Schemas["Note"];
export type NoteState = Schemas["NoteState"];
export type NoteFields = Schemas["NoteFields"];
export type NoteFacts = Schemas["Facts"];
export type NoteVersion = Schemas["NoteVersionLine"];
export type NoteQuotes = Note["quotes"];
export type Verdict = Schemas["Verdict"];
/** What stands between a note and its next step. */
export type LeftLine = Schemas["LeftLine"];
export type Review = Schemas["Review"];
export type Queue = Schemas["ReviewQueue"];
export type QueueRow = Schemas["QueueRow"];
export type RecordView = Schemas["Record"];
export type RecordFlag = Schemas["RecordFlag"];

export type Rules = Schemas["Rules"];
export type LikenessLine = Schemas["LikenessLine"];
export type RuleLine = Schemas["RuleLine"];
export type RuleView = Schemas["RuleView"];
export type RuleText = Schemas["RuleText"];
export type RulePlace = Schemas["RulePlace"];
export type RulesActivation = Schemas["RulesActivation"];

/** What the phone shows next, and what it needs for that. */
export type JoinState = Schemas["JoinState"];
