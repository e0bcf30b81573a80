import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Peer, type Answered, type PeerState } from "./peer";

class FakeStream {
  constructor(readonly tracks: { kind: string }[] = []) {}
  getAudioTracks = () => this.tracks.filter((track) => track.kind === "audio");
  getVideoTracks = () => this.tracks.filter((track) => track.kind === "video");
}

/** Keeps what was asked of it; the test moves its state. */
class FakeConnection {
  static all: FakeConnection[] = [];
  static get last(): FakeConnection {
    return FakeConnection.all.at(-1)!;
  }
  connectionState = "new";
  onconnectionstatechange: (() => void) | null = null;
  localDescription: { sdp: string } | null = null;
  remoteDescription: { sdp: string } | null = null;
  lines: [string, string][] = [];
  closed = false;
  constructor() {
    FakeConnection.all.push(this);
  }
  addTransceiver(trackOrKind: { kind: string } | string, { direction }: { direction: string }) {
    const kind = typeof trackOrKind === "string" ? trackOrKind : trackOrKind.kind;
    this.lines.push([kind, direction]);
    return { receiver: { track: { kind } } };
  }
  createOffer = async ({ iceRestart }: { iceRestart: boolean }) => ({ type: "offer", sdp: iceRestart ? "restart" : "fresh" });
  setLocalDescription = async (offer: { sdp: string }) => void (this.localDescription = offer);
  setRemoteDescription = async (answer: { sdp: string }) => void (this.remoteDescription = answer);
  close = () => void (this.closed = true);
  become(state: string): void {
    this.connectionState = state;
    this.onconnectionstatechange?.();
  }
}

let offers: string[];
let states: PeerState[];
let streams: number;
let answer: Answered;

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("MediaStream", FakeStream);
  FakeConnection.all = [];
  [offers, states, streams, answer] = [[], [], 0, { kind: "answer", sdp: "answer" }];
});
afterEach(() => vi.useRealTimers());

function start(own = new FakeStream([{ kind: "audio" }, { kind: "video" }])): Peer {
  return new Peer({
    own: own as unknown as MediaStream,
    offer: async (sdp) => {
      offers.push(sdp);
      return answer;
    },
    onstate: (state) => states.push(state),
    onstreams: () => (streams += 1),
    create: () => new FakeConnection() as unknown as RTCPeerConnection,
  });
}
const soon = () => vi.advanceTimersByTimeAsync(0);

describe("the offer", () => {
  it("has seven lines in one order, whatever devices there are", async () => {
    const layout = [
      ["audio", "sendrecv"], ["video", "sendrecv"], ["video", "sendrecv"],
      ["audio", "recvonly"], ["video", "recvonly"], ["audio", "recvonly"], ["video", "recvonly"],
    ];
    start().close();
    start(new FakeStream()).close();
    expect(FakeConnection.all.map((each) => each.lines)).toEqual([layout, layout]);
  });

  it("is made once and answered", async () => {
    start();
    await soon();
    expect(offers).toEqual(["fresh"]);
    expect(FakeConnection.last.remoteDescription?.sdp).toBe("answer");
    FakeConnection.last.become("connected");
    await vi.advanceTimersByTimeAsync(60_000);
    expect(offers).toEqual(["fresh"]);
    expect(states).toEqual(["connected"]);
  });
});

describe("a path that breaks", () => {
  async function connected(): Promise<Peer> {
    const peer = start();
    await soon();
    FakeConnection.last.become("connected");
    return peer;
  }

  it("is restarted on the same connection", async () => {
    await connected();
    FakeConnection.last.become("disconnected");
    await vi.advanceTimersByTimeAsync(1600);
    expect(offers).toEqual(["fresh", "restart"]);
    FakeConnection.last.become("connected");
    expect(FakeConnection.all).toHaveLength(1);
    expect(states).toEqual(["connected", "lost", "connected"]);
  });

  it("that heals by itself is left alone", async () => {
    await connected();
    FakeConnection.last.become("disconnected");
    await vi.advanceTimersByTimeAsync(500);
    FakeConnection.last.become("connected");
    await vi.advanceTimersByTimeAsync(20_000);
    expect(offers).toEqual(["fresh"]);
  });

  it("is replaced by a new connection when it failed, with new streams", async () => {
    await connected();
    FakeConnection.last.become("failed");
    await soon();
    expect(FakeConnection.all.map((each) => each.closed)).toEqual([true, false]);
    expect(offers).toEqual(["fresh", "fresh"]);
    expect(streams).toBe(2);
  });

  it("is replaced when a restart leads nowhere", async () => {
    await connected();
    FakeConnection.last.become("disconnected");
    await vi.advanceTimersByTimeAsync(1600 + 8100);
    expect(FakeConnection.all).toHaveLength(2);
  });

  it("is replaced when the server does not know it any more", async () => {
    const peer = await connected();
    answer = { kind: "refused" };
    peer.refresh();
    await soon();
    expect(offers).toEqual(["fresh", "restart", "fresh"]);
    expect(FakeConnection.all).toHaveLength(2);
  });

  it("survives a restart that it did not need", async () => {
    const peer = await connected();
    peer.refresh();
    await vi.advanceTimersByTimeAsync(30_000);
    expect(offers).toEqual(["fresh", "restart"]);
    expect(FakeConnection.all).toHaveLength(1);
  });
});

it("an offer that the line swallowed is made anew when the line is back", async () => {
  answer = { kind: "unsent" };
  const peer = start();
  await soon();
  answer = { kind: "answer", sdp: "answer" };
  peer.refresh();
  await soon();
  expect(offers).toEqual(["fresh", "fresh"]);
  FakeConnection.last.become("connected");
  expect(states).toEqual(["connected"]);
});

it("nothing happens after it was closed", async () => {
  const peer = start();
  await soon();
  peer.close();
  FakeConnection.last.become("failed");
  peer.refresh();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(offers).toEqual(["fresh"]);
});
