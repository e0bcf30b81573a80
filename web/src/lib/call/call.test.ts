import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { Call, type CallState } from "./call";
import type { Media } from "./media";

/** The page's surroundings, of which the test plays the server. */
class FakeSocket {
  static last: FakeSocket;
  onopen: (() => void) | null = null;
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: ((event: { code: number }) => void) | null = null;
  sent: { id: string; type: string; data: unknown }[] = [];
  #seq = 0;
  constructor() {
    FakeSocket.last = this;
  }
  send(text: string): void {
    const message = JSON.parse(text);
    this.sent.push(message);
    const data = message.type === "offer" ? { sdp: "answer" } : message.type === "hello" ? { resume: "r" } : {};
    queueMicrotask(() => this.onmessage?.({ data: JSON.stringify({ v: 1, id: message.id, type: "ack", data }) }));
  }
  close(): void {}
  say(type: string, data: object, at_ms = 0): void {
    // Captions are told once and have no number.
    const seq = type === "caption" ? undefined : ++this.#seq;
    this.onmessage?.({ data: JSON.stringify({ v: 1, seq, type, at_ms, data }) });
  }
  types(): string[] {
    return this.sent.map((each) => each.type);
  }
}

class FakeStream {
  constructor(readonly tracks: { kind: string; enabled: boolean; stop: () => void; onended?: (() => void) | null }[] = []) {}
  addTrack = (track: (typeof this.tracks)[0]) => void this.tracks.push(track);
  removeTrack = (track: (typeof this.tracks)[0]) => void this.tracks.splice(this.tracks.indexOf(track), 1);
  getTracks = () => this.tracks;
  getAudioTracks = () => this.tracks.filter((track) => track.kind === "audio");
  getVideoTracks = () => this.tracks.filter((track) => track.kind === "video");
}

class FakeConnection {
  static last: FakeConnection | undefined;
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  localDescription: unknown = null;
  remoteDescription: unknown = null;
  closed = false;
  constructor() {
    FakeConnection.last = this;
  }
  replaced: unknown[] = [];
  addTransceiver = () => ({ receiver: { track: {} } });
  getTransceivers = () => [{ sender: { replaceTrack: async (track: unknown) => void this.replaced.push(track) } }];
  createOffer = async () => ({ type: "offer", sdp: "offer" });
  setLocalDescription = async (offer: unknown) => void (this.localDescription = offer);
  setRemoteDescription = async (answer: unknown) => void (this.remoteDescription = answer);
  close = () => void (this.closed = true);
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

const person = (id: string, party: string, presence = "present") => ({ id, party, presence, muted: false, camera_off: false });
const snapshot = (place: string, participants: object[] = [], slots: (string | null)[] = [null, null, null]) =>
  ({ you: "me", place, participants, slots: { slots }, screen: null });

let state: CallState;
let media: Media;
let call: Call;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("RTCPeerConnection", FakeConnection);
  vi.stubGlobal("MediaStream", FakeStream);
  vi.stubGlobal("document", new EventTarget());
  vi.stubGlobal("addEventListener", () => {});
  vi.stubGlobal("removeEventListener", () => {});
  FakeConnection.last = undefined;
  const tracks = ["audio", "video"].map((kind) => ({ kind, enabled: true, stop: vi.fn() }));
  media = { stream: new FakeStream(tracks) as unknown as MediaStream, microphone: "works", camera: "works" };
  call = new Call({ url: "ws://test", media, onchange: (next) => (state = next) });
  FakeSocket.last.onopen!();
});

afterEach(() => {
  call.close();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const soon = () => vi.advanceTimersByTimeAsync(0);

async function inside(): Promise<void> {
  FakeSocket.last.say("snapshot", snapshot("inside", [person("me", "resident"), person("n", "nurse")], ["n", null, null]));
  await soon();
  FakeConnection.last!.become("connected");
}

it("sends neither sound nor picture before the door is open", async () => {
  FakeSocket.last.say("snapshot", snapshot("waiting"));
  await soon();
  expect(FakeConnection.last).toBeUndefined();
  expect(FakeSocket.last.types()).not.toContain("offer");
  expect(FakeSocket.last.types()).not.toContain("camera_off");
  expect(state).toMatchObject({ place: "waiting", connected: true });
  FakeSocket.last.say("place", { place: "inside" });
  await soon();
  expect(FakeSocket.last.types()).toContain("offer");
  // Said inside, for at the door it would be refused and forgotten.
  expect(FakeSocket.last.sent.find((each) => each.type === "camera_off")?.data).toEqual({ on: false });
  expect(state.connected).toBe(false);
  FakeConnection.last!.become("connected");
  expect(state).toMatchObject({ place: "inside", connected: true, lostSince: undefined });
});

it("goes back to the door without a trace of the talk", async () => {
  await inside();
  expect(state.others.map((each) => each.stream !== undefined)).toEqual([true]);
  FakeSocket.last.say("place", { place: "waiting" });
  expect(FakeConnection.last!.closed).toBe(true);
  FakeSocket.last.say("slots", { slots: [null, null, null] });
  expect(state.others[0]!.stream).toBeUndefined();
});

it("shows who is there, and only the others", async () => {
  await inside();
  expect(state.others.map((each) => [each.id, each.party])).toEqual([["n", "nurse"]]);
  FakeSocket.last.say("participant", person("c", "companion"));
  FakeSocket.last.say("slots", { slots: ["n", "c", null] });
  expect(state.others.map((each) => each.id)).toEqual(["n", "c"]);
  expect(state.others[0]!.stream).not.toBe(state.others[1]!.stream);
  FakeSocket.last.say("participant", { ...person("n", "nurse", "interrupted"), camera_off: true });
  expect(state.others[0]).toMatchObject({ presence: "interrupted", camera_off: true });
});

it("looks for another path when the server says that nothing comes by this one", async () => {
  await inside();
  const offers = () => FakeSocket.last.sent.filter((each) => each.type === "offer").length;
  expect(offers()).toBe(1);
  FakeSocket.last.say("path_lost", {});
  await soon();
  expect(offers()).toBe(2);
});

it("says since when it is lost, and that it is back", async () => {
  await inside();
  FakeSocket.last.onclose!({ code: 1006 });
  expect(state.lostSince).toBeDefined();
  expect(state.connected).toBe(false);
  await vi.advanceTimersByTimeAsync(50);
  FakeSocket.last.onopen!();
  expect(state).toMatchObject({ connected: true, lostSince: undefined });
});

it("says that no media comes through when the line works and two tries have not helped", async () => {
  FakeSocket.last.say("snapshot", snapshot("inside", [person("me", "resident"), person("n", "nurse")], ["n", null, null]));
  await vi.advanceTimersByTimeAsync(14_000);
  expect(state).toMatchObject({ line: "open", connected: false, blocked: false, lostSince: undefined });
  await vi.advanceTimersByTimeAsync(1_500);
  expect(state.blocked).toBe(true);
  FakeConnection.last!.become("connected");
  expect(state).toMatchObject({ connected: true, blocked: false });
  // A lost line is another matter, and counts anew when it is back.
  FakeConnection.last!.become("failed");
  await vi.advanceTimersByTimeAsync(10_000);
  FakeSocket.last.onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(50);
  FakeSocket.last.onopen!();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(state.blocked).toBe(false);
  // At the door there is no media to miss.
  FakeSocket.last.say("snapshot", snapshot("waiting"));
  await vi.advanceTimersByTimeAsync(20_000);
  expect(state.blocked).toBe(false);
});

it("mutes at once and tells the server, again after a lost line", async () => {
  await inside();
  call.setMuted(true);
  expect(media.stream.getAudioTracks()[0]!.enabled).toBe(false);
  expect(state.muted).toBe(true);
  expect(FakeSocket.last.sent.findLast((each) => each.type === "muted")?.data).toEqual({ on: true });
  FakeSocket.last.onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(50);
  FakeSocket.last.onopen!();
  expect(FakeSocket.last.sent.findLast((each) => each.type === "muted")?.data).toEqual({ on: true });
});

it("says at once that the microphone died in mid-talk, and speaks with another one when it is asked for", async () => {
  await inside();
  const microphone = media.stream.getAudioTracks()[0] as unknown as { onended: () => void };
  microphone.onended();
  expect(state).toMatchObject({ microphone: false, muted: true, camera: true });
  const told = () => FakeSocket.last.sent.findLast((each) => each.type === "muted")?.data;
  expect(told()).toEqual({ on: true });
  // A dead track can't be switched on.
  call.setMuted(false);
  expect(state.muted).toBe(true);

  const none = vi.fn(async () => Promise.reject(new DOMException("", "NotFoundError")));
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: none } });
  await call.reopenMicrophone();
  expect(none).toHaveBeenCalled();
  expect(state.microphone).toBe(false);

  const another = { kind: "audio", enabled: true, stop: vi.fn() };
  vi.stubGlobal("navigator", { mediaDevices: { getUserMedia: async () => new FakeStream([another]) } });
  await call.reopenMicrophone();
  expect(state).toMatchObject({ microphone: true, muted: false });
  expect(told()).toEqual({ on: false });
  expect(FakeConnection.last!.replaced).toEqual([another]);
  // Also for a connection that takes this one's place.
  expect(media.stream.getAudioTracks()).toEqual([another]);
});

it("says that the camera died in mid-talk", async () => {
  await inside();
  (media.stream.getVideoTracks()[0] as unknown as { onended: () => void }).onended();
  expect(state).toMatchObject({ microphone: true, camera: false, cameraOff: true });
  expect(FakeSocket.last.sent.findLast((each) => each.type === "camera_off")?.data).toEqual({ on: true });
});

it("keeps the interview's clock by the fastest message", async () => {
  expect(state.zeroAt).toBeUndefined();
  await inside();
  FakeSocket.last.say("slots", { slots: [] }, 1000);
  const zero = state.zeroAt!;
  await vi.advanceTimersByTimeAsync(1000);
  // Two tenths of a second late: no news about the clock.
  FakeSocket.last.say("slots", { slots: [] }, 1800);
  expect(state.zeroAt).toBe(zero);
});

it("ends with the server and lets go of the devices when the page does", async () => {
  await inside();
  FakeSocket.last.onclose!({ code: 4002 });
  expect(state.line).toBe("over");
  expect(FakeConnection.last!.closed).toBe(true);
  call.close();
  expect(media.stream.getTracks()[0]!.stop).toHaveBeenCalled();
});

it("shows captions from the moment they are wanted, never her own and never old ones", async () => {
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.say("snapshot", snapshot("inside", [person("me", "resident"), person("n", "nurse")]));
  const caption = (participant: string, text: string) => FakeSocket.last.say("caption", { participant, party: "nurse", id: text, text, final: false });
  caption("n", "前の言葉");
  expect(state.caption).toBeUndefined();
  call.setCaptions(true);
  expect(FakeSocket.last.sent.findLast((each) => each.type === "captions")?.data).toEqual({ on: true });
  caption("n", "そうでしたか");
  caption("me", "はい");
  expect(state.caption?.text).toBe("そうでしたか");
  call.setCaptions(false);
  expect(state.caption).toBeUndefined();
  caption("n", "あとの言葉");
  call.setCaptions(true);
  expect(state.caption).toBeUndefined();
});

it("knows what is done with the own voice, and with each line anew", async () => {
  await vi.advanceTimersByTimeAsync(0);
  const begin = () => FakeSocket.last.say("snapshot", snapshot("inside", [person("me", "resident"), person("n", "nurse")]));
  begin();
  FakeSocket.last.say("tap", { participant: "n", allowed: "transcript" });
  expect(state.tap).toBeUndefined();
  FakeSocket.last.say("tap", { participant: "me", allowed: "paused" });
  expect(state.tap).toBe("paused");
  begin();
  expect(state.tap).toBeUndefined();
});

it("asks for captions again on a new line, where they are wanted", async () => {
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.say("snapshot", snapshot("inside", [person("me", "resident"), person("n", "nurse")]));
  expect(FakeSocket.last.types()).not.toContain("captions");
  call.setCaptions(true);
  FakeSocket.last.onclose!({ code: 1006 });
  await vi.advanceTimersByTimeAsync(2000);
  FakeSocket.last.onopen!();
  await vi.advanceTimersByTimeAsync(0);
  expect(FakeSocket.last.sent.findLast((each) => each.type === "captions")?.data).toEqual({ on: true });
});

it("shows no caption of before to whoever was sent back to the door", async () => {
  await inside();
  call.setCaptions(true);
  FakeSocket.last.say("caption", { participant: "n", party: "nurse", id: "1", text: "そうでしたか", final: true });
  expect(state.caption?.text).toBe("そうでしたか");
  FakeSocket.last.say("place", { place: "waiting" });
  expect(state).toMatchObject({ captions: false, caption: undefined });
  expect(FakeSocket.last.sent.findLast((each) => each.type === "captions")?.data).toEqual({ on: false });
  FakeSocket.last.say("place", { place: "inside" });
  await soon();
  expect(state).toMatchObject({ captions: false, caption: undefined });
});
