/** The only place that speaks HTTP. Answers are values: a refusal and a lost line are no exceptions. */
import createClient from "openapi-fetch";
import type { components, paths } from "./schema";

export type Schemas = components["schemas"];
export type Problem = Schemas["Problem"];

export type Answer<T> =
  | { kind: "done"; value: T }
  /** The server said no, or failed; `problem.status` and `problem.type` say which. */
  | { kind: "refused"; problem: Problem }
  /** Nothing came back: no network, or the server is down. */
  | { kind: "offline" };

export type NotDone = Exclude<Answer<unknown>, { kind: "done" }>;

const client = createClient<paths>({
  baseUrl: "/",
  cache: "no-store",
  // A page of another site can't set this header without asking first: half of the CSRF guard.
  headers: { "X-Requested-With": "yorisoi" },
  // Looked up at the call, so that tests can put their own in its place.
  fetch: (request) => globalThis.fetch(request),
});

async function answer<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<Answer<T>> {
  try {
    const { data, error, response } = await call;
    if (response.ok) return { kind: "done", value: data as T };
    return { kind: "refused", problem: asProblem(error, response.status) };
  } catch {
    return { kind: "offline" };
  }
}

/** A proxy in between may answer with a page of its own: then only the status is known. */
function asProblem(body: unknown, status: number): Problem {
  if (typeof body === "object" && body !== null && "type" in body) return body as Problem;
  return { type: "about:blank", title: "unexpected answer", status };
}

/** The server knows who asks and says no to them, or knows them no more. */
export const isDenied = (answer: Answer<unknown>): boolean =>
  answer.kind === "refused" && (answer.problem.status === 401 || answer.problem.status === 403);

/** Whether this is the problem of that code: `isProblem(problem, "no-contacts")`. */
export const isProblem = (problem: Problem, code: string): boolean => problem.type === `urn:yorisoi:problem:${code}`;

// Signing in.
export const login = (body: Schemas["LoginRequest"]) => answer(client.POST("/api/login", { body }));
export const loginByLink = (secret: string) => answer(client.POST("/api/login/link", { body: { secret } }));
export const enterCode = (code: string) => answer(client.POST("/api/login/code", { body: { code } }));
/** Makes another secret each time. */
export const beginEnrolment = () => answer(client.POST("/api/login/enrolment"));
export const confirmEnrolment = (code: string) => answer(client.POST("/api/login/enrolment/confirm", { body: { code } }));
export const beginOwnEnrolment = (password: string | null) => answer(client.POST("/api/me/second-factor", { body: { password } }));
export const confirmOwnEnrolment = (code: string) => answer(client.POST("/api/me/second-factor/confirm", { body: { code } }));
export const changePassword = (body: Schemas["PasswordRequest"]) => answer(client.POST("/api/me/password", { body }));
export const logout = () => answer(client.POST("/api/logout"));
export const me = () => answer(client.GET("/api/me"));
export const listSessions = () => answer(client.GET("/api/me/sessions"));
export const endSession = (id: string, password: string | null) => answer(client.POST("/api/me/sessions/{id}/end", { params: { path: { id } }, body: { password } }));
export const endOtherSessions = (password: string | null) => answer(client.POST("/api/me/sessions/end-others", { body: { password } }));

// Looking after the accounts, and the audit.
export const listUsers = () => answer(client.GET("/api/users"));
export const addUser = (body: Schemas["UserRequest"]) => answer(client.POST("/api/users", { body }));
export const setGrants = (id: string, body: Schemas["Grants"]) => answer(client.PUT("/api/users/{id}/grants", { params: { path: { id } }, body }));
export const disableUser = (id: string) => answer(client.POST("/api/users/{id}/disable", { params: { path: { id } } }));
export const enableUser = (id: string) => answer(client.POST("/api/users/{id}/enable", { params: { path: { id } } }));
export const signOutUser = (id: string) => answer(client.POST("/api/users/{id}/sign-out", { params: { path: { id } } }));
export const resetSecondFactor = (id: string, password: string | null) => answer(client.POST("/api/users/{id}/reset-second-factor", { params: { path: { id } }, body: { password } }));
export type AuditQuestion = NonNullable<paths["/api/audit"]["get"]["parameters"]["query"]>;
export const readAudit = (query: AuditQuestion) => answer(client.GET("/api/audit", { params: { query } }));

// Booking and the door.
export const listInterviews = (office: string) => answer(client.GET("/api/interviews", { params: { query: { office } } }));
export const bookInterview = (body: Schemas["Booking"]) => answer(client.POST("/api/interviews", { body }));
/** The bytes as they are: which writing they are in is the server's to find out. */
export const readBookingFile = (office: string, file: Blob) =>
  answer(client.POST("/api/interviews/file", { params: { query: { office } }, body: "", bodySerializer: () => file, headers: { "Content-Type": "text/csv" } }));
export const readInterview = (id: string) => answer(client.GET("/api/interviews/{id}", { params: { path: { id } } }));
export const renewInvitation = (id: string) => answer(client.POST("/api/interviews/{id}/invitation", { params: { path: { id } } }));
/** Only in a demo. */
export const callPracticeGuest = (id: string) => answer(client.POST("/api/interviews/{id}/practice", { params: { path: { id } } }));
export const readTranscript = (id: string) => answer(client.GET("/api/interviews/{id}/transcript", { params: { path: { id } } }));
export const pauseTalk = (id: string, on: boolean) => answer(client.POST("/api/interviews/{id}/pause", { params: { path: { id } }, body: { on } }));
export const endInterview = (id: string) => answer(client.POST("/api/interviews/{id}/end", { params: { path: { id } } }));
export const seeDoor = (id: string) => answer(client.GET("/api/interviews/{id}/door", { params: { path: { id } } }));
/** She has come to the counter. */
export const seatAtCounter = (id: string) => answer(client.POST("/api/interviews/{id}/counter", { params: { path: { id } } }));
export const admit = (id: string, pid: string) => answer(client.POST("/api/interviews/{id}/participants/{pid}/admit", { params: { path: { id, pid } } }));
export const askToWait = (id: string, pid: string) => answer(client.POST("/api/interviews/{id}/participants/{pid}/wait", { params: { path: { id, pid } } }));
export const refuseEntry = (id: string, pid: string) => answer(client.POST("/api/interviews/{id}/participants/{pid}/refuse", { params: { path: { id, pid } } }));

// What was noticed, and what is decided about it.
export const listItems = () => answer(client.GET("/api/rules/items"));
export const readFlags = (id: string) => answer(client.GET("/api/interviews/{id}/flags", { params: { path: { id } } }));
export const addFlag = (id: string, body: Schemas["NewFlag"]) => answer(client.POST("/api/interviews/{id}/flags", { params: { path: { id } }, body }));
export const confirmFlag = (id: string, flag: string, body: Schemas["FlagSeen"]) =>
  answer(client.POST("/api/interviews/{id}/flags/{flag}/confirm", { params: { path: { id, flag } }, body }));
export const dismissFlag = (id: string, flag: string, body: Schemas["Dismissal"]) =>
  answer(client.POST("/api/interviews/{id}/flags/{flag}/dismiss", { params: { path: { id, flag } }, body }));
export const holdFlag = (id: string, flag: string, body: Schemas["Hold"]) =>
  answer(client.POST("/api/interviews/{id}/flags/{flag}/hold", { params: { path: { id, flag } }, body }));
export const reopenFlag = (id: string, flag: string, body: Schemas["FlagSeen"]) =>
  answer(client.POST("/api/interviews/{id}/flags/{flag}/reopen", { params: { path: { id, flag } }, body }));
export const tickItem = (id: string, item: string, body: Schemas["Tick"]) =>
  answer(client.PUT("/api/interviews/{id}/coverage/{item}", { params: { path: { id, item } }, body }));
/** `null`: whoever's track it is. */
export const giveSpeaker = (id: string, segment: string, speaker: Schemas["Speaker"] | null) =>
  answer(client.PUT("/api/interviews/{id}/segments/{segment}/speaker", { params: { path: { id, segment } }, body: { speaker } }));
/** A stretch of a kept voice, in ms of the interview. Each hearing is written down. */
export const playAudio = (id: string, track: string, from_ms: number, to_ms: number): Promise<Answer<ArrayBuffer>> =>
  answer(client.GET("/api/interviews/{id}/audio", { params: { path: { id }, query: { track, from_ms, to_ms } }, parseAs: "arrayBuffer" }));

// The rules, and the municipality's working copy of them.
export const readRules = () => answer(client.GET("/api/rules"));
export const readRule = (rule: string) => answer(client.GET("/api/rules/rule/{rule}", { params: { path: { rule } } }));
export const listRuleVersions = () => answer(client.GET("/api/rules/versions"));
export const editRule = (rule: string, body: Schemas["RuleEdit"]) => answer(client.PUT("/api/rules/draft/rule/{rule}", { params: { path: { rule } }, body }));
/** Takes back what was changed since it was put into use. */
export const discardRule = (rule: string) => answer(client.DELETE("/api/rules/draft/rule/{rule}", { params: { path: { rule } } }));
export const editWords = (concept: string, words: string[]) => answer(client.PUT("/api/rules/draft/words/{concept}", { params: { path: { concept } }, body: { words } }));
/** Counts of an office's past talks. */
export const tryRules = (office: string) => answer(client.POST("/api/rules/draft/try", { body: { office } }));
export const askActivation = (from: string) => answer(client.POST("/api/rules/activations", { body: { from } }));
export const approveActivation = (id: string) => answer(client.POST("/api/rules/activations/{id}/approve", { params: { path: { id } } }));
export const refuseActivation = (id: string) => answer(client.POST("/api/rules/activations/{id}/refuse", { params: { path: { id } } }));
export const withdrawActivation = (id: string) => answer(client.POST("/api/rules/activations/{id}/withdraw", { params: { path: { id } } }));

// Forms: what was answered in writing.
export const readForms = (id: string) => answer(client.GET("/api/interviews/{id}/forms", { params: { path: { id } } }));
export const fillForm = (id: string, form: string, body: Schemas["TakenAnswers"]) =>
  answer(client.PUT("/api/interviews/{id}/forms/{form}", { params: { path: { id, form } }, body }));

// Consent that staff take down, and what was taken back.
export const readConsentTexts = (id: string, locale: string) => answer(client.GET("/api/interviews/{id}/consent-texts", { params: { path: { id }, query: { locale } } }));
export const recordConsent = (id: string, pid: string, body: Schemas["TakenConsent"]) =>
  answer(client.POST("/api/interviews/{id}/participants/{pid}/consent", { params: { path: { id, pid } }, body }));
/** Who else speaks at this guest's microphone. */
export const noteSecondVoice = (id: string, pid: string, body: Schemas["SecondVoiceRequest"]) =>
  answer(client.POST("/api/interviews/{id}/participants/{pid}/second-voice", { params: { path: { id, pid } }, body }));
export const listWithdrawals = (id: string) => answer(client.GET("/api/interviews/{id}/withdrawals", { params: { path: { id } } }));
/** Whoever calls this has made sure whose it is. */
export const takeWithdrawal = (id: string, pid: string, manner: Schemas["Taken"]) =>
  answer(client.POST("/api/interviews/{id}/participants/{pid}/withdraw", { params: { path: { id, pid } }, body: { manner, identity_checked: true } }));
export const findCertificate = (number: string) => answer(client.GET("/api/certificates/{number}", { params: { path: { number } } }));

// The nurse's own notes.
export const readMemo = (id: string) => answer(client.GET("/api/interviews/{id}/memo", { params: { path: { id } } }));
export const saveMemo = (id: string, body: Schemas["MemoDraft"]) => answer(client.PUT("/api/interviews/{id}/memo", { params: { path: { id } }, body }));

// The note, its review and the record.
/** Those that the caller has still to write. */
export const listOwnNotes = (office: string) => answer(client.GET("/api/notes", { params: { query: { office } } }));
export const readNote = (id: string) => answer(client.GET("/api/interviews/{id}/note", { params: { path: { id } } }));
export const saveNote = (id: string, body: Schemas["NoteDraft"]) =>
  answer(client.PUT("/api/interviews/{id}/note", { params: { path: { id } }, body }));
export const submitNote = (id: string, revision: number) => answer(client.POST("/api/interviews/{id}/note/submit", { params: { path: { id } }, body: { revision } }));
export const returnNote = (id: string, revision: number, comment: string) =>
  answer(client.POST("/api/interviews/{id}/note/return", { params: { path: { id } }, body: { revision, comment } }));
export const approveNote = (id: string, revision: number) => answer(client.POST("/api/interviews/{id}/note/approve", { params: { path: { id } }, body: { revision } }));
export const signFlag = (id: string, flag: string, revision: number) =>
  answer(client.POST("/api/interviews/{id}/flags/{flag}/sign", { params: { path: { id, flag } }, body: { revision } }));
export const readReview = (id: string) => answer(client.GET("/api/interviews/{id}/review", { params: { path: { id } } }));
export const listReview = (office: string) => answer(client.GET("/api/review", { params: { query: { office } } }));
export const readRecord = (id: string) => answer(client.GET("/api/interviews/{id}/record", { params: { path: { id } } }));
export const addAddendum = (id: string, words: string) => answer(client.POST("/api/interviews/{id}/record/addenda", { params: { path: { id } }, body: { words } }));
export const listAlerts = () => answer(client.GET("/api/alerts"));
export const callHelp = (id: string) => answer(client.POST("/api/interviews/{id}/help", { params: { path: { id } } }));
export const listHelpCalls = () => answer(client.GET("/api/help"));
export const takeHelpCall = (id: string) => answer(client.POST("/api/help/{id}/take", { params: { path: { id } } }));
export const takeBackHelpCall = (id: string) => answer(client.POST("/api/help/{id}/take-back", { params: { path: { id } } }));

// How her case is to be handled.
export const setRestriction = (id: string, text: string | null) => answer(client.PUT("/api/interviews/{id}/restriction", { params: { path: { id } }, body: { text } }));
export const readBarred = (id: string) => answer(client.GET("/api/interviews/{id}/barred", { params: { path: { id } } }));
export const bar = (id: string, user: string) => answer(client.POST("/api/interviews/{id}/barred/{user}", { params: { path: { id, user } } }));
export const liftBar = (id: string, user: string) => answer(client.POST("/api/interviews/{id}/barred/{user}/lift", { params: { path: { id, user } } }));
export const openAlert = (id: string) => answer(client.POST("/api/alerts/{id}/open", { params: { path: { id } } }));

// The other side of the link.
export const claimInvitation = (secret: string) => answer(client.POST("/api/join/claim", { body: { secret } }));
export const joinState = () => answer(client.GET("/api/join/state"));
export const checkIdentity = (body: Schemas["IdentityRequest"]) => answer(client.POST("/api/join/identity", { body }));
export const comeAlong = (body: Schemas["ComingAlong"]) => answer(client.POST("/api/join/along", { body }));
export const giveContact = (body: Schemas["Contact"]) => answer(client.POST("/api/join/contact", { body }));
export const reportDevice = (body: Schemas["DeviceCheck"]) => answer(client.POST("/api/join/device", { body }));
export const consentTexts = (locale: string) => answer(client.GET("/api/join/consent", { params: { query: { locale } } }));
export const giveConsent = (body: Schemas["ConsentRequest"]) => answer(client.POST("/api/join/consent", { body }));
export const formQuestions = (locale: string) => answer(client.GET("/api/join/form", { params: { query: { locale } } }));
export const answerForm = (body: Schemas["OwnAnswers"]) => answer(client.POST("/api/join/form", { body }));
export const knock = () => answer(client.POST("/api/join/knock"));
export const sayNearby = (nearby: Schemas["NearbyRequest"]["nearby"]) => answer(client.POST("/api/join/nearby", { body: { nearby } }));
/** Reaches the server also when the page is gone a moment later. */
export const leave = (how: Schemas["LeaveRequest"]["how"]) => answer(client.POST("/api/join/leave", { body: { how }, keepalive: true }));
/** Destroys today's voice and text of this seat. */
export const withdraw = () => answer(client.POST("/api/join/withdraw"));
export const pause = (on: boolean) => answer(client.POST("/api/join/pause", { body: { on } }));
