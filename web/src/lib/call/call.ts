/** A participant in the talk: line, connection and own devices together, as one state that a page can show. */
import { closeMedia, type Media } from "./media";
import type { Notice, Others, Welcome } from "./messages";
import { Peer, type Answered, type PeerState } from "./peer";
import { CallSocket, type Line, type Message } from "./socket";

export type Other = Others["slots"][number] & { stream: MediaStream };

export type CallState = {
  /** Both the line and the media connection work. */
  connected: boolean;
  /** Since when they do not, on the page's own clock; undefined while they do, and before they first did. */
  lostSince: number | undefined;
  others: readonly Other[];
  microphoneOn: boolean;
  cameraOn: boolean;
  /** The moment on the page's own clock at which the interview's clock stood at 0. */
  zeroAt: number | undefined;
  /** The server has ended it: the interview is over, or this seat is held elsewhere. */
  ended: boolean;
};

type Options = {
  url: string;
  media: Media;
  iceServers?: RTCIceServer[];
  onchange: (state: CallState) => void;
  /** What else the server says; the pages know what it means to them. */
  onnotice?: (notice: Notice) => void;
};

export class Call {
  readonly #options: Options;
  readonly #socket: CallSocket;
  #peer: Peer | undefined;
  #peerState: PeerState = "connecting";
  #line: Line = "connecting";
  #streams: MediaStream[] = [];
  #slots: Others["slots"] = [];
  #state: CallState;

  constructor(options: Options) {
    this.#options = options;
    this.#state = {
      connected: false,
      lostSince: undefined,
      others: [],
      microphoneOn: options.media.microphone === "works",
      cameraOn: options.media.camera === "works",
      zeroAt: undefined,
      ended: false,
    };
    this.#socket = new CallSocket({ url: options.url, onmessage: (message) => this.#heard(message), online: (line) => this.#lineIs(line) });
    addEventListener("online", this.#retry);
    document.addEventListener("visibilitychange", this.#retry);
  }

  get state(): CallState {
    return this.#state;
  }

  /** Off means silence on the line at once; the server is told so that it counts as muted and not as quiet. */
  setMicrophone(on: boolean): void {
    for (const track of this.#options.media.stream.getAudioTracks()) track.enabled = on;
    this.#change({ microphoneOn: on && this.#options.media.microphone === "works" });
    this.#tellDevices();
  }

  setCamera(on: boolean): void {
    for (const track of this.#options.media.stream.getVideoTracks()) track.enabled = on;
    this.#change({ cameraOn: on && this.#options.media.camera === "works" });
    this.#tellDevices();
  }

  /** Somebody pressed 「今すぐ、つなぎ直す」, or the network came back. */
  readonly #retry = (): void => {
    if (document.visibilityState === "visible") this.retryNow();
  };

  retryNow(): void {
    this.#socket.retryNow();
    if (this.#peerState !== "connected") this.#peer?.refresh();
  }

  close(): void {
    removeEventListener("online", this.#retry);
    document.removeEventListener("visibilitychange", this.#retry);
    this.#peer?.close();
    this.#socket.close();
    closeMedia(this.#options.media);
  }

  #lineIs(line: Line): void {
    this.#line = line;
    if (line === "open") {
      this.#tellDevices();
      if (this.#peer) this.#peer.refresh();
      else this.#peer = this.#connect();
    }
    if (line === "closed") {
      this.#peer?.close();
      return this.#change({ ended: true });
    }
    this.#judge();
  }

  #connect(): Peer {
    return new Peer({
      iceServers: this.#options.iceServers ?? [],
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

  async #offer(sdp: string, restart: boolean): Promise<Answered> {
    // An old offer is worth nothing on a new line.
    const sent = await this.#socket.send("offer", { sdp, restart }, false);
    if (sent.kind === "unsent") return { kind: "unsent" };
    if (sent.kind === "refused") return { kind: "refused" };
    return { kind: "answer", sdp: (sent.data as { sdp: string }).sdp };
  }

  #tellDevices(): void {
    const { microphoneOn, cameraOn } = this.#state;
    void this.#socket.send("devices", { microphone: microphoneOn, camera: cameraOn });
  }

  #heard(message: Message): void {
    this.#clock(message.at_ms);
    if (message.type === "snapshot") this.#slots = (message.data as Welcome).slots;
    else if (message.type === "slots") this.#slots = (message.data as Others).slots;
    else return this.#options.onnotice?.(message as Notice);
    this.#seat();
  }

  /** The earliest arrival is the truest: what came later was on its way for longer. */
  #clock(atMs: number): void {
    const zeroAt = performance.now() - atMs;
    if (this.#state.zeroAt === undefined || zeroAt < this.#state.zeroAt) this.#change({ zeroAt });
  }

  #seat(): void {
    const others = this.#slots.flatMap((each) => {
      const stream = this.#streams[each.slot];
      return stream ? [{ ...each, stream }] : [];
    });
    this.#change({ others });
  }

  #judge(): void {
    const connected = this.#line === "open" && this.#peerState === "connected";
    const once = this.#state.connected || this.#state.lostSince !== undefined;
    const lostSince = connected || !once ? undefined : (this.#state.lostSince ?? performance.now());
    this.#change({ connected, lostSince });
  }

  #change(part: Partial<CallState>): void {
    this.#state = { ...this.#state, ...part };
    this.#options.onchange(this.#state);
  }
}
