/** What a service has made of the voices of one talk, read from outside, and the same way whether it may or not. */
import { execFile } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Demo } from "./service";

/** Where nobody agreed, every one of these is 0. */
type Made = Record<"taps" | "decoders" | "lines" | "segments" | "flags" | "quotes" | "coverage" | "keys" | "spool" | "objects", number>;

/** `voices` have been heard live, consent or not; `settled` ones have their account of time: the talk is over. */
export type Probes = { voices: number; settled: number; made: Made };

export const NOTHING: Made = { taps: 0, decoders: 0, lines: 0, segments: 0, flags: 0, quotes: 0, coverage: 0, keys: 0, spool: 0, objects: 0 };

export async function probes(demo: Demo, interview: string): Promise<Probes> {
  const { voices, settled, ...rows } = await counted(demo.data, interview);
  const log = demo.log().split("\n");
  const said = (what: RegExp) => log.filter((line) => what.test(line)).length;
  const made = {
    ...rows,
    taps: said(/ a tap is open\b/),
    decoders: said(/ a decoder is made\b/),
    lines: said(/\b(taps?|decoders?|segments?|utterances?|spool|scribe)\b/i),
    spool: files(join(demo.data, "spool")),
    objects: files(join(demo.data, "blobs")),
  };
  return { voices, settled, made };
}

const ROWS = `
  WITH voice AS (SELECT tracks.id FROM tracks JOIN calls ON calls.id = call_id WHERE interview_id = :interview)
  SELECT (SELECT count(*) FROM voice)                                                             AS voices,
         (SELECT count(*) FROM accounts WHERE track_id IN voice)                                  AS settled,
         (SELECT count(*) FROM segments WHERE track_id IN voice)                                  AS segments,
         (SELECT count(*) FROM flags WHERE interview_id = :interview)                             AS flags,
         (SELECT count(*) FROM flag_quotes JOIN flags ON id = flag_id WHERE interview_id = :interview) AS quotes,
         (SELECT count(*) FROM coverage WHERE interview_id = :interview AND source = 'engine')    AS coverage,
         (SELECT count(*) FROM keys.data_keys WHERE kind = 'audio')                               AS keys`;

/** Node 20 has no SQLite of its own; Python, which the bootstrap asks for, has. */
const READ = `
import json, sqlite3, sys
folder, interview, query = sys.argv[1:]
db = sqlite3.connect(f"file:{folder}/yorisoi.db?mode=ro", uri=True)
db.row_factory = sqlite3.Row
db.execute("ATTACH ? AS keys", (f"file:{folder}/keys.db?mode=ro",))
print(json.dumps(dict(db.execute(query, {"interview": bytes.fromhex(interview.replace("-", ""))}).fetchone())))`;

type Rows = Omit<Probes, "made"> & Omit<Made, "taps" | "decoders" | "lines" | "spool" | "objects">;

async function counted(folder: string, interview: string): Promise<Rows> {
  const { stdout } = await promisify(execFile)("python3", ["-c", READ, folder, interview, ROWS]);
  return JSON.parse(stdout) as Rows;
}

function files(folder: string): number {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).length;
}
