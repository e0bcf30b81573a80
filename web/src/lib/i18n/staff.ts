/** The staff's words: Japanese only, so they come with the page; what no page uses is left out. */
import type * as Messages from "./generated/staff/messages/_index.js";
import * as words from "./generated/staff/messages/ja.js";

// The module of one locale lacks the optional arguments in its types; the index module has them.
export const m: typeof Messages = words as unknown as typeof Messages;
