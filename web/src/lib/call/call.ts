/** A participant in the talk: line, connection and own devices together, as one state that a page can show. */
import type { Caption } from "../api/types";
import { closeMedia, openMedia, type Media } from "./media";
import type { Allowed, Message, Nearby, Participant, Place } from "./messages";
import { Peer, type Answered, type PeerState } from "./peer";
import { CallSocket, type Line } from "./socket";

/** Another participant; with sound and picture once they stand in a slot. */
export type Other = Participant & { stream: MediaStream | undefined };

export type CallState = {
  line: Line;
  /** At the door, or in the talk; undefined until the server has said it. */
  place: Place | undefined;
  /** Both the line and the media connection work. */
  connected: boolean;
  /** Since when they do not, on the page's own clock; undefined while they do, and before they first did. */
  lostSince: number | undefined;
  /** The line works and no media comes through beside it: a network between lets none through. */
  blocked: boolean;
  others: readonly Other[];
  muted: boolean;
  cameraOff: boolean;
  /** The own devices are there: since the beginning, and until one is pulled out or forbidden in mid-talk. */
  microphone: boolean;
  camera: boolean;
  /** Guests only: whether she wants captions, and the newest since she does. A reload starts without. */
  captions: boolean;
  caption: Caption | undefined;
  /** What may be done with the own voice, once the server has said it on this line. */
  tap: Allowed | undefined;
  /** The moment on the page's own clock at which the interview's clock stood at 0. */
  zeroAt: number | undefined;
};

type Options = {
  url: string;
  media: Media;
  onchange: (state: CallState) => void;
  /** Whether the server says no to this person; asked when the line can't be opened. */
  refused?: () => Promise<boolean>;
  /** Staff only: she has tapped that somebody is near, or that she is alone again. */
  onnearby?: (nearby: Nearby) => void;
  /** Staff only: every message, for the transcript. */
  onmessage?: (message: Message) => void;
};

/** Two tries at a media connection, the second a new one. */
const BLOCKED_AFTER_MS = 15_000;

export class Call {
  readonly #options: Options;
  readonly #socket: CallSocket;
  #peer: Peer | undefined;
  #peerState: PeerState = "connecting";
  #streams: MediaStream[] = [];
  #slots: (string | null)[] = [];
  #participants = new Map<string, Participant>();
  #you: string | undefined;
  #blocked: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #state: CallState;

  constructor(options: Options) {
    this.#options = options;
    this.#state = {
      line: "connecting",
      place: undefined,
      connected: false,
      lostSince: undefined,
      blocked: false,
      others: [],
      muted: options.media.microphone !== "works",
      cameraOff: options.media.camera !== "works",
      microphone: options.media.microphone === "works",
      camera: options.media.camera === "works",
      captions: false,
      caption: undefined,
      tap: undefined,
      zeroAt: undefined,
    };
    for (const track of options.media.stream.getTracks()) this.#watch(track);
    this.#socket = new CallSocket({ url: options.url, ...(options.refused && { refused: options.refused }), onmessage: (message) => this.#heard(message), online: (line) => this.#lineIs(line) });
    addEventListener("online", this.#awake);
    addEventListener("offline", this.#offline);
    document.addEventListener("visibilitychange", this.#awake);
  }

  get state(): CallState {
    return this.#state;
  }

  /** Muted is silence at once; the server is told too, so that it counts as muted and not as a quiet person. */
  setMuted(muted: boolean): void {
    if (!this.#state.microphone) return;
    for (const track of this.#options.media.stream.getAudioTracks()) track.enabled = !muted;
    this.#change({ muted });
    void this.#socket.send("muted", { on: muted });
  }

  setCameraOff(off: boolean): void {
    if (!this.#state.camera) return;
    for (const track of this.#options.media.stream.getVideoTracks()) track.enabled = !off;
    this.#change({ cameraOff: off });
    void this.#socket.send("camera_off", { on: off });
  }

  /** After it was lost in mid-talk. Nothing changes where there is still none. */
  async reopenMicrophone(): Promise<void> {
    const opened = await openMedia({ camera: false });
    const [track] = opened.stream.getAudioTracks();
    if (!track || this.#closed || this.#state.microphone) return closeMedia(opened);
    const { stream } = this.#options.media;
    for (const dead of stream.getAudioTracks()) stream.removeTrack(dead);
    stream.addTrack(track);
    this.#watch(track);
    this.#peer?.speakWith(track);
    this.#change({ microphone: true });
    this.setMuted(false);
  }

  /** What was said before is never shown: neither now nor when they are switched on again. */
  setCaptions(on: boolean): void {
    this.#change({ captions: on, caption: undefined });
    this.#askCaptions(on);
  }

  /** Somebody pressed 「今すぐ、つなぎ直す」. */
  retryNow(): void {
    this.#socket.retryNow();
    if (this.#peerState !== "connected") this.#peer?.refresh();
  }

  close(): void {
    this.#closed = true;
    removeEventListener("online", this.#awake);
    removeEventListener("offline", this.#offline);
    document.removeEventListener("visibilitychange", this.#awake);
    clearTimeout(this.#blocked);
    this.#peer?.close();
    this.#socket.close();
    closeMedia(this.#options.media);
  }

  /** The network came back, or the laptop woke up. */
  readonly #awake = (): void => {
    if (document.visibilityState === "visible") this.retryNow();
  };

  readonly #offline = (): void => this.#socket.distrust();

  /** Pulled out, forbidden, or taken by the system; our own `stop` does not end a track in this sense. */
  #watch(track: MediaStreamTrack): void {
    track.onended = () => {
      if (this.#closed) return;
      if (track.kind === "audio") {
        this.setMuted(true);
        this.#change({ microphone: false });
      } else {
        this.setCameraOff(true);
        this.#change({ camera: false });
      }
    };
  }

  #lineIs(line: Line): void {
    // What is taken back meanwhile would not be heard of: on a line that is lost no words stay.
    this.#change(line === "open" ? { line } : { line, caption: undefined });
    if (line === "open") {
      if (this.#state.place === "inside") this.#tellDevices();
      this.#peer?.refresh();
    }
    if (line === "over" || line === "displaced" || line === "refused") this.#peer?.close();
    this.#judge();
  }

  /** Sound and picture begin when the nurse has opened the door, and not a moment earlier. */
  #enter(place: Place): void {
    this.#change({ place });
    if (place === "waiting") {
      // Who comes in again begins without them, and sees nothing of before.
      if (this.#state.captions) this.setCaptions(false);
      this.#peer?.close();
      this.#peer = undefined;
      this.#peerState = "connecting";
      this.#streams = [];
    } else {
      // At the door nobody is told of devices.
      this.#tellDevices();
      this.#peer ??= new Peer({
        iceServers: this.#socket.relays,
        own: this.#options.media.stream,
        offer: (sdp, restart) => this.#offer(sdp, restart),
        onstate: (state) => {
          this.#peerState = state;
          this.#judge();
        },
        onstreams: (streams) => {
          this.#streams = streams;
          this.#seat();
        },
      });
    }
    this.#judge();
  }

  #askCaptions(on: boolean): void {
    void this.#socket.send("captions", { on });
  }

  #tellDevices(): void {
    if (this.#state.captions) this.#askCaptions(true);
    void this.#socket.send("muted", { on: this.#state.muted });
    void this.#socket.send("camera_off", { on: this.#state.cameraOff });
  }

  async #offer(sdp: string, restart: boolean): Promise<Answered> {
    // An old offer is worth nothing on a new line.
    const sent = await this.#socket.send("offer", { sdp, restart }, false);
    if (sent.kind === "unsent") return { kind: "unsent" };
    if (sent.kind === "refused" || sent.ack.sdp == null) return { kind: "refused" };
    return { kind: "answer", sdp: sent.ack.sdp };
  }

  #heard(message: Message): void {
    this.#clock(message.at_ms);
    this.#options.onmessage?.(message);
    this.#captioned(message);
    switch (message.type) {
      case "snapshot":
        this.#you = message.data.you;
        this.#change({ tap: undefined });
        this.#participants = new Map(message.data.participants.map((each) => [each.id, each]));
        this.#slots = message.data.slots.slots;
        this.#enter(message.data.place);
        return this.#seat();
      case "participant":
        this.#participants.set(message.data.id, message.data);
        return this.#seat();
      case "slots":
        this.#slots = message.data.slots;
        return this.#seat();
      case "place":
        return this.#enter(message.data.place);
      case "tap":
        if (message.data.participant === this.#you) this.#change({ tap: message.data.allowed });
        return;
      case "path_lost":
        // The line works, so the network does: another path is looked for at once, whatever this side knows of the old one.
        return this.#peer?.refresh();
      case "nearby":
        return this.#options.onnearby?.(message.data);
    }
  }

  /** What she says herself she knows. */
  #captioned(message: Message): void {
    if (message.type === "snapshot") this.#change({ caption: undefined });
    if (message.type !== "caption" || !this.#state.captions || message.data.participant === this.#you) return;
    if (message.data.text !== "") return this.#change({ caption: message.data });
    // Taken back, or not understood after all: nothing stays of that voice.
    if (this.#state.caption?.participant === message.data.participant) this.#change({ caption: undefined });
  }

  /** The earliest arrival is the truest: what came later was on its way for longer. */
  #clock(atMs: number): void {
    // 0 is before the interview began.
    if (atMs <= 0) return;
    const zeroAt = performance.now() - atMs;
    if (this.#state.zeroAt === undefined || zeroAt < this.#state.zeroAt) this.#change({ zeroAt });
  }

  #seat(): void {
    const others = [...this.#participants.values()]
      .filter((each) => each.id !== this.#you)
      .map((each) => ({ ...each, stream: this.#streams[this.#slots.indexOf(each.id)] }));
    this.#change({ others });
  }

  #judge(): void {
    const { line, place } = this.#state;
    const connected = line === "open" && (place === "waiting" || this.#peerState === "connected");
    const once = this.#state.connected || this.#state.lostSince !== undefined;
    // A silent line was lost when it fell silent, not when that was noticed.
    const since = line === "lost" ? this.#socket.heardAt : performance.now();
    const lostSince = connected || !once ? undefined : (this.#state.lostSince ?? since);
    this.#change({ connected, lostSince });
    if (line === "open" && place === "inside" && !connected) {
      this.#blocked ??= setTimeout(() => this.#change({ blocked: true }), BLOCKED_AFTER_MS);
    } else {
      clearTimeout(this.#blocked);
      this.#blocked = undefined;
      if (this.#state.blocked) this.#change({ blocked: false });
    }
  }

  #change(part: Partial<CallState>): void {
    this.#state = { ...this.#state, ...part };
    this.#options.onchange(this.#state);
  }
}
