/**
 * The WebRTC connection to the server, in the one layout that every page has: own sound, own picture, own screen
 * and the first other's with them, then sound and picture of a second and a third. Nothing is ever renegotiated
 * but the path (ICE restart); where that is not enough, a new connection takes the place of the old one.
 */

/** Sound and picture of one other participant. Whose they are is said by the message `slots`. */
export const SLOTS = 3;

export type PeerState = "connecting" | "connected" | "lost";

/** The server's answer; `refused` where it knows no connection of ours, `unsent` where the line is gone. */
export type Answered = { kind: "answer"; sdp: string } | { kind: "refused" } | { kind: "unsent" };

type Options = {
  iceServers?: RTCIceServer[];
  own: MediaStream;
  offer: (sdp: string, restart: boolean) => Promise<Answered>;
  onstate: (state: PeerState) => void;
  /** New streams, one per slot: after the first connection and after each that replaced it. */
  onstreams: (streams: MediaStream[]) => void;
  /** Replaced in tests. */
  create?: (configuration: RTCConfiguration) => RTCPeerConnection;
};

/** A path that is gone for so long does not come back by itself. */
const RESTART_AFTER_MS = 1500;
/** Neither offer nor path took longer than this on a working network. */
const REPLACE_AFTER_MS = 8000;
const REPLACE_BACKOFF_MS = [0, 1000, 2000, 4000, 8000] as const;

export class Peer {
  readonly #options: Options;
  #connection: RTCPeerConnection | undefined;
  #state: PeerState = "connecting";
  #timer: ReturnType<typeof setTimeout> | undefined;
  #replaced = 0;
  #closed = false;
  #negotiation = 0;

  constructor(options: Options) {
    this.#options = options;
    this.#replace();
  }

  /** Looks for a path anew: the line is open again, or somebody pressed the button. */
  refresh(): void {
    if (this.#closed) return;
    // A network that lost the line has most likely lost the path too; a restart over a good one costs nothing.
    if (this.#connection?.remoteDescription) void this.#offer(true);
    else this.#replace();
  }

  /** Another microphone in the same line: nothing is renegotiated. */
  speakWith(track: MediaStreamTrack): void {
    void this.#connection?.getTransceivers()[0]?.sender.replaceTrack(track);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#connection?.close();
    this.#connection = undefined;
  }

  #replace(): void {
    if (this.#closed) return;
    clearTimeout(this.#timer);
    this.#connection?.close();
    const create = this.#options.create ?? ((configuration) => new RTCPeerConnection(configuration));
    const connection = create({ iceServers: this.#options.iceServers ?? [], bundlePolicy: "max-bundle" });
    this.#connection = connection;
    this.#options.onstreams(layOut(connection, this.#options.own));
    connection.onconnectionstatechange = () => this.#changed(connection);
    void this.#offer(false);
  }

  async #offer(restart: boolean): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) return;
    const mine = ++this.#negotiation;
    const current = () => !this.#closed && connection === this.#connection && mine === this.#negotiation;
    this.#replaceLater(REPLACE_AFTER_MS);
    try {
      const offer = await connection.createOffer({ iceRestart: restart });
      if (!current()) return;
      await connection.setLocalDescription(offer);
      if (!current()) return;
      const answered = await this.#options.offer(connection.localDescription!.sdp, restart);
      if (!current()) return;
      if (answered.kind === "answer") await connection.setRemoteDescription({ type: "answer", sdp: answered.sdp });
      else if (answered.kind === "refused" && restart) return this.#replace();
      // Unsent: the line is gone, and `refresh` asks again when it is back. Refused: the clock is running.
    } catch {
      if (current()) this.#replaceLater(REPLACE_BACKOFF_MS[1]);
      return;
    }
    // A restart over a path that never broke changes no state, so nothing else would stop the clock.
    if (current() && connection.connectionState === "connected") this.#settled();
  }

  #changed(connection: RTCPeerConnection): void {
    if (this.#closed || connection !== this.#connection) return;
    switch (connection.connectionState) {
      case "connected":
        return this.#settled();
      case "disconnected":
        this.#set("lost");
        clearTimeout(this.#timer);
        this.#timer = setTimeout(() => void this.#offer(true), RESTART_AFTER_MS);
        return;
      case "failed":
      case "closed":
        this.#set("lost");
        return this.#replaceLater(REPLACE_BACKOFF_MS[Math.min(this.#replaced, REPLACE_BACKOFF_MS.length - 1)]!);
    }
  }

  #settled(): void {
    clearTimeout(this.#timer);
    this.#replaced = 0;
    this.#set("connected");
  }

  #replaceLater(wait: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#replaced += 1;
      if (this.#state === "connected") this.#set("lost");
      this.#replace();
    }, wait);
  }

  #set(state: PeerState): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#options.onstate(state);
  }
}

/** The seven lines in their order, and a stream for each slot. */
function layOut(connection: RTCPeerConnection, own: MediaStream): MediaStream[] {
  const both = (track: MediaStreamTrack | undefined, kind: string) =>
    connection.addTransceiver(track ?? kind, { direction: "sendrecv", streams: [own] });
  const received = (kind: string) => connection.addTransceiver(kind, { direction: "recvonly" });
  const first = [both(own.getAudioTracks()[0], "audio"), both(own.getVideoTracks()[0], "video")];
  connection.addTransceiver("video", { direction: "sendrecv" });
  const second = [received("audio"), received("video")];
  const third = [received("audio"), received("video")];
  return [first, second, third].map((lines) => new MediaStream(lines.map((line) => line.receiver.track)));
}
